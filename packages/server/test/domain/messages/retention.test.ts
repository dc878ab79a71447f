import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { ClientMessageId, MessageId, RoomId } from '@parley/protocol';
import { DOMAIN_DEFAULTS } from '../../../src/domain/settings.ts';
import { type Store, StoreUnavailable } from '../../../src/ports/store.ts';
import { ChatHarness, type Client } from '../../support/chat-harness.ts';
import { command } from '../../support/records.ts';
import { openSqliteInMemory } from '../../support/sqlite-in-memory.ts';

const HOUR_MS = 60 * 60 * 1000;
const KEPT_MS = 2 * HOUR_MS;
const STEP_EVENTS = 1000;
const PAUSE_MS = 100;
const SETTINGS = {
  retentionMs: KEPT_MS,
  sessionTtlMs: 100 * HOUR_MS,
  laggingTimeoutMs: 100 * HOUR_MS,
  messageRateMax: 0,
};

/** Alice and bob in a room. */
async function inLobby(over: Partial<typeof DOMAIN_DEFAULTS> = {}, store?: Store) {
  const settings = { ...SETTINGS, ...over };
  const harness = new ChatHarness({ settings, ...(store === undefined ? {} : { store }) });
  const [alice, bob] = [await harness.connect('alice'), await harness.connect('bob')];
  const { room: lobby } = await alice.join('lobby');
  await bob.join('lobby');
  const begin = async () => {
    await harness.chat.begin();
    await harness.settle();
  };
  const pass = async (ms: number) => {
    harness.clock.advance(ms);
    await harness.settle();
  };
  return { harness, alice, bob, lobby, begin, pass };
}

async function contentsOf({ store }: ChatHarness, roomId: RoomId): Promise<string[]> {
  const page = { roomId, before: undefined, after: undefined, limit: 100 };
  return (await store.log.readHistory(page)).messages.map(({ content }) => content);
}

function prunedIn({ logger }: ChatHarness) {
  return logger.filter(({ event }) => event === 'retention.pruned');
}

/** The bytes that a hanging client has not read. */
function stopReading(client: Client): void {
  client.bufferedBytes = DOMAIN_DEFAULTS.hardBufferBytes + 1;
}

