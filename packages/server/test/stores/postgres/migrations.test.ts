import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import pg from 'pg';
import { openPostgresSource, openPostgresTarget } from '../../../src/stores/postgres/archive.ts';
import { MIGRATIONS } from '../../../src/stores/postgres/migrations.ts';
import { migratePostgres } from '../../../src/stores/postgres/store.ts';
import { type Dump, testMigrations } from '../../contracts/migrations.ts';
import { LATER_SQL } from '../../support/later-migration.ts';
import { openTestStore } from '../../support/postgres-store.ts';
import { temporaryDirectory } from '../../support/temporary-directory.ts';
import { postgresSkip, TestDatabases } from '../../support/test-database.ts';
import { until } from '../../support/wait.ts';

const MIGRATING = join(import.meta.dirname, 'later-migration-process.ts');
const LATER = MIGRATIONS.length + 1;
/** Holding this advisory lock blocks the statement after the obstacle. */
const HELD = 4711;
const WAIT = `PERFORM pg_advisory_xact_lock(${HELD})`;
/** Tests of other databases have locks, too. */
const OF_THIS_DATABASE =
  'database = (SELECT oid FROM pg_database WHERE datname = current_database())';
const IN_THE_MIDDLE = 'the migration to be in its middle';

describe('postgres', { skip: postgresSkip() }, () => {
  let databases: TestDatabases;
  before(async () => {
    databases = await TestDatabases.open();
  });
  after(() => databases.close());

  testMigrations('postgres', {
    newest: MIGRATIONS.length,
    create: () => databases.createEmpty(),
    open: (location) => openTestStore(location),
    migrateLater,
    tools: [migratePostgres, openPostgresSource, openPostgresTarget].map(
      (open) => (location: string) => open(location),
    ),
    makeNewer: (location) =>
      inPostgres(location, async (client) => {
        await client.query(
          "UPDATE store_meta SET value = '99' WHERE key IN ('version', 'oldestReader')",
        );
      }),
    dump: (location) => inPostgres(location, dump),
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

  test('several nodes at once migrate once', async () => {
    const url = await databases.create();

    const reports = await Promise.all([1, 2, 3].map(() => migrateLater(url)));

    const from = reports.map((report) => report.from).sort();
    assert.deepEqual(from, [LATER - 1, LATER, LATER]);
    assert.equal(await versionOf(url), LATER);
  });

  test('a migration that waits for a lock does not make others wait behind it for long', async () => {
    const url = await databases.create();
    const [reading, other] = [await TestDatabases.open(url), await TestDatabases.open(url)];
    await reading.query('BEGIN');
    await reading.query('SELECT 1 FROM users'); // Which the migration alters.
    const migrating = migrateLater(url);
    const waiting = `SELECT 1 FROM pg_locks WHERE NOT granted AND ${OF_THIS_DATABASE}`;
    await until(async () => (await other.query(waiting)).length > 0, 'the migration to wait');

    await other.query('SELECT 1 FROM users'); // Waits behind the migration until it gives up.
    await reading.query('ROLLBACK');

    assert.equal((await migrating).to, LATER);
    await reading.close();
    await other.close();
  });

  test('is intact, at one version or the next, after the process was killed during a migration', async () => {
    const location = await databases.create();
    const takeAway = await obstruct(location, WAIT);
    await inPostgres(location, async (client) => {
      await client.query('SELECT pg_advisory_lock($1)', [HELD]);
      const child = spawn(process.execPath, [MIGRATING, location], { stdio: 'inherit' });
      await until(async () => (await waiting(client)).length > 0, IN_THE_MIDDLE);
      const exited = once(child, 'exit');
      child.kill('SIGKILL');
      await exited;
    });

    // The server executes what it was sent, completely or not at all.
    await takeAway();
    assert([LATER - 1, LATER].includes(await versionOf(location)));
    await migrateLater(location);
    assert.equal(await versionOf(location), LATER);
  });
});

function migrateLater(url: string) {
  return migratePostgres(url, [...MIGRATIONS, { sql: LATER_SQL, oldestReader: 1 }]);
}

async function failAtTheEnd(location: string): Promise<() => Promise<void>> {
  const takeAway = await obstruct(location, "RAISE EXCEPTION 'no room left'");
  await assert.rejects(migrateLater(location), {
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
    const migrating = assert.rejects(migrateLater(location), { name: 'StoreUnusable' });
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
       AND ${OF_THIS_DATABASE}`,
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

async function dump(client: pg.Client): Promise<Dump> {
  const all = async (sql: string) => (await client.query<Record<string, string>>(sql)).rows;
  const columns = await all(
    `SELECT table_name, column_name, data_type, is_nullable, column_default, collation_name
     FROM information_schema.columns WHERE table_schema = 'public' ORDER BY 1, ordinal_position`,
  );
  const rows: Record<string, string[]> = {};
  for (const table of new Set(columns.map(({ table_name }) => String(table_name)))) {
    // The version is compared by itself.
    const condition = table === 'store_meta' ? "key NOT IN ('version', 'oldestReader')" : 'true';
    const stored = await all(
      `SELECT (to_jsonb(t) - 'motto')::text AS row FROM ${table} t WHERE ${condition} ORDER BY 1`,
    );
    rows[table] = stored.map(({ row }) => String(row));
  }
  const indexes = await all(
    "SELECT indexdef FROM pg_indexes WHERE schemaname = 'public' ORDER BY 1",
  );
  const constraints = await all(
    `SELECT conrelid::regclass::text AS name, pg_get_constraintdef(oid) AS is FROM pg_constraint
     WHERE connamespace = 'public'::regnamespace ORDER BY 1, 2`,
  );
  const [version] = await all("SELECT value FROM store_meta WHERE key = 'version'");
  return { version: Number(version?.['value']), schema: [columns, indexes, constraints], rows };
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
