import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { ChatError } from '@parley/protocol';
import { DOMAIN_DEFAULTS } from '../../../src/domain/settings.ts';
import type { Store } from '../../../src/ports/store.ts';
import { ChatHarness, type Client } from '../../support/chat-harness.ts';
import { openSqliteInMemory } from '../../support/sqlite-in-memory.ts';

const HARD = DOMAIN_DEFAULTS.hardBufferBytes;
const SOFT = DOMAIN_DEFAULTS.softBufferBytes;
const LAGGING_TIMEOUT_MS = DOMAIN_DEFAULTS.laggingTimeoutMs;

async function aliceAndSlowBob(
  settings: Partial<typeof DOMAIN_DEFAULTS> = {},
  store: Store = openSqliteInMemory(),
) {
  const harness = new ChatHarness({ settings: { messageRateMax: 0, ...settings }, store });
  const [alice, bob] = [await harness.connect('alice'), await harness.connect('bob')];
  const { room: lobby } = await alice.join('lobby');
  await bob.join('lobby');
  const sendAll = async (...texts: string[]) => {
    for (const content of texts) await alice.send(content, { roomId: lobby.id });
  };
  return { harness, alice, bob, lobby, sendAll };
}

/** Sequences of what was pushed and acknowledged, in order. */
function placesOf(client: Client): number[] {
  return client.received.flatMap((event) =>
    event.kind === 'logged'
      ? [event.event.sequence]
      : event.kind === 'acknowledged'
        ? [event.sequence]
        : [],
  );
}