describe('retention', () => {
  test('deletes old messages at the start, and logs how many', async () => {
    const { harness, alice, lobby, begin, pass } = await inLobby();
    await alice.send('old');
    await pass(KEPT_MS);
    await alice.send('new');
    await pass(1);

    await begin();

    assert.deepEqual(await contentsOf(harness, lobby.id), ['new']);
    assert.deepEqual(prunedIn(harness), [
      { event: 'retention.pruned', roomCount: 1, eventCount: 1, messageCount: 1, durationMs: 0 },
    ]);
    await harness.chat.close();
  });

  test('sends the new first sequence to the clients that have the room open', async () => {
    const { alice, harness, lobby, begin, pass } = await inLobby();
    const { room: ops } = await alice.join('ops');
    await alice.send('old', { roomId: lobby.id });
    await alice.send('old too', { roomId: lobby.id });
    await pass(KEPT_MS);
    await alice.send('new', { roomId: lobby.id });
    await alice.send('new', { roomId: ops.id });
    await pass(1);

    await begin();

    assert.deepEqual(alice.ofKind('history-pruned'), [
      { kind: 'history-pruned', roomId: lobby.id, firstSequence: 3 },
    ]);
    await harness.chat.close();
  });

  test('runs again each hour', async () => {
    const { harness, alice, lobby, begin, pass } = await inLobby();
    await begin();
    await pass(1);
    await alice.send('one');

    await pass(KEPT_MS);
    assert.deepEqual(await contentsOf(harness, lobby.id), ['one']);
    await pass(HOUR_MS);

    assert.deepEqual(await contentsOf(harness, lobby.id), []);
    assert.equal(prunedIn(harness).length, 1);
    await harness.chat.close();
  });

  test('keeps everything if it is not configured', async () => {
    const { harness, alice, lobby, begin, pass } = await inLobby({ retentionMs: 0 });
    await alice.send('old');

    await begin();
    await pass(KEPT_MS + HOUR_MS);

    assert.deepEqual(await contentsOf(harness, lobby.id), ['old']);
    await harness.chat.close();
  });

  test('deletes in steps, with pauses for senders', async () => {
    const { harness, lobby, begin, pass } = await inLobby();
    const { id: userId } = await harness.userOf('alice');
    const admittedAtMs = harness.clock.nowMs();
    const one = () => command({ roomId: lobby.id, userId, admittedAtMs });
    await harness.store.log.commit(Array.from({ length: 2 * STEP_EVENTS + 1 }, one));
    await pass(KEPT_MS + 1);
    const left = async () => {
      const { firstSequence } = await harness.store.log.readEvents(lobby.id, 0, 1);
      return 2 * STEP_EVENTS + 2 - firstSequence;
    };

    await begin();
    const afterSteps = [await left()];
    for (let steps = 0; steps < 2; steps += 1) {
      await pass(PAUSE_MS);
      afterSteps.push(await left());
    }

    assert.deepEqual(afterSteps, [STEP_EVENTS + 1, 1, 0]);
    const [sent] = prunedIn(harness);
    assert.equal(sent?.event === 'retention.pruned' && sent.eventCount, 2 * STEP_EVENTS + 1);
    await harness.chat.close();
  });

  test('stops in the middle of its work, and leaves no timer behind', async () => {
    const { harness, lobby, alice, bob, begin, pass } = await inLobby();
    const { id: userId } = await harness.userOf('alice');
    const one = () => command({ roomId: lobby.id, userId });
    await harness.store.log.commit(Array.from({ length: 2 * STEP_EVENTS }, one));
    await pass(KEPT_MS + 1);
    await begin();

    for (const client of [alice, bob]) client.leave();
    await harness.chat.close();

    assert.equal((await harness.store.log.readEvents(lobby.id, 0, 1)).firstSequence, 1001);
    assert.equal(harness.clock.timerCount, 0);
  });

  test('continues an hour later if the store did not answer', async () => {
    const store = openSqliteInMemory();
    let failures = 1;
    const log: Store['log'] = {
      ...store.log,
      async deleteMessagesOlderThan(roomId, cut) {
        failures -= 1;
        if (failures >= 0) throw new StoreUnavailable('down');
        return store.log.deleteMessagesOlderThan(roomId, cut);
      },
    };
    const { harness, alice, lobby, begin, pass } = await inLobby({}, { ...store, log });
    await alice.send('old');
    await pass(KEPT_MS + 1);

    await begin();
    assert.deepEqual(await contentsOf(harness, lobby.id), ['old']);
    await pass(HOUR_MS);

    assert.deepEqual(await contentsOf(harness, lobby.id), []);
    assert.equal(harness.logger.filter(({ event }) => event === 'store.failed').length, 1);
    await harness.chat.close();
  });

  test('sends nothing deleted from memory: a slow client fetches the room again', async () => {
    const { harness, alice, bob, lobby, begin, pass } = await inLobby();
    stopReading(bob);
    await alice.send('old');
    await pass(KEPT_MS + 1);
    await alice.send('new');

    await begin();
    bob.read();
    await harness.settle();

    assert.deepEqual(bob.messages, []);
    assert.equal(bob.ofKind('resync-required')[0]?.roomId, lobby.id);
    const { state } = await bob.join('lobby');
    assert.deepEqual(
      state.history.map(({ content }) => content),
      ['new'],
    );
    await harness.chat.close();
  });

  test('lets a slow reader catch up that has received all deleted events', async () => {
    const { harness, alice, bob, begin, pass } = await inLobby();
    await alice.send('old');
    stopReading(bob);
    await pass(KEPT_MS + 1);
    await alice.send('new');

    await begin();
    bob.read();
    await harness.settle();

    assert.deepEqual(bob.messages, ['old', 'new']);
    assert.deepEqual(bob.ofKind('resync-required'), []);
    await harness.chat.close();
  });

  test('blocks no client that waits for a deleted event', async () => {
    const { harness, alice, bob, lobby, begin, pass } = await inLobby();
    const { id: userId } = await harness.userOf('carol');
    await harness.store.rooms.addMember(lobby.id, userId, harness.clock.nowMs());
    // Stored by a node whose events were not received.
    await harness.store.log.commit([command({ roomId: lobby.id, userId })]);
    await pass(KEPT_MS + 1);
    await begin();

    const sending = alice.send('new');
    await harness.settle();
    await pass(1000);

    assert.equal((await sending).sequence, 2);
    for (const client of [alice, bob]) {
      assert.equal(client.ofKind('resync-required')[0]?.headSequence, 1);
    }
    await bob.join('lobby');
    await alice.join('lobby');
    await alice.send('newer');
    assert.deepEqual(bob.messages, ['newer']);
    await harness.chat.close();
  });

  test('acknowledges a repeated command whose message was deleted as the first time', async () => {
    const { harness, lobby, begin, pass } = await inLobby();
    const alice = await harness.userOf('alice');
    const post = {
      to: { roomId: lobby.id },
      content: 'hello',
      clientMessageId: undefined,
      parentId: undefined,
      attachments: [],
    };
    const keyed = { ...post, clientMessageId: 'c1' as ClientMessageId };
    const first = await harness.chat.connectionless.send(alice, keyed);
    await pass(KEPT_MS + 1);
    await begin();

    const again = await harness.chat.connectionless.send(alice, keyed);

    assert.deepEqual(again, { ...first, duplicate: true });
    assert.deepEqual(await contentsOf(harness, lobby.id), []);
    await harness.chat.close();
  });

  test('leaves a thread readable after its first message is deleted, until nothing is left of it', async () => {
    const { harness, alice, lobby, begin, pass } = await inLobby();
    const { messageId: parentId } = await alice.send('parent');
    await pass(HOUR_MS);
    await alice.send('reply', { parentId });
    await pass(HOUR_MS + 1);
    await begin();
    const page = { roomId: lobby.id, before: undefined, after: undefined, limit: undefined };
    const read = (id: MessageId) =>
      harness.chat.history.readThread(alice.connection.user, { ...page, parentId: id });

    const { parent, messages, hasMore } = await read(parentId);
    assert.deepEqual(
      [parent, messages.map(({ content }) => content), hasMore],
      [undefined, ['reply'], false],
    );
    await pass(HOUR_MS);

    await assert.rejects(read(parentId), { code: 'NOT_FOUND' });
    await harness.chat.close();
  });

  test('deletes the reactions of deleted messages in steps, also if it keeps messages for ever', async () => {
    const store = openSqliteInMemory();
    let steps = 3;
    const log: Store['log'] = {
      ...store.log,
      async deleteLeftoverReactions(rowsMax) {
        assert.equal(rowsMax, 1000);
        steps -= 1;
        return steps > 0;
      },
    };
    const { harness, begin, pass } = await inLobby({ retentionMs: 0 }, { ...store, log });

    await begin();
    const left = [steps];
    await pass(PAUSE_MS);
    left.push(steps);
    await pass(PAUSE_MS);
    left.push(steps);
    steps = 2;
    await pass(HOUR_MS);
    left.push(steps);

    assert.deepEqual(left, [2, 1, 0, 1]);
    await harness.chat.close();
    assert.equal(harness.clock.timerCount, 0);
  });
});
