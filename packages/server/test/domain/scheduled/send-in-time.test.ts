/** Scheduled messages: sent once when they are due, whatever crashes, under the rules of that time. */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { fileIdsOf, type RoomId } from '@parley/protocol';
import { type By, OPERATOR } from '../../../src/model/audit.ts';
import { type Store, StoreUnavailable } from '../../../src/ports/store.ts';
import { ChatHarness, type Client } from '../../support/chat-harness.ts';
import { FakeClock } from '../../support/fake-clock.ts';
import { memoryFileStorage } from '../../support/memory-file-storage.ts';
import { openSqliteInMemory } from '../../support/sqlite-in-memory.ts';

const STEP_MS = 2000;
const HOUR_MS = 60 * 60 * 1000;

interface Added {
  readonly key?: string;
  readonly fileIds?: readonly string[];
}

class Scene {
  readonly clock = new FakeClock();
  /** The bytes of the files, by id. */
  readonly bytes = new Map<string, Buffer>();
  harness: ChatHarness;

  constructor(store: Store = openSqliteInMemory()) {
    this.harness = this.#harnessOver(store);
  }

  #harnessOver(store: Store): ChatHarness {
    const fileStorage = memoryFileStorage(this.bytes);
    return new ChatHarness({ clock: this.clock, store, fileStorage });
  }

  /** The server is off for a while. Returns the files that are there when it runs again. */
  async restartAfter(ms: number): Promise<string[]> {
    await this.harness.chat.close();
    this.clock.advance(ms);
    this.harness = this.#harnessOver(this.harness.store);
    await this.harness.chat.begin();
    await this.harness.settle();
    return [...this.bytes.keys()];
  }

  async open(): Promise<{ alice: Client; bob: Client; roomId: RoomId }> {
    await this.harness.chat.begin();
    const alice = await this.harness.connect('alice');
    const { room } = await alice.join('lobby');
    const bob = await this.harness.connect('bob');
    await bob.join('lobby');
    await this.harness.settle();
    return { alice, bob, roomId: room.id };
  }

  schedule(
    client: Client,
    roomId: RoomId,
    content: string,
    inMs: number,
    { key, fileIds = [] }: Added = {},
  ) {
    const sendAt = new Date(this.clock.nowMs() + inMs).toISOString();
    const request = { roomId, content, sendAt, parentId: undefined, clientMessageId: key };
    const attachments = fileIds.map((fileId) => ({ fileId, alt: 'described' }));
    const { user } = client.connection;
    return this.harness.chat.scheduledMessages.schedule(user, { ...request, attachments });
  }

  async upload(name: string): Promise<string> {
    async function* parts() {
      yield { name: 'notes.txt', body: chunks() };
    }
    async function* chunks() {
      yield Buffer.from('x');
    }
    const user = await this.harness.userOf(name);
    const [file] = await this.harness.chat.uploads.receive(user, parts());
    return file?.id ?? assert.fail();
  }

  async history(roomId: RoomId) {
    const page = { roomId, before: undefined, after: undefined, limit: 9 };
    return (await this.harness.store.log.readHistory(page)).messages;
  }

  list(client: Client) {
    return this.harness.chat.scheduledMessages.list(client.connection.user);
  }

  /** In steps of the search for due messages. */
  async pass(ms: number): Promise<void> {
    for (let passed = 0; passed < ms; passed += STEP_MS) {
      this.clock.advance(STEP_MS);
      await this.harness.settle();
    }
  }
}

const statesOf = (client: Client) => client.ofKind('scheduled').map(({ change }) => change.state);

