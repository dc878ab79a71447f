/**
 * A server that falls silent, as if stopped or cut off: calls do not wait for it once that is
 * known.
 */
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { StoreUnavailable } from '../../../src/ports/store.ts';
import { clientConfig } from '../../../src/stores/postgres/connection.ts';
import { ServerLock } from '../../../src/stores/postgres/server-lock.ts';
import { PostgresServer } from '../../support/postgres-server.ts';
import { openTestStore } from '../../support/postgres-store.ts';
import { openProxiedStore } from '../../support/proxied-store.ts';
import { command, withLobby } from '../../support/records.ts';
import { postgresSkip, TestDatabases } from '../../support/test-database.ts';
import { inTime, until } from '../../support/wait.ts';

const OUT_OF_REACH = { name: 'StoreUnavailable', message: 'PostgreSQL does not answer' };
/** The time limit of statements; no test waits as long. */
const ENDLESS_MS = 600_000;

describe('postgres connections', () => {
  test('time out after DATABASE_TIMEOUT_MS, and after five seconds', () => {
    const connectTimeoutOf = (statementTimeoutMs: number) =>
      clientConfig({ url: 'postgres://db/parley', statementTimeoutMs }).connectionTimeoutMillis;

    assert.deepEqual([500, 60_000, 0].map(connectTimeoutOf), [500, 5_000, 5_000]);
  });
});

describe('postgres store', { skip: postgresSkip() }, () => {
  let databases: TestDatabases;
  before(async () => {
    databases = await TestDatabases.open();
  });
  after(() => databases.close());

  test('gives up a silent server, rejects calls meanwhile, and recovers', async () => {
    const { proxy, store, alice, sent, close } = await openProxiedStore(
      await databases.create(),
      2000,
    );
    const findAlice = () => store.accounts.findUser({ kind: 'id', id: alice.id });
    proxy.onAnswer = () => false;
    const kindOf = async () => (await store.log.commit([sent]))[0]?.kind;
    assert.equal(await kindOf(), 'not-begun');

    const asked = await Promise.allSettled([findAlice(), findAlice()]);
    for (const { reason } of asked as PromiseRejectedResult[]) {
      assert.equal(reason.message, OUT_OF_REACH.message);
    }
    assert.equal(await kindOf(), 'not-begun');
    // A probe is not rejected.
    await assert.rejects(store.log.probe(), { message: 'PostgreSQL failed to run the statement' });

    proxy.onAnswer = () => true;
    await until(async () => (await findAlice().catch(ignoreOutage)) !== undefined, 'the server');
    const [again] = await store.log.commit([sent]);
    assert.notEqual(again?.kind, 'rejected');
    await close();
  });

  test('answers the first calls into a suspended server long before the statement limit', async () => {
    const server = await PostgresServer.start();
    const store = await openTestStore(server.url, { statementTimeoutMs: ENDLESS_MS });
    const { alice, lobby } = await withLobby(store);
    const findAlice = () => store.accounts.findUser({ kind: 'id', id: alice.id });
    const sent = command({ roomId: lobby.id, userId: alice.id, clientMessageId: 'c1' });
    // Connections of all kinds are open.
    await Promise.all([findAlice(), store.log.probe(), store.log.commit([sent])]);
    const next = command({ roomId: lobby.id, userId: alice.id, clientMessageId: 'c2' });

    await server.freeze();
    const calls = [findAlice(), store.log.probe(), store.log.commit([next])] as const;
    const [read, probe, commit] = await inTime(Promise.allSettled(calls), 'the answers');

    for (const { reason } of [read, probe] as PromiseRejectedResult[]) {
      assert.deepEqual({ name: reason.name, message: reason.message }, OUT_OF_REACH);
    }
    // Its COMMIT was sent: the server may execute it when it continues.
    assert.equal(commit.status === 'fulfilled' && commit.value[0]?.kind, 'unknown');
    await assert.rejects(findAlice(), OUT_OF_REACH);
    await server.thaw();
    await until(async () => (await findAlice().catch(ignoreOutage)) !== undefined, 'the server');
    assert.match((await store.log.commit([next]))[0]?.kind ?? '', /^(stored|duplicate)$/);
    await store.close();
    await server.remove();
  });

  test('releases the lock of this server in a moment while PostgreSQL is suspended', async () => {
    const server = await PostgresServer.start();
    const ignore = () => {};
    const options = { mode: 'exclusive', onLost: ignore, onRegained: ignore } as const;
    const lock = await ServerLock.acquire(server.url, options);

    await server.freeze();
    await inTime(lock.release(), 'the release');

    await server.remove();
  });

  test('reports a commit as unknown when the server falls silent before it has answered', async () => {
    const { proxy, store, sent, close } = await openProxiedStore(
      await databases.create(),
      ENDLESS_MS,
    );
    proxy.onRequest = (bytes) => {
      if (bytes.includes('COMMIT\0')) proxy.onAnswer = () => false;
    };

    const [outcome] = await inTime(store.log.commit([sent]), 'the outcome');

    assert.equal(outcome?.kind, 'unknown');
    proxy.onRequest = () => {};
    proxy.onAnswer = () => true;
    await until(
      async () => (await store.log.commit([sent]))[0]?.kind === 'duplicate',
      'the server',
    );
    await close();
  });

  test('can be closed while the server is silent', async () => {
    const { proxy, store, alice, close } = await openProxiedStore(await databases.create(), 2000);
    const findAlice = () => store.accounts.findUser({ kind: 'id', id: alice.id });
    proxy.onAnswer = () => false;
    await assert.rejects(findAlice(), { name: 'StoreUnavailable' });
    await assert.rejects(findAlice(), OUT_OF_REACH);

    await close();
  });

  test('rejects no other calls because of a slow read', async () => {
    const url = await databases.create();
    const store = await openTestStore(url, { statementTimeoutMs: 2000 });
    const { alice } = await withLobby(store);
    const other = await TestDatabases.open(url);
    await other.query('BEGIN');
    await other.query('LOCK TABLE rooms');

    await assert.rejects(store.rooms.listUnusedRooms(), { name: 'StoreUnavailable' });
    assert.equal((await store.accounts.findUser({ kind: 'id', id: alice.id }))?.id, alice.id);

    await other.query('ROLLBACK');
    await other.close();
    await store.close();
  });

  for (const lock of ['ACCESS EXCLUSIVE', 'SHARE']) {
    test(`detects a lock (${lock}) that prevents storing messages`, async () => {
      const url = await databases.create();
      const store = await openTestStore(url, { statementTimeoutMs: 2000 });
      const other = await TestDatabases.open(url);
      await other.query('BEGIN');
      await other.query(`LOCK TABLE messages IN ${lock} MODE`);

      await assert.rejects(store.log.probe(), { name: 'StoreUnavailable' });

      await other.query('ROLLBACK');
      await store.log.probe();
      await other.close();
      await store.close();
    });
  }
});

function ignoreOutage(error: unknown): undefined {
  if (!(error instanceof StoreUnavailable)) throw error;
}
