/**
 * Checks that PostgreSQL is configured to keep its data, and that it is still the same server. Runs
 * on every new connection, since either may have changed when the previous one ended.
 */
import type { ClientBase } from 'pg';
import { StoreUnusable } from '../../ports/store.ts';
import { newGeneration } from '../sql/store-notes.ts';

/** `full` rejects a server that may lose acknowledged writes. */
export type Durability = 'full' | 'relaxed';

export interface ServerFacts {
  /**
   * Identity of this server's data and history: changes after a restore or a failover to a standby.
   */
  readonly identity: string;
  /** Identity of the database, which remains after a failover: the same for all nodes. */
  readonly databaseId: string;
  /** Such as `18.4`. */
  readonly version: string;
  /** Settings that may lose acknowledged writes. */
  readonly weakenedBy: readonly string[];
}

interface FactsRow extends Omit<ServerFacts, 'weakenedBy'> {
  readonly fsync: string;
  readonly full_page_writes: string;
  readonly synchronous_commit: string;
}

/** @throws {StoreUnusable} for a server that is read-only or less durable than required. */
export async function inspectServer(
  client: ClientBase,
  durability: Durability,
): Promise<ServerFacts> {
  // Checked first: a standby cannot answer the queries below.
  const { rows } = await client.query<{ is_standby: boolean }>(
    'SELECT pg_is_in_recovery() AS is_standby',
  );
  if (rows[0]?.is_standby !== false) {
    throw new StoreUnusable('PostgreSQL is a read-only standby: use the address of the primary.');
  }
  const facts = await client.query<FactsRow>(
    `SELECT current_setting('fsync') AS fsync, current_setting('full_page_writes') AS full_page_writes,
       current_setting('synchronous_commit') AS synchronous_commit,
       (SELECT system_identifier FROM pg_control_system()) || '.' ||
         left(pg_walfile_name(pg_current_wal_lsn()), 8) || '.' ||
         (SELECT oid FROM pg_database WHERE datname = current_database()) AS identity,
       (SELECT system_identifier FROM pg_control_system()) || '.' ||
         (SELECT oid FROM pg_database WHERE datname = current_database()) AS "databaseId",
       split_part(current_setting('server_version'), ' ', 1) AS version`,
  );
  const [row] = facts.rows;
  if (row === undefined) throw new Error('PostgreSQL does not report its configuration');
  const { identity, databaseId, version, ...settings } = row;
  const weak = Object.entries(settings).filter(([, value]) => value === 'off');
  const weakenedBy = weak.map(([name, value]) => `${name}=${value}`);
  if (weakenedBy.length > 0 && durability === 'full') {
    throw new StoreUnusable(
      `PostgreSQL may lose acknowledged messages (${weakenedBy.join(', ')}): fix that, or start with DURABILITY=relaxed.`,
    );
  }
  return { identity, databaseId, version, weakenedBy };
}

/**
 * Checks the encoding of the database, which never changes.
 *
 * @throws {StoreUnusable} for an encoding that cannot hold most of the world's scripts.
 */
export async function requireUtf8(client: ClientBase): Promise<void> {
  const { rows } = await client.query<{ encoding: string }>(
    "SELECT current_setting('server_encoding') AS encoding",
  );
  const encoding = rows[0]?.encoding;
  if (encoding === 'UTF8') return;
  throw new StoreUnusable(
    `DATABASE_URL: the encoding of the database is ${encoding}, which cannot hold all texts: use a database created with ENCODING 'UTF8'.`,
  );
}

/**
 * Renews the store's part of every room's epoch whenever the log may have gone back: at the first
 * start, and when the server differs from the recorded one.
 */
export async function renewGeneration(client: ClientBase, identity: string): Promise<void> {
  const noted = await client.query<{ value: string }>(
    "SELECT value FROM store_meta WHERE key = 'server'",
  );
  if (noted.rows[0]?.value === identity) return;
  // If several connections detect it at once, the first generation is kept.
  await client.query(
    `WITH noted AS (
       INSERT INTO store_meta (key, value) VALUES ('server', $1)
       ON CONFLICT (key) DO UPDATE SET value = excluded.value WHERE store_meta.value <> excluded.value
       RETURNING value
     )
     INSERT INTO store_meta (key, value) SELECT 'generation', $2 FROM noted
     ON CONFLICT (key) DO UPDATE SET value = excluded.value`,
    [identity, newGeneration()],
  );
}

export async function writeGeneration(client: ClientBase): Promise<void> {
  await client.query(
    `INSERT INTO store_meta (key, value) VALUES ('generation', $1)
     ON CONFLICT (key) DO UPDATE SET value = excluded.value`,
    [newGeneration()],
  );
}
