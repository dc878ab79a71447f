import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import pg from 'pg';
import { openPostgresSource, openPostgresTarget } from '../../../src/stores/postgres/archive.ts';
import { MIGRATIONS } from '../../../src/stores/postgres/migrations/index.ts';
import { migratePostgres } from '../../../src/stores/postgres/store.ts';
import { checkAllData } from '../../contracts/old-data.ts';
import { testUpgrades } from '../../contracts/upgrades.ts';
import { dumpPostgres, fillOldPostgres } from '../../support/old-postgres.ts';
import { exitOf, parley } from '../../support/parley-command.ts';
import { openTestStore } from '../../support/postgres-store.ts';
import { temporaryDirectory } from '../../support/temporary-directory.ts';
import { postgresSkip, TestDatabases } from '../../support/test-database.ts';
import { until } from '../../support/wait.ts';

/** Holding this advisory lock blocks the statement after the obstacle. */
const HELD = 4711;
const WAIT = `PERFORM pg_advisory_xact_lock(${HELD})`;
const IN_THE_MIDDLE = 'the migration to be in its middle';
/** Milliseconds until a process has started, on a busy machine. */
const PROCESS_MS = 60_000;

describe('postgres', { skip: postgresSkip() }, () => {
  let databases: TestDatabases;
  before(async () => {
    databases = await TestDatabases.open();
  });
  after(() => databases.close());

  testUpgrades('postgres', {
    newest: MIGRATIONS.length,
    build: async (version) => {
      const location = await databases.create();
      return {
        location,
        can: await inPostgres(location, (client) => fillOldPostgres(client, version)),
      };
    },
    open: (location) => openTestStore(location),
    tools: [migratePostgres, openPostgresSource, openPostgresTarget],
    makeNewer: (location) =>
      inPostgres(location, async (client) => {
        await client.query(
          "UPDATE store_meta SET value = '99' WHERE key IN ('version', 'oldestReader')",
        );
      }),
    versionOf,
    dump: (location) => inPostgres(location, dumpPostgres),
    settings: (location) => ({
      DATABASE_URL: location,
      DURABILITY: 'relaxed',
      DATA_DIR: temporaryDirectory(),
    }),
    interruptions: {
      'a statement that fails': failAtTheEnd,
      'the end of its connection': cutTheConnection,
    },
  });

  test('a migration that waits for a lock does not make others wait behind it for long', async () => {
    const url = await databases.create();
    await inPostgres(url, (client) => fillOldPostgres(client, 3)); // The next one alters messages.
    const [reading, other] = [await TestDatabases.open(url), await TestDatabases.open(url)];
    await reading.query('BEGIN');
    await reading.query('SELECT 1 FROM messages');
    const migrating = migratePostgres(url);
    const waiting = 'SELECT 1 FROM pg_locks WHERE NOT granted';
    await until(async () => (await other.query(waiting)).length > 0, 'the migration to wait');

    await other.query('SELECT 1 FROM messages'); // Waits behind the migration until it gives up.
    await reading.query('ROLLBACK');

    assert.equal((await migrating).to, MIGRATIONS.length);
    await reading.close();
    await other.close();
  });

  test('is intact, at one version or the next, after the process was killed during a migration', async () => {
    const location = await databases.create();
    const can = await inPostgres(location, (client) => fillOldPostgres(client, 1));
    const takeAway = await obstruct(location, WAIT);
    await inPostgres(location, async (client) => {
      await client.query('SELECT pg_advisory_lock($1)', [HELD]);
      const child = parley(['migrate'], { DATABASE_URL: location, DATA_DIR: temporaryDirectory() });
      await until(async () => (await waiting(client)).length > 0, IN_THE_MIDDLE, PROCESS_MS);
      const exited = exitOf(child);
      child.kill('SIGKILL');
      await exited;
    });

    // The server executes what it was sent, completely or not at all.
    await takeAway();
    assert([1, 2].includes(await versionOf(location)));
    const store = await openTestStore(location);
    await checkAllData(store, can);
    await store.close();
    assert.equal(await versionOf(location), MIGRATIONS.length);
  });
});

async function failAtTheEnd(location: string): Promise<() => Promise<void>> {
  const takeAway = await obstruct(location, "RAISE EXCEPTION 'no room left'");
  await assert.rejects(migratePostgres(location), {
    name: 'StoreUnusable',
    message: /no room left/,
  });
  await takeAway();
  return async () => {};
}

async function cutTheConnection(location: string): Promise<() => Promise<void>> {
  const takeAway = await obstruct(location, WAIT);
  await inPostgres(location, async (client) => {
    await client.query('SELECT pg_advisory_lock($1)', [HELD]);
    const migrating = assert.rejects(migratePostgres(location), { name: 'StoreUnusable' });
    await until(async () => (await waiting(client)).length > 0, IN_THE_MIDDLE);
    await client.query('SELECT pg_terminate_backend(pid) FROM unnest($1::int[]) AS pid', [
      await waiting(client),
    ]);
    await migrating;
  });
  await takeAway();
  return async () => {};
}

/** The blocked connections. */
async function waiting(client: pg.Client): Promise<number[]> {
  const { rows } = await client.query<{ pid: number }>(
    `SELECT pid FROM pg_locks WHERE locktype = 'advisory' AND objid = $1 AND NOT granted
       AND database = (SELECT oid FROM pg_database WHERE datname = current_database())`,
    [HELD],
  );
  return rows.map(({ pid }) => pid);
}

/** Inserts a statement before the last one of each migration, which stores the version. */
async function obstruct(location: string, statement: string): Promise<() => Promise<void>> {
  await inPostgres(location, (client) =>
    client.query(`
      CREATE FUNCTION obstacle() RETURNS trigger LANGUAGE plpgsql AS
        $$ BEGIN ${statement}; RETURN NEW; END $$;
      CREATE TRIGGER obstacle BEFORE INSERT ON store_meta FOR EACH ROW EXECUTE FUNCTION obstacle()`),
  );
  return async () => {
    await inPostgres(location, (client) => client.query('DROP FUNCTION obstacle CASCADE'));
  };
}

function versionOf(location: string): Promise<number> {
  return inPostgres(location, async (client) => {
    const sql = "SELECT value FROM store_meta WHERE key = 'version'";
    return Number((await client.query<{ value: string }>(sql)).rows[0]?.value);
  });
}

async function inPostgres<T>(
  location: string,
  work: (client: pg.Client) => Promise<T>,
): Promise<T> {
  const client = new pg.Client(location);
  await client.connect();
  try {
    return await work(client);
  } finally {
    await client.end();
  }
}
