import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { setImmediate as turn } from 'node:timers/promises';
import { DOMAIN_DEFAULTS } from '../../../src/domain/settings.ts';
import { type Store, StoreUnavailable } from '../../../src/ports/store.ts';
import { ChatHarness, type Client } from '../../support/chat-harness.ts';
import { NOON_MS } from '../../support/records.ts';
import { openSqliteInMemory } from '../../support/sqlite-in-memory.ts';

async function bobIsElsewhere(over: ConstructorParameters<typeof ChatHarness>[0] = {}) {
  const harness = new ChatHarness(over);
  const [alice, bob] = [await harness.connect('alice'), await harness.connect('bob')];
  const { room: lobby } = await alice.join('lobby');
  await bob.join('lobby');
  harness.chat.subscriptions.leave(bob.connection, lobby.id);
  return { harness, alice, bob, lobby };
}

/** A store whose unread counts cannot be read while it fails. */
function storeThatFails(): { readonly store: Store; setFailing(isFailing: boolean): void } {
  const store = openSqliteInMemory();
  let isFailing = false;
  const readUnread: Store['rooms']['readUnread'] = async (...args) => {
    if (isFailing) throw new StoreUnavailable('down');
    return store.rooms.readUnread(...args);
  };
  const setFailing = (now: boolean): void => {
    isFailing = now;
  };
  return { store: { ...store, rooms: { ...store.rooms, readUnread } }, setFailing };
}

const counts = (client: Client): number[][] =>
  client
    .ofKind('room-activity')
    .map(({ headSequence, unreadCount, mentionCount }) => [
      headSequence,
      unreadCount,
      mentionCount,
    ]);

