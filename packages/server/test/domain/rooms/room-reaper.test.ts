import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { RoomId } from '@parley/protocol';
import type { User } from '../../../src/model/user.ts';
import { type Store, StoreUnavailable } from '../../../src/ports/store.ts';
import { ChatHarness } from '../../support/chat-harness.ts';
import { command, ownedBy, room } from '../../support/records.ts';
import { openSqliteInMemory } from '../../support/sqlite-in-memory.ts';

const FIVE_MINUTES_MS = 5 * 60 * 1000;
const HOUR_MS = 60 * 60 * 1000;
const PAGE = { after: undefined, limit: 100 };

/** A store that can be taken down: then it neither lists nor deletes rooms. */
function onStoreThatKeeps() {
  const store = openSqliteInMemory();
  const state = { isDown: false };
  const guard = <A extends unknown[], R>(call: (...args: A) => Promise<R>) => {
    return async (...args: A): Promise<R> => {
      if (state.isDown) throw new StoreUnavailable('down');
      return call(...args);
    };
  };
  const rooms: Store['rooms'] = {
    ...store.rooms,
    listUnusedRooms: guard(store.rooms.listUnusedRooms),
    deleteUnusedRoom: guard(store.rooms.deleteUnusedRoom),
    deleteRoom: guard(store.rooms.deleteRoom),
  };
  return { store: { ...store, rooms }, state };
}

/** A store that deletes no messages until `release`. */
function onStoreThatWaits() {
  const store = openSqliteInMemory();
  const { promise, resolve: release } = Promise.withResolvers<void>();
  const log: Store['log'] = {
    ...store.log,
    async deleteMessagesOlderThan(roomId, cut) {
      await promise;
      return store.log.deleteMessagesOlderThan(roomId, cut);
    },
  };
  return { store: { ...store, log }, release };
}

/** More messages than are deleted in one step. */
async function fill(store: Store, roomId: RoomId, { id: userId }: User): Promise<void> {
  await store.log.commit(Array.from({ length: 1200 }, () => command({ roomId, userId })));
}

/** A temporary room whose last user has left, and whose deletion goes on after `release`. */
async function beginDeletion({ isLarge = false } = {}) {
  const { store, release } = onStoreThatWaits();
  const harness = new ChatHarness({ store });
  const [alice, bob] = [await harness.connect('alice'), await harness.connect('bob')];
  const { room } = await alice.join('temp-standup');
  if (isLarge) await fill(store, room.id, alice.connection.user);
  alice.leave();
  return { harness, bob, room, release };
}

async function names(harness: ChatHarness): Promise<string[]> {
  await harness.settle();
  const { id } = await harness.userOf('alice');
  const { rooms } = await harness.store.rooms.listVisibleRooms(id, PAGE);
  return rooms.map(({ room: { name } }) => name);
}

