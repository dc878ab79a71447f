/** The PostgreSQL store: one database, which several nodes may share. */
import type { RelationalStore } from '../../ports/relational-store.ts';
import { StoreUnusable } from '../../ports/store.ts';
import { accountStore } from './accounts.ts';
import { connectWithoutLimits, describeAddress, unusable } from './connection.ts';
import { Database, type DatabaseOptions } from './database.ts';
import { inspectServer, renewGeneration, type ServerFacts, writeGeneration } from './durability.ts';
import { invitationStore } from './invitations.ts';
import { logStore } from './log.ts';
import { migrate, rejectUnfinished } from './migrate.ts';
import { logRelations } from './relations.ts';
import { roomStore } from './rooms.ts';
import { ServerLock, type ServerLockOptions } from './server-lock.ts';
import { sessionStore } from './sessions.ts';
import { workspaceStore } from './workspaces.ts';

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
    accounts: accountStore(database),
    sessions: sessionStore(database),
    rooms: roomStore(database),
    workspaces: workspaceStore(database),
    invitations: invitationStore(database),
    log: logStore(database),
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

/** Gives every room's log a new epoch. @throws {StoreUnusable}. */
export async function renewPostgresGeneration(url: string): Promise<void> {
  const client = await connectWithoutLimits(url);
  try {
    await migrate(client);
    await writeGeneration(client);
  } catch (error) {
    throw error instanceof StoreUnusable ? error : unusable(url, error);
  } finally {
    await client.end();
  }
}

/** Migrates the schema without serving clients. @throws {StoreUnusable}. */
export async function migratePostgres(url: string): Promise<{ from: number; to: number }> {
  const client = await connectWithoutLimits(url);
  try {
    return await migrate(client);
  } catch (error) {
    throw error instanceof StoreUnusable ? error : unusable(url, error);
  } finally {
    await client.end();
  }
}

/** Uses its own connection: a migration may take longer than the limit of a call. */
async function prepare({ url, durability }: DatabaseOptions): Promise<ServerFacts> {
  const client = await connectWithoutLimits(url);
  try {
    const facts = await inspectServer(client, durability);
    await migrate(client);
    await rejectUnfinished(client);
    await renewGeneration(client, facts.identity);
    return facts;
  } catch (error) {
    throw error instanceof StoreUnusable ? error : unusable(url, error);
  } finally {
    await client.end();
  }
}
