/** Answers of `/ready` while a store hangs or fails, and after it has recovered. */
import assert from 'node:assert/strict';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { afterEach, beforeEach, describe, test } from 'node:test';
import type { RoomId } from '@parley/protocol';
import { openMemoryBus } from '../../src/bus/memory/bus.ts';
import { NO_TOKEN_LEASES } from '../../src/bus/memory/token-leases.ts';
import type { Account } from '../support/account.ts';
import { TestServer } from '../support/running-server.ts';
import { openSqliteInMemory } from '../support/sqlite-in-memory.ts';
import { temporaryDirectory } from '../support/temporary-directory.ts';
import { postgresSkip, TestDatabases } from '../support/test-database.ts';
import { until } from '../support/wait.ts';

describe('GET /ready', () => {
  let server: TestServer;
  /** Another process that uses the same file. */
  let stranger: DatabaseSync;
  beforeEach(async () => {
    const directory = temporaryDirectory();
    server = await TestServer.start({ DATA_DIR: directory, DURABILITY: 'full' });
    // The server may write for a moment.
    stranger = new DatabaseSync(join(directory, 'parley.db'), { timeout: 10_000 });
  });
  afterEach(async () => {
    stranger.close();
    await server.close();
  });

  const DOWN = { status: 503, down: ['store'] };
  const untilReady = () => until(async () => (await server.ready()).status === 200, 'the store');

  test('names a store that hangs, however many clients ask, and recovers automatically', async () => {
    stranger.exec('BEGIN IMMEDIATE');

    assert.deepEqual(await Promise.all([server.ready(), server.ready()]), [DOWN, DOWN]);
    assert.deepEqual(await server.ready(), DOWN);
    stranger.exec('ROLLBACK');

    await untilReady();
  });

  test('names a store that fails, and recovers automatically', async () => {
    stranger.exec('ALTER TABLE store_meta RENAME TO elsewhere');

    assert.deepEqual(await server.ready(), DOWN);
    stranger.exec('ALTER TABLE elsewhere RENAME TO store_meta');

    await untilReady();
  });
});

test('GET /ready and GET /metrics show a clock that differs from that of the store', async (t) => {
  const store = openSqliteInMemory();
  const readClockMs = async () => Date.now() - 90_000;
  const node = { store: { ...store, readClockMs }, bus: openMemoryBus() };
  const server = await TestServer.start({}, { ...node, tokenLeases: NO_TOKEN_LEASES });
  t.after(async () => {
    await server.close();
    await store.close();
  });

  const metrics = async () => (await fetch(`${server.url}/metrics`)).text();
  await until(async () => /^parley_clock_ahead_seconds 90/m.test(await metrics()), 'the clocks');

  const answer = await fetch(`${server.url}/ready`);
  const { clock } = (await answer.json()) as { clock: { aheadSeconds: number } };
  assert.equal(answer.status, 200);
  assert.equal(Math.round(clock.aheadSeconds), 90);
});

describe('GET /ready, on PostgreSQL', { skip: postgresSkip() }, () => {
  /** A server with alice in three rooms, and another client of the same database. */
  const withStranger = async () => {
    const databases = await TestDatabases.open();
    const url = await databases.create();
    const server = await TestServer.start({
      DATABASE_URL: url,
      DATABASE_TIMEOUT_MS: '2000',
      DURABILITY: 'relaxed',
      MESSAGE_RATE_MAX: '0',
    });
    const alice = await server.signUp('alice');
    const roomIds = await joinRooms(alice, ['lobby', 'ops', 'help']);
    const stranger = await TestDatabases.open(url);
    await stranger.query('BEGIN');
    const close = async () => {
      await stranger.close();
      await server.close();
      await databases.close();
    };
    const sendTo = async (roomId: RoomId | undefined) => {
      const answer = await alice.call('POST', '/api/messages', { roomId, content: 'hello' });
      return answer.status;
    };
    const send = () => sendTo(roomIds[0]);
    const sendToAll = () => Promise.all(roomIds.map(sendTo));
    const ready = async () => {
      const answer = await fetch(`${server.url}/ready`);
      const { store } = (await answer.json()) as { store: { state: string } };
      return `${answer.status} ${store.state}`;
    };
    return { url: server.url, stranger, send, sendToAll, ready, close };
  };

  test('compares the clocks', async () => {
    const { url, close } = await withStranger();

    const metrics = async () => (await fetch(`${url}/metrics`)).text();
    await until(async () => /^parley_clock_ahead_seconds -?0/m.test(await metrics()), 'the clocks');

    assert.doesNotMatch(await (await fetch(`${url}/ready`)).text(), /clock/);
    await close();
  });

  test('names the store while the messages are locked, even before a message is sent', async () => {
    const { stranger, ready, close } = await withStranger();

    await stranger.query('LOCK TABLE messages');
    await until(async () => (await ready()) === '503 down', 'the lock to be detected');
    await stranger.query('ROLLBACK');

    await until(async () => (await ready()) === '200 up', 'the store');
    await close();
  });

  test('names the store while commits fail for a reason that probes do not find, until a commit succeeds', async () => {
    const { stranger, send, sendToAll, ready, close } = await withStranger();

    await stranger.query('SELECT 1 FROM rooms FOR UPDATE');
    const failUntilHalfOpen = async () => {
      if ((await ready()) === '200 half-open') return true;
      await sendToAll();
      return false;
    };
    await until(failUntilHalfOpen, 'a half-open store');
    assert.equal(await send(), 503);
    await until(async () => (await ready()) === '200 half-open', 'another half-open phase');
    await stranger.query('ROLLBACK');

    await until(async () => (await send()) === 201, 'a commit');
    await until(async () => (await ready()) === '200 up', 'the store');
    await close();
  });
});

/** Commits successfully, then the connection closes. */
async function joinRooms(account: Account, names: readonly string[]): Promise<RoomId[]> {
  const socket = await account.connect();
  const roomIds: RoomId[] = [];
  for (const roomName of names) {
    const { roomId } = await socket.joinRoom({ roomName });
    roomIds.push(roomId);
  }
  socket.close();
  return roomIds;
}