describe('an empty room', () => {
  test('is deleted five minutes after the last user left, if it has no messages', async () => {
    const harness = new ChatHarness();
    const alice = await harness.connect('alice');
    await alice.join('lobby');

    alice.leave();
    harness.clock.advance(FIVE_MINUTES_MS - 1);
    assert.deepEqual(await names(harness), ['lobby']);
    harness.clock.advance(1);

    assert.deepEqual(await names(harness), []);
  });

  test('is deleted in steps if it is temporary and large', async () => {
    const inner = openSqliteInMemory();
    const pruned: number[] = [];
    const log: Store['log'] = {
      ...inner.log,
      async deleteMessagesOlderThan(roomId, cut) {
        const result = await inner.log.deleteMessagesOlderThan(roomId, cut);
        pruned.push(result.events);
        return result;
      },
    };
    const harness = new ChatHarness({ store: { ...inner, log } });
    const alice = await harness.connect('alice');
    const { room: standup } = await alice.join('temp-standup');
    await fill(inner, standup.id, alice.connection.user);

    alice.leave();

    assert.deepEqual(await names(harness), []);
    // Others write in between.
    assert.deepEqual(pruned, [...Array(120).fill(10), 0]);
  });

  test('stays if a user comes back in time', async () => {
    const harness = new ChatHarness();
    const alice = await harness.connect('alice');
    await alice.join('lobby');
    alice.leave();
    harness.clock.advance(FIVE_MINUTES_MS - 1);

    await (await harness.connect('bob')).join('lobby');
    harness.clock.advance(FIVE_MINUTES_MS);

    assert.deepEqual(await names(harness), ['lobby']);
  });

  test('stays forever if it has messages, listed without users', async () => {
    const harness = new ChatHarness();
    const alice = await harness.connect('alice');
    await alice.join('lobby');
    await alice.send('hello');

    alice.leave();
    harness.clock.advance(10 * FIVE_MINUTES_MS);

    assert.deepEqual(await names(harness), ['lobby']);
    const bob = await harness.connect('bob');
    const { rooms } = await harness.chat.roomLists.listVisible(bob.connection.user, {
      after: undefined,
      limit: undefined,
    });
    assert.equal(rooms[0]?.memberCount, 0);
  });

  test('with a temporary name is deleted at once with its messages', async () => {
    const harness = new ChatHarness();
    const alice = await harness.connect('alice');
    await alice.join('temp-standup');
    await alice.send('hello');

    alice.leave();

    assert.deepEqual(await names(harness), []);
  });

  test('is not opened while it is deleted, but created again', async () => {
    const { harness, bob, room: first, release } = await beginDeletion();

    const joining = bob.join('temp-standup');
    await harness.settle();
    release();
    const { room: second } = await joining;
    await bob.send('hello');

    assert.notEqual(second.id, first.id);
    assert.deepEqual(await names(harness), ['temp-standup']);
  });

  test('is created again if it was deleted before the membership was stored', async () => {
    const store = openSqliteInMemory();
    const rooms: Store['rooms'] = {
      ...store.rooms,
      async addMember(roomId, userId, nowMs) {
        await store.rooms.deleteUnusedRoom(roomId);
        return store.rooms.addMember(roomId, userId, nowMs);
      },
    };
    const harness = new ChatHarness({ store: { ...store, rooms } });
    const [alice, bob] = [await harness.connect('alice'), await harness.connect('bob')];
    const { room: first } = await alice.join('lobby');
    alice.leave();

    const { room: second } = await bob.join('lobby');

    assert.notEqual(second.id, first.id);
    await assert.rejects(bob.join(first.id), { code: 'NOT_FOUND' });
  });

  test('keeps what is not deleted yet for a user who comes back, and is deleted after that', async () => {
    const { harness, bob, room: standup, release } = await beginDeletion({ isLarge: true });

    const joining = bob.join('temp-standup');
    await harness.settle();
    release();
    const { room: kept } = await joining;

    assert.equal(kept.id, standup.id);
    await bob.send('hello');
    bob.leave();
    assert.deepEqual(await names(harness), []);
  });

  test('is deleted if the user who waits for it disconnects', async () => {
    const { harness, bob, release } = await beginDeletion({ isLarge: true });

    const joining = assert.rejects(bob.join('temp-standup'));
    await harness.settle();
    bob.leave();
    release();
    await joining;

    assert.deepEqual(await names(harness), []);
  });

  test('is deleted after a restart', async () => {
    const store = openSqliteInMemory();
    const harness = new ChatHarness({ store });
    const alice = await harness.userOf('alice');
    await store.rooms.createRoom(room('left-over'), ownedBy(alice), 0);
    await harness.chat.begin();

    harness.clock.advance(FIVE_MINUTES_MS);

    assert.deepEqual(await names(harness), []);
  });

  test('does not keep the server from starting if the store fails for a moment', async () => {
    const { store, state } = onStoreThatKeeps();
    const harness = new ChatHarness({ store });
    const alice = await harness.userOf('alice');
    await store.rooms.createRoom(room('left-over'), ownedBy(alice), 0);
    state.isDown = true;

    const started = harness.chat.begin();
    await harness.settle();
    state.isDown = false;
    harness.clock.advance(1_000);
    await started;

    harness.clock.advance(FIVE_MINUTES_MS);
    assert.deepEqual(await names(harness), []);
  });

  test('a store that stays away ends the start', async () => {
    const { store, state } = onStoreThatKeeps();
    const harness = new ChatHarness({ store });
    state.isDown = true;

    const rejected = assert.rejects(harness.chat.begin(), StoreUnavailable);
    for (let attempt = 0; attempt < 60; attempt += 1) {
      await harness.settle();
      harness.clock.advance(1_000);
    }
    await rejected;
  });

  test('with a temporary name is deleted with its messages after a restart', async () => {
    const store = openSqliteInMemory();
    const killed = new ChatHarness({ store });
    const alice = await killed.connect('alice');
    await alice.join('temp-standup');
    await alice.send('hello');
    await alice.join('lobby');

    const harness = new ChatHarness({ store });
    await harness.chat.begin();
    await harness.settle();

    const { rooms } = await store.rooms.listVisibleRooms(alice.connection.user.id, PAGE);
    assert.deepEqual(
      rooms.map(({ room: { name } }) => name),
      ['lobby'],
    );
  });

  test('is deleted within an hour if the store was down before', async () => {
    const { store, state } = onStoreThatKeeps();
    const harness = new ChatHarness({ store });
    await harness.chat.begin();
    const [alice, bob] = [await harness.connect('alice'), await harness.connect('bob')];
    await alice.join('temp-standup');
    await alice.join('lobby');
    await bob.join('temp-of-bob');
    state.isDown = true;
    alice.leave();
    harness.clock.advance(FIVE_MINUTES_MS);
    assert.deepEqual((await names(harness)).sort(), ['lobby', 'temp-of-bob', 'temp-standup']);

    state.isDown = false;
    harness.clock.advance(HOUR_MS - FIVE_MINUTES_MS);
    assert.deepEqual((await names(harness)).sort(), ['lobby', 'temp-of-bob']);
    harness.clock.advance(FIVE_MINUTES_MS);

    assert.deepEqual(await names(harness), ['temp-of-bob']);
  });

  test('is searched for again after a failed search', async () => {
    const { store, state } = onStoreThatKeeps();
    const harness = new ChatHarness({ store });
    await harness.chat.begin();
    const alice = await harness.connect('alice');
    await alice.join('temp-standup');
    state.isDown = true;
    alice.leave();
    harness.clock.advance(HOUR_MS);
    await harness.settle();

    state.isDown = false;
    harness.clock.advance(HOUR_MS);

    assert.deepEqual(await names(harness), []);
  });

  test('is kept for the user who has just created it', async () => {
    const store = openSqliteInMemory();
    const harness = new ChatHarness({ store });
    const alice = await harness.userOf('alice');
    await harness.chat.begin();
    harness.clock.advance(HOUR_MS - 1);
    const made = room('temp-standup', { createdAtMs: harness.clock.nowMs() });
    await store.rooms.createRoom(made, ownedBy(alice), 0);

    harness.clock.advance(1);
    assert.deepEqual(await names(harness), ['temp-standup']);
    harness.clock.advance(HOUR_MS);

    assert.deepEqual(await names(harness), []);
  });

  test('leaves no timer behind', async () => {
    const harness = new ChatHarness();
    const alice = await harness.connect('alice');
    await harness.chat.begin();
    await alice.join('lobby');
    alice.leave();

    await harness.chat.close();

    assert.equal(harness.clock.timerCount, 0);
  });
});

