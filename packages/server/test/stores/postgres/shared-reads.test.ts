/** Reads that wait for a connection to PostgreSQL share the next that is free. */
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import pg from 'pg';
import type { Store } from '../../../src/ports/store.ts';
import { openTestStore } from '../../support/postgres-store.ts';
import { command, withLobby } from '../../support/records.ts';
import { postgresSkip, TestDatabases } from '../../support/test-database.ts';

const CONNECTIONS = 2;
const USERS = 32;
/** PostgreSQL cannot hold it as a number of rows. */
const FAULTY_LIMIT = Number.MAX_VALUE;

describe('reads of PostgreSQL that wait for a connection', { skip: postgresSkip() }, () => {
  const { query } = pg.Client.prototype;
  let databases: TestDatabases;
  let store: Store;
  let scene: Awaited<ReturnType<typeof withLobby>>;
  /** Number of groups of statements that were sent. */
  let roundTrips = 0;
  before(async () => {
    databases = await TestDatabases.open();
    store = await openTestStore(await databases.create(), { connectionsMax: CONNECTIONS });
    scene = await withLobby(store);
    const { alice, lobby } = scene;
    await store.log.commit([command({ roomId: lobby.id, userId: alice.id })]);
    pg.Client.prototype.query = function count(this: pg.Client, ...args: unknown[]) {
      roundTrips += 1;
      return Reflect.apply(query, this, args);
    } as typeof query;
  });
  after(async () => {
    pg.Client.prototype.query = query;
    await store.close();
    await databases.close();
  });

  const listRooms = (limit = 10) => store.rooms.listRoomsOf(scene.alice.id, limit);
  const readLobby = (historyCount = 10) =>
    store.log.readRoom({
      roomId: scene.lobby.id,
      userId: scene.alice.id,
      position: undefined,
      historyCount,
      catchUpMax: 10,
      bytesMax: 1_000_000,
    });
  const often = <T>(read: () => Promise<T>) => Array.from({ length: USERS }, read);

  test('take a few round trips together, each with its own result', async () => {
    await Promise.all(often(listRooms)); // Prepares the statement.
    roundTrips = 0;

    const lists = await Promise.all(often(() => listRooms()));

    assert.equal(lists.length, USERS);
    for (const rooms of lists) assert.equal(rooms[0]?.room.id, scene.lobby.id);
    assert(roundTrips <= USERS / 8, `${roundTrips} round trips`);
  });

  test('of snapshots share transactions', async () => {
    roundTrips = 0;

    const states = await Promise.all(often(() => readLobby()));

    for (const state of states) assert.equal(state?.history.length, 1);
    assert(roundTrips <= USERS / 2, `${roundTrips} round trips`);
  });

  test('fail alone', async () => {
    const lists = [...often(() => listRooms()), listRooms(FAULTY_LIMIT)];
    const states = [readLobby(FAULTY_LIMIT), ...often(() => readLobby())];

    const results = await Promise.allSettled([...lists, ...states]);

    const rejected = results.flatMap(({ status }, index) => (status === 'rejected' ? index : []));
    assert.deepEqual(rejected, [USERS, USERS + 1]);
  });

  test('end before the store is closed', async () => {
    const own = await openTestStore(await databases.create(), { connectionsMax: CONNECTIONS });
    const lists = often(() => own.rooms.listRoomsOf(scene.alice.id, 10));

    await own.close();

    assert.deepEqual((await Promise.all(lists)).flat(), []);
  });
});