describe('a slow reader', () => {
  test('gets nothing above the hard limit, and everything that it missed after reading', async () => {
    const { harness, bob, sendAll } = await aliceAndSlowBob();
    await sendAll('1');
    bob.bufferedBytes = HARD + 1;

    await sendAll('2', '3');
    assert.deepEqual(bob.messages, ['1']);
    bob.read();
    await harness.settle();
    await sendAll('4');

    assert.deepEqual(bob.messages, ['1', '2', '3', '4']);
  });

  test('is caught up even if what it was sent is read at once', async () => {
    const { harness, bob, sendAll } = await aliceAndSlowBob();
    bob.bufferedBytes = HARD + 1;
    const texts = Array.from({ length: 12 }, (_, index) => `${index}`);
    await sendAll(...texts);
    // Each fills the empty buffer, and is reported as read before anything else runs.
    const push = bob.push.bind(bob);
    bob.push = (frame) => {
      push(frame);
      bob.bufferedBytes = HARD + 1;
      queueMicrotask(() => bob.read());
    };

    bob.read();
    await harness.settle();

    assert.deepEqual(bob.messages, texts);
  });

  test('is caught up from the store if the recent events do not reach back', async () => {
    const { harness, bob, sendAll } = await aliceAndSlowBob({ tailEventsPerRoom: 2 });
    bob.bufferedBytes = HARD + 1;
    const texts = Array.from({ length: 12 }, (_, index) => `${index}`);
    await sendAll(...texts);

    bob.read();
    await harness.settle();

    assert.deepEqual(bob.messages, texts);
  });

  test('fetches the room again if the store does not return the event that comes next', async () => {
    const memory = openSqliteInMemory();
    let reads = 0;
    const readEvents: Store['log']['readEvents'] = async (roomId, after, limit) => {
      reads += 1;
      // Ends what would otherwise go on for ever, without a turn of the event loop.
      if (reads > 10) throw new ChatError('UNAVAILABLE');
      const page = await memory.log.readEvents(roomId, after, limit);
      return { ...page, events: page.events.filter(({ sequence }) => sequence !== 2) };
    };
    const store = { ...memory, log: { ...memory.log, readEvents } };
    const { harness, bob, lobby, sendAll } = await aliceAndSlowBob({ tailEventsPerRoom: 2 }, store);
    bob.bufferedBytes = HARD + 1;
    await sendAll('1', '2', '3', '4', '5', '6', '7', '8');

    bob.read();
    await harness.settle();

    assert.deepEqual(bob.messages, ['1']);
    assert.deepEqual(bob.ofKind('resync-required'), [
      { kind: 'resync-required', roomId: lobby.id, headSequence: 8 },
    ]);
    assert.equal(reads, 2);
  });

  test('gets no ephemeral events above the soft limit, but every message', async () => {
    const { harness, alice, bob, lobby, sendAll } = await aliceAndSlowBob();
    bob.bufferedBytes = SOFT + 1;

    harness.chat.typing.set(alice.connection, { roomId: lobby.id, isTyping: true });
    await sendAll('1');

    assert.deepEqual(bob.ofKind('typing'), []);
    assert.deepEqual(bob.messages, ['1']);
  });

  test('pauses when its buffer is full again, and continues from there', async () => {
    const { harness, bob, sendAll } = await aliceAndSlowBob();
    bob.bufferedBytes = HARD + 1;
    await sendAll('1', '2', '3');
    const push = bob.push.bind(bob);
    bob.push = (frame) => {
      push(frame);
      bob.bufferedBytes = HARD + 1;
    };

    bob.read();
    await harness.settle();
    assert.deepEqual(bob.messages, ['1']);
    bob.read();
    await harness.settle();
    bob.push = push;
    bob.read();
    await harness.settle();

    assert.deepEqual(bob.messages, ['1', '2', '3']);
  });

  test('gets an acknowledgement in its position, after the events below it', async () => {
    const { harness, bob, lobby, sendAll } = await aliceAndSlowBob();
    bob.bufferedBytes = HARD + 1;
    await sendAll('1');

    const sending = bob.send('mine', { roomId: lobby.id });
    await sendAll('3');
    await harness.settle();
    assert.deepEqual(placesOf(bob), []);
    bob.read();

    assert.equal((await sending).sequence, 2);
    assert.deepEqual(placesOf(bob), [1, 2, 3]);
  });

  test('gets a fresh member list if joins and leaves were dropped', async () => {
    const { harness, bob, lobby } = await aliceAndSlowBob();
    bob.bufferedBytes = HARD + 1;
    await (await harness.connect('carol')).join('lobby');

    bob.read();
    await harness.settle();

    assert.deepEqual(
      bob.ofKind('user-joined').map(({ username }) => username),
      [],
    );
    const [list] = bob.ofKind('members');
    assert.equal(list?.roomId, lobby.id);
    assert.deepEqual(
      list?.members.map(({ username }) => username),
      ['alice', 'bob', 'carol'],
    );
  });

  test('gets the read positions that were dropped', async () => {
    const { harness, alice, bob, lobby, sendAll } = await aliceAndSlowBob();
    await sendAll('1', '2');
    bob.bufferedBytes = HARD + 1;
    await sendAll('3');

    await harness.chat.readReceipts.markRead(alice.connection, { roomId: lobby.id, sequence: 3 });
    assert.deepEqual(bob.ofKind('read-position'), []);
    bob.read();
    await harness.settle();

    assert.deepEqual(
      bob.ofKind('read-position').map(({ username, sequence }) => [username, sequence]),
      [['alice', 3]],
    );
  });

  test('fetches its rooms again after lagging too long, without being shown as gone', async () => {
    const { harness, alice, bob, lobby, sendAll } = await aliceAndSlowBob();
    bob.bufferedBytes = HARD + 1;
    await sendAll('1');

    harness.clock.advance(LAGGING_TIMEOUT_MS);
    await sendAll('2');
    bob.read();
    await harness.settle();

    assert.deepEqual(bob.ofKind('resync-required'), [
      { kind: 'resync-required', roomId: lobby.id, headSequence: 1 },
    ]);
    assert.deepEqual(bob.messages, []);
    assert.throws(() => bob.send('x', { roomId: lobby.id }), { code: 'NOT_IN_ROOM' });
    const joined = await bob.join('lobby');
    assert.equal(joined.state.head.sequence, 2);
    await sendAll('3');
    assert.deepEqual(bob.messages, ['3']);
    assert.deepEqual(alice.ofKind('user-left'), []);
    assert.equal(alice.ofKind('user-joined').length, 1);
  });

  test('gets nothing of a room that could not be read again, and is not shown as gone', async () => {
    const memory = openSqliteInMemory();
    let isUp = true;
    const readRoom: Store['log']['readRoom'] = async (read) => {
      if (isUp) return memory.log.readRoom(read);
      throw new ChatError('UNAVAILABLE');
    };
    const store = { ...memory, log: { ...memory.log, readRoom } };
    const { harness, alice, bob, lobby, sendAll } = await aliceAndSlowBob({}, store);
    bob.bufferedBytes = HARD + 1;
    await sendAll('1');
    harness.clock.advance(LAGGING_TIMEOUT_MS);
    bob.read();

    isUp = false;
    await assert.rejects(bob.join('lobby'), { code: 'UNAVAILABLE' });
    isUp = true;
    await sendAll('2');

    assert.deepEqual(bob.messages, []);
    assert.throws(() => bob.send('x', { roomId: lobby.id }), { code: 'NOT_IN_ROOM' });
    assert.deepEqual(alice.ofKind('user-left'), []);
    harness.clock.advance(1000);
    assert.equal((await bob.join('lobby')).state.head.sequence, 2);
    await sendAll('3');
    assert.deepEqual(bob.messages, ['3']);
  });

  test('has left a room after the grace period if it does not come back', async () => {
    const { harness, alice, bob, sendAll } = await aliceAndSlowBob();
    bob.bufferedBytes = HARD + 1;
    await sendAll('1');
    harness.clock.advance(LAGGING_TIMEOUT_MS);
    assert.deepEqual(alice.ofKind('user-left'), []);

    harness.clock.advance(DOMAIN_DEFAULTS.presenceGraceMs);

    assert.equal(alice.ofKind('user-left').length, 1);
  });

  test('fetches the room again at once if it is too far behind to catch up', async () => {
    const { bob, lobby, sendAll } = await aliceAndSlowBob({ catchUpEventsMax: 3 });
    bob.bufferedBytes = HARD + 1;

    await sendAll('1', '2', '3');
    assert.deepEqual(bob.ofKind('resync-required'), []);
    await sendAll('4');

    assert.deepEqual(bob.ofKind('resync-required'), [
      { kind: 'resync-required', roomId: lobby.id, headSequence: 4 },
    ]);
  });

  test('leaves nothing behind when it disconnects', async () => {
    const { harness, bob, sendAll } = await aliceAndSlowBob();
    bob.bufferedBytes = HARD + 1;
    await sendAll('1');
    harness.clock.advance(LAGGING_TIMEOUT_MS);
    bob.bufferedBytes = HARD + 2;

    bob.leave();

    assert.equal(bob.connection.subscriptions.size, 0);
    assert.equal(harness.chat.connections.count, 1);
  });
});