describe('a room that its owner deletes', () => {
  test('is gone at once, and its messages in steps', async () => {
    const { store, release } = onStoreThatWaits();
    const harness = new ChatHarness({ store });
    const [alice, bob] = [await harness.connect('alice'), await harness.connect('bob')];
    const { room: lobby } = await alice.join('lobby');
    await bob.join('lobby');
    await fill(store, lobby.id, alice.connection.user);

    const { user } = bob.connection;
    const forbidden = harness.chat.roomDeletion.delete(user, lobby.id);
    await assert.rejects(forbidden, { code: 'FORBIDDEN' });
    await harness.chat.roomDeletion.delete(alice.connection.user, lobby.id);

    for (const { connection } of [alice, bob]) assert.ok(!connection.hasOpen(lobby.id));
    assert.deepEqual(await names(harness), []);
    const again = harness.chat.roomDeletion.delete(alice.connection.user, lobby.id);
    await assert.rejects(again, { code: 'NOT_FOUND' });
    release();
    await harness.settle();
    assert.deepEqual(await store.rooms.listHiddenRooms(undefined, 10), []);
    const page = { roomId: lobby.id, before: undefined, after: undefined, limit: 10 };
    assert.deepEqual((await store.log.readHistory(page)).messages, []);
  });

  test('is deleted by the next start if a kill has interrupted it', async () => {
    const store = openSqliteInMemory();
    const before = new ChatHarness({ store });
    const alice = await before.connect('alice');
    const { room: lobby } = await alice.join('lobby');
    await fill(store, lobby.id, alice.connection.user);
    const by = { actor: alice.connection.user.id, address: '', atMs: 0 };
    await store.rooms.hideRoom(lobby.id, 500, by);

    const after = new ChatHarness({ store });
    await after.chat.begin();
    await after.settle();

    assert.deepEqual(await store.rooms.listHiddenRooms(undefined, 10), []);
  });

  for (const when of ['meanwhile', 'at the next start']) {
    test(`is deleted within seconds if the store fails for a moment ${when}`, async () => {
      const kept = openSqliteInMemory();
      let failures = 1;
      const deleteRoom: Store['rooms']['deleteRoom'] = async (...args) => {
        failures -= 1;
        if (failures >= 0) throw new StoreUnavailable('down');
        return kept.rooms.deleteRoom(...args);
      };
      const store = { ...kept, rooms: { ...kept.rooms, deleteRoom } };
      const harness = new ChatHarness({ store });
      const alice = await harness.connect('alice');
      const { room: lobby } = await alice.join('lobby');
      const { user } = alice.connection;

      if (when === 'meanwhile') await harness.chat.roomDeletion.delete(user, lobby.id);
      else {
        await store.rooms.hideRoom(lobby.id, 500, { actor: user.id, address: '', atMs: 0 });
        await harness.chat.begin();
      }
      await harness.settle();
      assert.deepEqual(await store.rooms.listHiddenRooms(undefined, 10), [lobby.id]);
      harness.clock.advance(1_000);
      await harness.settle();

      assert.deepEqual(await store.rooms.listHiddenRooms(undefined, 10), []);
    });
  }
});
