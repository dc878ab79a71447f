/** The PostgreSQL store: one database, which several nodes may share. */
import type { ClientBase } from 'pg';
import type { RelationalStore } from '../../ports/relational-store.ts';
import { type StoredAccounts, StoreUnusable } from '../../ports/store.ts';
import { ACCOUNTS } from '../sql/accounts.ts';
import { AUDIT } from '../sql/audit.ts';
import { IMPORTS } from '../sql/imports.ts';
import { INVITES } from '../sql/invites.ts';
import { withNameKeys } from '../sql/name-keys.ts';
import { REMOVALS } from '../sql/removals.ts';
import { ROOMS } from '../sql/rooms.ts';
import { SESSIONS } from '../sql/sessions.ts';
import { sqlStores } from '../sql/stores.ts';
import { INDEX_ALL } from '../sql/tables.ts';
import { connectWithoutLimits, describeAddress, unusable } from './connection.ts';
import { Database, type DatabaseOptions } from './database.ts';
import { inspectServer, renewGeneration, type ServerFacts, writeGeneration } from './durability.ts';
import { logStore } from './log.ts';
import { migrate, rejectUnfinished, requireData, requireSchema } from './migrate.ts';
import type { PostgresMigration } from './migrations.ts';
import { logRelations } from './relations.ts';
import { callIn, inPostgres } from './run-later.ts';
import { ServerLock, type ServerLockOptions } from './server-lock.ts';

const NOW = 'SELECT (extract(epoch FROM clock_timestamp()) * 1000)::BIGINT AS ms';

export interface PostgresStore extends RelationalStore {
  /** Identity of the database, the same for all nodes that share it. */
  readonly databaseId: string;
}

export interface PostgresStoreOptions extends DatabaseOptions {
  /** Set for a server; undefined for tools. */
  readonly serverLock?: ServerLockOptions;
}

/**
 * Opens the store, migrates its schema and checks its durability.
 *
 * @throws {StoreUnusable} with one line for the operator.
 */
export async function openPostgresStore(options: PostgresStoreOptions): Promise<PostgresStore> {
  const { url, serverLock } = options;
  const lock = serverLock && (await ServerLock.acquire(url, serverLock));
  try {
    return await openWith(options, lock);
  } catch (error) {
    await lock?.release();
    throw error;
  }
}

async function openWith(
  options: DatabaseOptions,
  lock: ServerLock | undefined,
): Promise<PostgresStore> {
  const { databaseId, version, weakenedBy } = await prepare(options);
  const database = new Database(options, weakenedBy);
  return {
    ...sqlStores((feature) => callIn(database, feature)),
    log: logStore(database),
    readClockMs: async () => {
      const row = await database.one<{ ms: number }>(NOW);
      return Number(row?.ms);
    },
    databaseId,
    relations: logRelations(database),
    get weakenedBy() {
      return database.weakenedBy;
    },
    description: `PostgreSQL ${version} at ${describeAddress(options.url)}`,
    close: async () => {
      await database.close();
      await lock?.release();
    },
  };
}

/**
 * Opens the accounts alone, for a command that runs beside the servers.
 *
 * @throws {StoreUnusable} also if another command must run first.
 */
export async function openPostgresAccounts(
  options: Pick<DatabaseOptions, 'url' | 'statementTimeoutMs'>,
): Promise<StoredAccounts> {
  await withConnection(options.url, async (client) => {
    await requireSchema(client);
    await rejectUnfinished(client);
  });
  // The servers check the durability.
  const database = new Database({ ...options, connectionsMax: 1, durability: 'relaxed' });
  return {
    accounts: withNameKeys(inPostgres(database, ACCOUNTS)),
    sessions: inPostgres(database, SESSIONS),
    audit: inPostgres(database, AUDIT),
    removals: inPostgres(database, REMOVALS),
    invites: inPostgres(database, INVITES),
    rooms: inPostgres(database, ROOMS),
    imports: inPostgres(database, IMPORTS),
    close: () => database.close(),
  };
}

/** Gives every room's log a new epoch. @throws {StoreUnusable}. */
export function renewPostgresGeneration(url: string): Promise<void> {
  return withConnection(url, async (client) => {
    await requireData(client);
    await migrate(client);
    await writeGeneration(client);
  });
}

/** Makes the servers index all messages again. @throws {StoreUnusable}. */
export function reindexPostgres(url: string): Promise<void> {
  return withConnection(url, async (client) => {
    await requireSchema(client);
    await rejectUnfinished(client);
    await client.query(`BEGIN; TRUNCATE search_documents; ${INDEX_ALL}; COMMIT`);
  });
}

/** Migrates the schema without serving clients. @throws {StoreUnusable}. */
export function migratePostgres(
  url: string,
  migrations?: readonly PostgresMigration[],
): Promise<{ from: number; to: number }> {
  return withConnection(url, (client) => migrate(client, migrations));
}

/** Uses its own connection: a migration may take longer than the limit of a call. */
function prepare({ url, durability }: DatabaseOptions): Promise<ServerFacts> {
  return withConnection(url, async (client) => {
    const facts = await inspectServer(client, durability);
    await migrate(client);
    await rejectUnfinished(client);
    await renewGeneration(client, facts.identity);
    return facts;
  });
}

/** @throws {StoreUnusable} for any error. */
async function withConnection<T>(
  url: string,
  work: (client: ClientBase) => Promise<T>,
): Promise<T> {
  const client = await connectWithoutLimits(url);
  try {
    return await work(client);
  } catch (error) {
    throw error instanceof StoreUnusable ? error : unusable(url, error);
  } finally {
    await client.end();
  }
}
