/** Migrates a PostgreSQL database to the schema that this version of Parley uses. */
import { setTimeout as wait } from 'node:timers/promises';
import type { ClientBase } from 'pg';
import { StoreUnusable } from '../../ports/store.ts';
import { requireUtf8 } from './durability.ts';
import { MIGRATIONS } from './migrations.ts';

/** Advisory lock of Parley's migrations in the database; an arbitrary number. */
const LOCK_KEY = 0x7061_726c;
/** Milliseconds that a migration waits for a lock of another session, and between attempts. */
const LOCK_TIMEOUT_MS = 2000;
const LOCK_PAUSE_MS = 1000;
const LOCK_ATTEMPTS_MAX = 5;
/** SQLSTATE of a lock that was not granted in time. */
const LOCK_NOT_AVAILABLE = '55P03';
const LOCKED =
  'DATABASE_URL: the schema cannot be migrated, because another session has locked its tables (see pg_stat_activity). End that session, and start again.';

/**
 * Runs the missing migrations, each in its own transaction, so that an interrupted one leaves the
 * previous version intact. Of several nodes that start at once, one migrates and the others wait:
 * the lock is held until the connection ends.
 *
 * @param migrations All versions; tests append a later one.
 * @returns the versions before and after.
 * @throws {StoreUnusable} when a newer Parley has left a schema that this one cannot read, or the
 * database cannot hold every text.
 */
export async function migrate(
  client: ClientBase,
  migrations = MIGRATIONS,
): Promise<{ from: number; to: number }> {
  await requireUtf8(client);
  await client.query('SELECT pg_advisory_lock($1)', [LOCK_KEY]);
  const from = await readVersion(client, migrations.length);
  for (const [index, { sql, oldestReader }] of migrations.entries()) {
    const version = index + 1;
    if (version <= from) continue;
    // Several statements in one text are sent at once; if one fails, nothing remains.
    await retryWhileLocked(
      client,
      `BEGIN;
      SET LOCAL lock_timeout = ${LOCK_TIMEOUT_MS};
      ${sql};
      INSERT INTO store_meta (key, value) VALUES ('version', '${version}'), ('oldestReader', '${oldestReader}')
        ON CONFLICT (key) DO UPDATE SET value = excluded.value;
      COMMIT`,
    );
  }
  return { from, to: Math.max(from, migrations.length) };
}

/**
 * Runs a migration that may wait for locks of other sessions. While it waits, others wait behind it:
 * so it gives up soon, and tries again after a pause.
 */
async function retryWhileLocked(client: ClientBase, sql: string): Promise<void> {
  for (let attempts = 1; ; attempts += 1) {
    try {
      await client.query(sql);
      return;
    } catch (error) {
      if ((error as { readonly code?: string }).code !== LOCK_NOT_AVAILABLE) throw error;
      await client.query('ROLLBACK');
      if (attempts < LOCK_ATTEMPTS_MAX) await wait(LOCK_PAUSE_MS);
      else throw new StoreUnusable(LOCKED, { cause: error });
    }
  }
}

/**
 * Rejects a partially imported store: it serves no clients and is not copied.
 *
 * @throws {StoreUnusable}
 */
export async function rejectUnfinished(client: ClientBase): Promise<void> {
  const { rows } = await client.query("SELECT 1 FROM store_meta WHERE key = 'import'");
  if (rows.length === 0) return;
  throw new StoreUnusable(
    "The database holds an import that was not finished: run 'parley import' again with the same file.",
  );
}

/**
 * For tools beside servers: they migrate nothing, because these may be of another version.
 *
 * @throws {StoreUnusable} for an older schema than that of this version.
 */
export async function requireSchema(client: ClientBase): Promise<void> {
  const version = await requireData(client);
  if (version < MIGRATIONS.length) {
    throw new StoreUnusable(
      `The database has schema version ${version}, not ${MIGRATIONS.length}: run 'parley migrate' first.`,
    );
  }
}

/** Returns the version of the schema. @throws {StoreUnusable} for a database without Parley's tables. */
export async function requireData(client: ClientBase): Promise<number> {
  const version = await readVersion(client);
  if (version === 0) throw new StoreUnusable('The database contains no Parley data.');
  return version;
}

/**
 * Returns 0 for a database without Parley's tables. @throws {StoreUnusable} for a version that this
 * Parley cannot read.
 */
async function readVersion(client: ClientBase, newest = MIGRATIONS.length): Promise<number> {
  const there = await client.query<{ name: string | null }>(
    "SELECT to_regclass('store_meta') AS name",
  );
  if (there.rows[0]?.name == null) return 0;
  const { rows } = await client.query<{ key: string; value: string }>(
    "SELECT key, value FROM store_meta WHERE key IN ('version', 'oldestReader')",
  );
  const meta = new Map(rows.map(({ key, value }) => [key, Number(value)]));
  const version = meta.get('version') ?? 0;
  const oldestReader = meta.get('oldestReader') ?? version;
  if (oldestReader > newest) {
    throw new StoreUnusable(
      `The database has schema version ${version}, which needs a Parley that reads version ${oldestReader}; this one reads up to ${newest}. Use a newer Parley.`,
    );
  }
  return version;
}
