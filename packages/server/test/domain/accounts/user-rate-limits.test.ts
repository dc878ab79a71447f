import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { ChatError, type RoomId, type UserId } from '@parley/protocol';
import type { DomainSettings } from '../../../src/domain/settings.ts';
import { ChatHarness, type Client } from '../../support/chat-harness.ts';

const HOUR_MS = 60 * 60 * 1000;

function harnessWith(settings: Partial<DomainSettings>): ChatHarness {
  return new ChatHarness({ settings });
}

function createGroup(harness: ChatHarness, client: Client, userIds: readonly UserId[]) {
  return harness.chat.groups.create(client.connection, { userIds, name: undefined });
}

/** The seconds of a rate limit error; undefined without such an error. */
async function retryAfterOf(command: () => unknown): Promise<number | undefined> {
  try {
    await command();
    return undefined;
  } catch (error) {
    if (!(error instanceof ChatError) || error.code !== 'RATE_LIMITED') throw error;
    return error.details.retryAfterSeconds;
  }
}

describe('limits per user', () => {
  test('count creations over all connections, including closed ones', async () => {
    const harness = harnessWith({ userCreationRateMax: 3 });
    const bob = await harness.userOf('bob');
    for (let count = 0; count < 3; count += 1) {
      const alice = await harness.connect('alice');
      await createGroup(harness, alice, [bob.id]);
      alice.leave();
    }

    const alice = await harness.connect('alice');

    assert.equal(await retryAfterOf(() => createGroup(harness, alice, [bob.id])), 1200);
    assert.equal(await retryAfterOf(() => alice.join('a-new-room')), 1200);
    assert.equal(
      await retryAfterOf(() => harness.chat.workspaces.create(alice.connection.user, 'ours')),
      1200,
    );
    harness.clock.advance(HOUR_MS / 3);
    const again = await harness.connect('alice');
    await createGroup(harness, again, [bob.id]);
  });

  test('count new direct rooms, but not messages in existing ones', async () => {
    const harness = harnessWith({ userCreationRateMax: 2 });
    for (const name of ['bob', 'carol', 'dave']) await harness.userOf(name);
    const alice = await harness.connect('alice');
    await alice.sendTo('bob', 'hello');
    await alice.sendTo('carol', 'hello');

    await assert.rejects(alice.sendTo('dave', 'hello'), { code: 'RATE_LIMITED' });
    await alice.sendTo('bob', 'hello again');
  });

  test('count bytes of messages and edits over all connections and posts', async () => {
    const harness = harnessWith({ userBytesPerDay: 1000 });
    const [one, other] = [await harness.connect('alice'), await harness.connect('alice')];
    const { id: roomId } = (await one.join('lobby')).room;
    await other.join('lobby');
    const user = await harness.userOf('alice');
    const post = (content: string) =>
      harness.chat.connectionless.send(user, {
        ...{ to: { roomId }, content, clientMessageId: undefined },
        ...{ parentId: undefined, attachments: [] },
      });
    await one.send('ä'.repeat(200));
    await other.send('x'.repeat(900)); // The last one may use more than there is.

    const waits = [
      await retryAfterOf(() => one.send('x')),
      await retryAfterOf(() => other.send('x')),
      await retryAfterOf(() => post('x')),
    ];
    assert.equal(new Set(waits).size, 1);
    // The bytes beyond the limit count, too: another long message does not pass as soon as one byte is there.
    assert.ok((waits[0] ?? 0) > (300 / 1000) * 24 * 60 * 60);
    assert.equal(
      await retryAfterOf(async () => void (await (await harness.connect('bob')).join('ops'))),
      undefined,
    );
    harness.clock.advance(24 * HOUR_MS);
    await post('x');
  });

  test('count messages over all connections and posts; rejected messages cost nothing', async () => {
    const harness = harnessWith({ userMessageRateMax: 10, messageRateWindowMs: 10_000 });
    const sockets: Client[] = [];
    for (let count = 0; count < 5; count += 1) sockets.push(await harness.connect('alice'));
    const user = await harness.userOf('alice');
    let roomId: RoomId | undefined;
    for (const socket of sockets) roomId = (await socket.join('lobby')).room.id;
    for (const socket of sockets) for (const text of ['one', 'two']) await socket.send(text);
    const post = () =>
      harness.chat.connectionless.send(user, {
        to: { roomId: roomId as RoomId },
        content: 'posted',
        clientMessageId: undefined,
        parentId: undefined,
        attachments: [],
      });

    for (let tries = 0; tries < 200; tries += 1) {
      for (const socket of sockets) {
        assert.throws(() => socket.send('more'), { details: { retryAfterSeconds: 1 } });
      }
      assert.equal(await retryAfterOf(post), 1);
    }

    harness.clock.advance(1000);
    await post();
    const bob = await harness.connect('bob');
    await bob.join('lobby');
    await bob.send('my own limit');
  });

  test('count message changes, including those that fail', async () => {
    const harness = harnessWith({ userChangeRateMax: 4, messageRateWindowMs: 4000 });
    const alice = await harness.connect('alice');
    const { room } = await alice.join('lobby');
    const { messageId } = await alice.send('hello');
    const react = (emoji: string) =>
      alice.change(room.id, messageId, { kind: 'reaction-added', emoji });
    await react('👍');
    await react('🎉');
    await alice.change(room.id, messageId, { kind: 'pin' });
    await alice.change(room.id, messageId, { kind: 'edit', content: 'b', contentLengthMax: 100 });

    assert.throws(() => react('🔥'), { details: { retryAfterSeconds: 1 } });
    const other = await harness.connect('alice');
    assert.throws(() => other.change(room.id, messageId, { kind: 'deletion' }), {
      code: 'RATE_LIMITED',
    });
  });

  test('are disabled for messages and changes if the message limit is disabled', async () => {
    const harness = harnessWith({
      messageRateMax: 0,
      userMessageRateMax: 1,
      userChangeRateMax: 1,
    });
    const alice = await harness.connect('alice');
    const { room } = await alice.join('lobby');

    for (let count = 0; count < 20; count += 1) {
      const { messageId } = await alice.send('hello');
      await alice.change(room.id, messageId, { kind: 'pin' });
      await harness.chat.readReceipts.markRead(alice.connection, { roomId: room.id, messageId });
    }
  });
});