describe('scheduled messages', () => {
  test('are sent once, when they are due', async () => {
    const scene = new Scene();
    const { alice, bob, roomId } = await scene.open();
    await scene.schedule(alice, roomId, 'second', 60_000);
    await scene.schedule(alice, roomId, 'first', 30_000);
    assert.deepEqual(
      (await scene.list(alice)).map(({ content, roomName }) => [content, roomName]),
      [
        ['first', 'lobby'],
        ['second', 'lobby'],
      ],
    );
    assert.deepEqual(await scene.list(bob), []);
    await scene.pass(28_000);
    assert.deepEqual(bob.messages, []);
    await scene.pass(10_000);
    assert.deepEqual(bob.messages, ['first']);
    await scene.pass(60_000);
    assert.deepEqual(bob.messages, ['first', 'second']);
    assert.deepEqual(statesOf(alice), ['waiting', 'waiting', 'sent', 'sent']);
    assert.deepEqual([statesOf(bob), await scene.list(alice)], [[], []]);
    await scene.harness.chat.close();
  });

  test('are the same message when a node stops between the message and its row', async () => {
    const store = openSqliteInMemory();
    let stopsBeforeRow = true;
    const settle = store.scheduled.settleScheduled;
    const failing: Store = {
      ...store,
      scheduled: {
        ...store.scheduled,
        settleScheduled: async (...args) => {
          if (stopsBeforeRow) throw new StoreUnavailable('The process has ended');
          return settle(...args);
        },
      },
    };
    const scene = new Scene(failing);
    const { alice, bob, roomId } = await scene.open();
    const file = await scene.upload('alice');
    const { id } = await scene.schedule(alice, roomId, 'once', 10_000, { fileIds: [file] });
    await scene.pass(12_000);
    assert.deepEqual(bob.messages, ['once']);
    // It is perhaps sent: it does not change any more.
    const { scheduledMessages } = scene.harness.chat;
    const { user } = alice.connection;
    await assert.rejects(scheduledMessages.change(user, id, { content: 'x' }), {
      code: 'CONFLICT',
    });
    await assert.rejects(scheduledMessages.cancel(user, id), { code: 'CONFLICT' });

    stopsBeforeRow = false;
    const other = new ChatHarness({ clock: scene.clock, store: failing });
    await other.chat.begin();
    scene.clock.advance(2 * 60_000);
    await Promise.all([scene.harness.settle(), other.settle()]);
    await scene.pass(10_000);
    assert.deepEqual(await scene.list(alice), []);
    const messages = await scene.history(roomId);
    assert.deepEqual(
      messages.map(({ content, attachments }) => [content, fileIdsOf(attachments)]),
      [['once', [file]]],
    );
    await scene.pass(30_000);
    assert.deepEqual([...scene.bytes.keys()], [file]);
    await other.chat.close();
    await scene.harness.chat.close();
  });

  test('are the same when they are scheduled again under their key, also after they were sent', async () => {
    const scene = new Scene();
    const { alice, bob, roomId } = await scene.open();
    const key = 'key';
    const first = await scene.schedule(alice, roomId, 'hello', 10_000, { key });
    assert.deepEqual(await scene.schedule(alice, roomId, 'hello', 20_000, { key }), first);
    await assert.rejects(scene.schedule(alice, roomId, 'other', 20_000, { key }), {
      code: 'CONFLICT',
    });
    await scene.pass(12_000);
    await scene.schedule(alice, roomId, 'hello', 10_000, { key });
    await scene.pass(12_000);
    const fileIds = [await scene.upload('alice')];
    for (let n = 0; n < 2; n += 1) {
      await scene.schedule(alice, roomId, 'a file', 10_000, { key: 'with a file', fileIds });
      await scene.pass(12_000);
    }
    assert.deepEqual(bob.messages, ['hello', 'a file']);
    assert.deepEqual(await scene.list(alice), []);
    await scene.harness.chat.close();
  });

  test('are changed, sent now and cancelled', async () => {
    const scene = new Scene();
    const { alice, bob, roomId } = await scene.open();
    const { id } = await scene.schedule(alice, roomId, 'draft', 600_000);
    const { id: unwanted } = await scene.schedule(alice, roomId, 'unwanted', 10_000);
    const { scheduledMessages } = scene.harness.chat;
    const { user } = alice.connection;
    await scheduledMessages.change(user, id, { content: 'final' });
    await scheduledMessages.cancel(user, unwanted);
    await scheduledMessages.cancel(user, unwanted);
    const stranger = bob.connection.user;
    await assert.rejects(scheduledMessages.change(stranger, id, { content: 'x' }), {
      code: 'NOT_FOUND',
    });
    await scene.pass(12_000);
    assert.deepEqual(bob.messages, []);
    const now = new Date(scene.clock.nowMs()).toISOString();
    await scheduledMessages.change(user, id, { sendAt: now });
    await scene.pass(STEP_MS);
    assert.deepEqual(bob.messages, ['final']);
    assert.deepEqual(statesOf(alice).slice(2), ['waiting', 'cancelled', 'waiting', 'sent']);
    await scene.harness.chat.close();
  });

  test('stay with the reason if their author may not write any more', async () => {
    const scene = new Scene();
    const { alice, bob, roomId } = await scene.open();
    await scene.schedule(bob, roomId, 'from a former member', 10_000);
    await scene.harness.chat.memberships.leave(bob.connection, roomId);
    await scene.harness.settle();
    await scene.pass(12_000);
    assert.deepEqual(alice.messages, []);
    const [kept] = await scene.list(bob);
    assert.equal(kept?.content, 'from a former member');
    assert(kept.failure !== undefined);
    assert.deepEqual(statesOf(bob), ['waiting', 'failed']);

    // With a new time, as a member again.
    await bob.join('lobby');
    const sendAt = new Date(scene.clock.nowMs() + 4000).toISOString();
    await scene.harness.chat.scheduledMessages.change(bob.connection.user, kept.id, { sendAt });
    await scene.pass(6000);
    assert.deepEqual(alice.messages, ['from a former member']);
    await scene.harness.chat.close();
  });

  test('wait for their turn in a room in slow mode', async () => {
    const scene = new Scene();
    const { alice, bob, roomId } = await scene.open();
    const author = { user: alice.connection.user, connection: alice.connection };
    await scene.harness.chat.roomSettings.change(author, roomId, { slowModeSeconds: 60 });
    await scene.schedule(bob, roomId, 'first', 10_000);
    await scene.schedule(bob, roomId, 'second', 10_000);
    await scene.pass(20_000);
    assert.equal(alice.messages.length, 1);
    assert.equal((await scene.list(bob))[0]?.failure, undefined);
    await scene.pass(60_000);
    assert.deepEqual(alice.messages.toSorted(), ['first', 'second']);
    assert.deepEqual(await scene.list(bob), []);
    await scene.harness.chat.close();
  });

  test('are sent with their files, however long these have waited', async () => {
    const scene = new Scene();
    const { alice, bob, roomId } = await scene.open();
    const [file, other] = [await scene.upload('alice'), await scene.upload('bob')];
    const { attachments } = await scene.schedule(alice, roomId, '', 72 * HOUR_MS, {
      fileIds: [file],
    });
    assert.partialDeepStrictEqual(attachments, [
      { fileId: file, name: 'notes.txt', size: 1, alt: 'described' },
    ]);
    assert.deepEqual((await scene.list(alice))[0]?.attachments, attachments);
    await assert.rejects(alice.send('now', { attachments: [{ fileId: file }] }), {
      code: 'NOT_FOUND',
    });
    const stolen = scene.schedule(bob, roomId, 'stolen', 10_000, { fileIds: [file] });
    await assert.rejects(stolen, { code: 'NOT_FOUND', details: { field: 'attachments' } });
    const { fileAccess } = scene.harness.chat;
    await assert.rejects(fileAccess.find(await scene.harness.userOf('bob'), file), {
      code: 'NOT_FOUND',
    });
    await fileAccess.find(await scene.harness.userOf('alice'), file);

    assert.deepEqual([...scene.bytes.keys()], [file, other]);
    assert.deepEqual(await scene.restartAfter(71 * HOUR_MS), [file]);
    assert.deepEqual(await scene.history(roomId), []);
    await scene.restartAfter(HOUR_MS);
    await scene.pass(STEP_MS);
    const [message] = await scene.history(roomId);
    assert.deepEqual([message?.content, message?.attachments], ['', attachments]);
    assert.deepEqual(await scene.list(alice), []);
    assert.deepEqual(await scene.restartAfter(72 * HOUR_MS), [file]);
    await scene.harness.chat.close();
  });

  test('lose their files when they are changed or cancelled, and these go after a day', async () => {
    const scene = new Scene();
    const { alice, roomId } = await scene.open();
    const [kept, removed] = [await scene.upload('alice'), await scene.upload('alice')];
    const fileIds = [kept, removed];
    const { id } = await scene.schedule(alice, roomId, '', 72 * HOUR_MS, { fileIds });
    const { user } = alice.connection;
    const { scheduledMessages } = scene.harness.chat;
    const empty = scheduledMessages.change(user, id, { attachments: [] });
    const details = { field: 'content', message: 'The message is empty' };
    await assert.rejects(empty, { code: 'VALIDATION_ERROR', details });
    const missing = scheduledMessages.change(user, id, { attachments: [{ fileId: 'unknown' }] });
    await assert.rejects(missing, { code: 'NOT_FOUND', details: { field: 'attachments' } });
    await scheduledMessages.change(user, id, { attachments: [{ fileId: kept }] });
    await scheduledMessages.change(user, id, { content: 'with a text' });
    const [changed] = await scene.list(alice);
    assert.deepEqual(
      [changed?.content, fileIdsOf(changed?.attachments ?? [])],
      ['with a text', [kept]],
    );

    assert.deepEqual(await scene.restartAfter(24 * HOUR_MS), fileIds);
    assert.deepEqual(await scene.restartAfter(2 * HOUR_MS), [kept]);
    await scene.harness.chat.scheduledMessages.cancel(user, id);
    assert.deepEqual(await scene.restartAfter(24 * HOUR_MS), [kept]);
    assert.deepEqual(await scene.restartAfter(2 * HOUR_MS), []);
    await scene.harness.chat.close();
  });

  test('keep their files while they wait for a new time after a failure', async () => {
    const scene = new Scene();
    const { bob, roomId } = await scene.open();
    const file = await scene.upload('bob');
    const fileIds = [file];
    const { id } = await scene.schedule(bob, roomId, 'of a former member', 10_000, { fileIds });
    await scene.harness.chat.memberships.leave(bob.connection, roomId);
    await scene.pass(12_000);
    assert.deepEqual(statesOf(bob), ['waiting', 'failed']);
    assert.deepEqual(await scene.restartAfter(72 * HOUR_MS), [file]);

    const again = await scene.harness.connect('bob');
    await again.join('lobby');
    const sendAt = new Date(scene.clock.nowMs() + 4000).toISOString();
    await scene.harness.chat.scheduledMessages.change(again.connection.user, id, { sendAt });
    await scene.pass(6000);
    const [message] = await scene.history(roomId);
    assert.deepEqual(fileIdsOf(message?.attachments ?? []), [file]);
    await scene.harness.chat.close();
  });

  test('of a disabled account are not sent', async () => {
    const scene = new Scene();
    const { alice, bob, roomId } = await scene.open();
    await scene.schedule(bob, roomId, 'too late', 10_000);
    const { user } = bob.connection;
    const by: By = { actor: OPERATOR, address: '', atMs: scene.clock.nowMs() };
    await scene.harness.store.sessions.setDisabled(user.id, by.atMs, by);
    await scene.pass(12_000);
    assert.deepEqual(alice.messages, []);
    const [kept] = await scene.harness.store.scheduled.listScheduled(user.id);
    assert.equal(kept?.failure, 'FORBIDDEN');
    await scene.harness.chat.close();
  });
});
