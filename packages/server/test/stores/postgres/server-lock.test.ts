/** One single server per database, or the nodes of one cluster. */
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { openTestStore } from '../../support/postgres-store.ts';
import { postgresSkip, TestDatabases } from '../../support/test-database.ts';
import { until } from '../../support/wait.ts';

function recording() {
  const changes: string[] = [];
  const serverLock = {
    mode: 'exclusive' as const,
    onLost: (error: unknown) => changes.push(String(error)),
    onRegained: () => changes.push('regained'),
    waitMs: 0,
  };
  return { changes, serverLock };
}

describe('postgres store', { skip: postgresSkip() }, () => {
  let databases: TestDatabases;
  before(async () => {
    databases = await TestDatabases.open();
  });
  after(() => databases.close());

  test('a second server does not start, and names the first; it starts when the first has ended', async () => {
    const url = await databases.create();
    const { serverLock } = recording();
    const first = await openTestStore(url, { serverLock });

    await assert.rejects(openTestStore(url, { serverLock }), (error: Error) => {
      assert.equal(error.name, 'StoreUnusable');
      assert.match(error.message, /^DATABASE_URL: another Parley server uses .* \(at .*, since /);
      return true;
    });
    await first.close();
    const second = await openTestStore(url, { serverLock });
    await second.close();
  });

  test('nodes of a cluster share the database, but not with a single server', async () => {
    const url = await databases.create();
    const { serverLock: single } = recording();
    const node = { ...single, mode: 'shared' as const };
    const nodes = [await openTestStore(url, { serverLock: node })];
    nodes.push(await openTestStore(url, { serverLock: node }));
    assert.equal(nodes[0]?.databaseId, nodes[1]?.databaseId);

    await assert.rejects(openTestStore(url, { serverLock: single }), /set REDIS_URL on each/);
    await Promise.all(nodes.map((store) => store.close()));
    const alone = await openTestStore(url, { serverLock: single });
    await assert.rejects(openTestStore(url, { serverLock: node }), /It is a single server/);
    await alone.close();
  });

  test('a lost lock is reported and acquired again; so is another server that was faster', async () => {
    const url = await databases.create();
    const { changes, serverLock } = recording();
    const store = await openTestStore(url, { serverLock });
    const other = await TestDatabases.open(url);
    // Of this database alone: other tests have locks in theirs.
    const locks = `FROM pg_locks l JOIN pg_database d ON d.oid = l.database
      WHERE d.datname = current_database() AND l.locktype = 'advisory' AND l.objsubid = 2`;
    const endHolder = () =>
      other.query(`SELECT pg_terminate_backend(l.pid) ${locks} AND l.granted`);

    await endHolder();
    await until(() => changes.length === 2, 'the lock');
    assert.match(changes[0] ?? '', /has ended/);
    assert.equal(changes[1], 'regained');

    const faster = await TestDatabases.open(url);
    const locking = faster.query('SELECT pg_advisory_lock(1885434476, 2)');
    const isQueued = async () =>
      (await other.query(`SELECT l.pid ${locks} AND NOT l.granted`)).length > 0;
    await until(isQueued, 'the faster one in the queue');
    await endHolder();
    await locking;
    await until(() => changes.some((change) => /another Parley server/.test(change)), 'the report');
    await faster.query('SELECT pg_advisory_unlock(1885434476, 2)');
    await until(() => changes.at(-1) === 'regained', 'the lock again');
    await faster.close();
    await other.close();
    await store.close();
  });
});