describe('activity in rooms that are not open', () => {
  test('is sent to members, with their unread counts', async () => {
    const { harness, alice, bob, lobby } = await bobIsElsewhere();

    await alice.send('hello @bob');
    await harness.settle();

    const [sent] = bob.ofKind('room-activity');
    assert.equal(sent?.roomId, lobby.id);
    assert.deepEqual(counts(bob), [[1, 1, 1]]);
    assert.deepEqual(counts(alice), []);
    assert.deepEqual(bob.messages, []);
  });

  test('follows deletions, and edits that remove a mention', async () => {
    const { harness, alice, bob, lobby } = await bobIsElsewhere();
    const ids = [];
    for (const text of ['one', 'two @bob', 'three @bob']) {
      ids.push((await alice.send(text)).messageId);
    }
    const [first, second, third] = ids;
    assert(first !== undefined && second !== undefined && third !== undefined);
    const next = async (change: Promise<unknown>) => {
      await change;
      harness.clock.advance(1000);
      await harness.settle();
      return counts(bob).at(-1);
    };

    const after = [
      await next(
        alice.change(lobby.id, second, { kind: 'edit', content: 'two', contentLengthMax: 1000 }),
      ),
      await next(alice.change(lobby.id, first, { kind: 'deletion' })),
      await next(alice.change(lobby.id, third, { kind: 'deletion' })),
      await next(alice.change(lobby.id, second, { kind: 'deletion' })),
    ];

    assert.deepEqual(after, [
      [4, 3, 1],
      [5, 2, 1],
      [6, 1, 0],
      [7, 0, 0],
    ]);
  });

  test('is sent once somebody does not have the room open any more', async () => {
    const harness = new ChatHarness();
    const [alice, bob] = [await harness.connect('alice'), await harness.connect('bob')];
    const { room: lobby } = await alice.join('lobby');
    await bob.join('lobby');
    await alice.send('to both');
    await harness.settle();

    harness.chat.subscriptions.leave(bob.connection, lobby.id);
    await alice.send('to one');
    await harness.settle();
    assert.deepEqual(counts(bob), [[2, 2, 0]]);
    harness.clock.advance(1000);
    await bob.join('lobby');
    await alice.send('to both again');
    const tab = await harness.connect('bob');
    await alice.send('to all but a tab');
    await harness.settle();

    assert.deepEqual(counts(tab), [[4, 4, 0]]);
  });

  test('is sent at most once a second, and always ends with the latest state', async () => {
    const { harness, alice, bob } = await bobIsElsewhere();

    for (const text of ['1', '2', '3']) await alice.send(text);
    await harness.settle();
    assert.equal(counts(bob).length, 1);
    harness.clock.advance(1000);
    await harness.settle();
    harness.clock.advance(5000);
    await harness.settle();

    assert.equal(counts(bob).length, 2);
    assert.deepEqual(counts(bob)[1], [3, 3, 0]);
    // The index of the search looks for messages each minute.
    assert.equal(harness.clock.timerCount, 1);
  });

  test('is read again only after the last read has ended, however slow the store is', async () => {
    const store = openSqliteInMemory();
    const reads: PromiseWithResolvers<void>[] = [];
    const readUnread: Store['rooms']['readUnread'] = async (...args) => {
      const read = Promise.withResolvers<void>();
      reads.push(read);
      await read.promise;
      return store.rooms.readUnread(...args);
    };
    const { harness, alice, bob } = await bobIsElsewhere({
      store: { ...store, rooms: { ...store.rooms, readUnread } },
    });

    for (let index = 0; index < 5; index += 1) {
      await alice.send(`${index}`);
      harness.clock.advance(1000);
    }
    assert.equal(reads.length, 1);
    reads[0]?.resolve();
    await turn();
    harness.clock.advance(1000);
    await turn();
    assert.equal(reads.length, 2);
    reads[1]?.resolve();
    await harness.settle();

    assert.deepEqual(counts(bob).at(-1), [5, 5, 0]);
  });

  test('is read again after the store has failed', async () => {
    const { store, setFailing } = storeThatFails();
    const { harness, alice, bob } = await bobIsElsewhere({ store });

    setFailing(true);
    await alice.send('hello');
    await harness.settle();
    setFailing(false);
    harness.clock.advance(1000);
    await harness.settle();

    assert.deepEqual(counts(bob), [[1, 1, 0]]);
  });

  test('is sent less often in a room with more than 500 users elsewhere', async () => {
    const { harness, alice, bob, lobby } = await bobIsElsewhere();
    for (let index = 0; index < 500; index += 1) {
      const member = await harness.userOf(`user-${index}`);
      await harness.store.rooms.addMember(lobby.id, member.id, NOON_MS);
      await harness.connectUser(member);
    }

    const sentAt: number[] = [];
    for (let second = 0; second < 7; second += 1) {
      const before = counts(bob).length;
      await alice.send(`${second}`);
      await harness.settle();
      harness.clock.advance(1000);
      await harness.settle();
      if (counts(bob).length > before) sentAt.push(second);
    }

    // At once, and then at the end of every second second.
    assert.deepEqual(sentAt, [0, 1, 3, 5]);
  });

  test('is sent above the soft limit, and to a lagging connection after it has caught up', async () => {
    const { harness, alice, bob } = await bobIsElsewhere();
    const { softBufferBytes, hardBufferBytes } = DOMAIN_DEFAULTS;
    bob.bufferedBytes = softBufferBytes + 1;
    await alice.send('1');
    await harness.settle();
    assert.deepEqual(counts(bob), [[1, 1, 0]]);
    harness.clock.advance(1000);

    bob.bufferedBytes = hardBufferBytes + 1;
    await alice.send('2');
    await harness.settle();
    harness.clock.advance(1000);
    await alice.send('3 @bob');
    await harness.settle();
    assert.equal(counts(bob).length, 1);
    bob.read();
    await harness.settle();

    assert.deepEqual(counts(bob), [
      [1, 1, 0],
      [3, 3, 1],
    ]);
  });

  test('is sent to a connection that lagged even if the store fails just then', async () => {
    const { store, setFailing } = storeThatFails();
    const { harness, alice, bob } = await bobIsElsewhere({ store });
    bob.bufferedBytes = DOMAIN_DEFAULTS.hardBufferBytes + 1;
    await alice.send('hello @bob');
    await harness.settle();
    harness.clock.advance(1000);

    setFailing(true);
    bob.read();
    await harness.settle();
    setFailing(false);
    harness.clock.advance(1000);
    await harness.settle();

    assert.deepEqual(counts(bob), [[1, 1, 1]]);
  });

  test('is sent for closed rooms after a connection lagged too long', async () => {
    const { harness, alice, bob, lobby } = await bobIsElsewhere();
    const { room: ops } = await bob.join('ops');
    const carol = await harness.connect('carol');
    await carol.join('ops');
    bob.bufferedBytes = DOMAIN_DEFAULTS.hardBufferBytes + 1;
    await carol.send('open here');
    await (await harness.connect('dave')).join('ops');
    await alice.send('not open here');
    await harness.settle();

    harness.clock.advance(DOMAIN_DEFAULTS.laggingTimeoutMs);
    bob.bufferedBytes = 0;
    await harness.settle();

    const of = (kind: 'room-activity' | 'resync-required') =>
      bob.ofKind(kind).map(({ roomId }) => roomId);
    assert.deepEqual(of('resync-required'), [ops.id]);
    assert.deepEqual(of('room-activity'), [lobby.id]);
  });

  test('follows the welcome, which may be older', async () => {
    const { harness, alice, bob, lobby } = await bobIsElsewhere();
    bob.leave();
    const { rooms } = harness.store;
    const { listRoomsOf } = rooms;
    const early: string[][] = [];
    // Written while the rooms of the welcome are read.
    Object.assign(rooms, {
      listRoomsOf: async (...args: Parameters<typeof listRoomsOf>) => {
        const listed = await listRoomsOf(...args);
        Object.assign(rooms, { listRoomsOf });
        await alice.send('meanwhile', { roomId: lobby.id });
        await harness.settle();
        const { id } = bob.connection.user;
        for (const { link } of harness.chat.connectedUsers.connectionsOf(id)) {
          early.push((link as Client).kinds());
        }
        return listed;
      },
    });

    const again = await harness.connect('bob');
    await harness.settle();

    assert.deepEqual(early, [[]]);
    assert.equal(again.welcomedWith[0]?.membership?.unread.unreadCount, 0);
    assert.deepEqual(counts(again), [[1, 1, 0]]);
  });

  test('is not sent to former members', async () => {
    const { harness, alice, bob, lobby } = await bobIsElsewhere();
    const { user } = bob.connection;
    const leave = { roomId: lobby.id, subjectId: user.id, reason: 'left' } as const;
    await harness.chat.memberships.end(user, leave);

    await alice.send('hello');
    await harness.settle();

    assert.deepEqual(counts(bob), []);
  });

  test('marked as unread by hand is listed until it is read', async () => {
    const { harness, alice, bob, lobby } = await bobIsElsewhere();
    await alice.send('hello');
    const mark = { roomId: lobby.id, sequence: 1 };
    const listed = async () => {
      const page = { after: undefined, limit: undefined };
      const { rooms } = await harness.chat.roomLists.listVisible(bob.connection.user, page);
      return rooms[0]?.membership?.unread;
    };

    await harness.chat.readReceipts.markRead(bob.connection, mark);
    const position = await harness.chat.readReceipts.markUnread(bob.connection, lobby.id);

    assert.deepEqual(position, { sequence: 1, ordinal: 1 });
    const { isMarkedUnread, unreadCount } = (await listed()) ?? {};
    assert.deepEqual([isMarkedUnread, unreadCount], [true, 0]);
    await harness.chat.readReceipts.markRead(bob.connection, mark);
    assert.equal((await listed())?.isMarkedUnread, false);
  });
});
