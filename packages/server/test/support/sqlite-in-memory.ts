/**
 * The SQLite store over a database in memory, or in a file, in this thread: opened in about 1 ms, and
 * its calls finish before they return. Its contract runs in `plans.test.ts`.
 *
 * The migrations run once; each database begins as a copy of their result.
 */
import { existsSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import type { RelationalStore } from '../../src/ports/relational-store.ts';
import { writeNote } from '../../src/stores/sql/store-notes.ts';
import { Database } from '../../src/stores/sqlite/database.ts';
import { beginServing, migrate } from '../../src/stores/sqlite/migrate.ts';
import { type Operations, READS, WRITES } from '../../src/stores/sqlite/operations.ts';
import { runNow } from '../../src/stores/sqlite/run-now.ts';
import { storesOver } from '../../src/stores/sqlite/store.ts';

type Call = (name: string, argument: unknown) => Promise<never>;

/** The modules of the store: those of the product, or others with a planted fault. */
export interface SqliteModules {
  readonly Database: typeof Database;
  readonly migrate: typeof migrate;
  readonly READS: Operations;
  readonly WRITES: Operations;
  readonly storesOver: typeof storesOver;
}

export const PRODUCT: SqliteModules = { Database, migrate, READS, WRITES, storesOver };

const IN_MEMORY = ':memory:';
/** Commands beside a server write to its file too. */
const BUSY_MS = 10_000;

let migrated: Uint8Array | undefined;

/** An empty database with the schema, as if copied by a backup: it gets an identity of its own. */
function migratedDatabase(): Uint8Array {
  if (migrated !== undefined) return migrated;
  const database = new Database(IN_MEMORY, {});
  migrate(database);
  runNow(database, writeNote('copied', ''));
  migrated = database.serialize();
  database.close();
  return migrated;
}

/** @param crossing What each call waits for first; by default its effect is there when it returns. */
export function openSqliteInMemory(
  modules = PRODUCT,
  file = IN_MEMORY,
  crossing?: () => Promise<unknown>,
): RelationalStore {
  const isFile = file !== IN_MEMORY;
  if (isFile && !existsSync(file)) writeFileSync(file, migratedDatabase(), { mode: 0o600 });
  const content = isFile ? undefined : migratedDatabase();
  const database = new modules.Database(file, { content, busyTimeoutMs: BUSY_MS });
  if (isFile) database.exec('PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL');
  modules.migrate(database);
  beginServing(database);
  const writer = callerOf(database, modules.WRITES, crossing);
  return {
    ...modules.storesOver(
      { call: writer, thread: { callInOrder: writer } },
      { call: callerOf(database, modules.READS, crossing) },
    ),
    weakenedBy: [],
    description: `SQLite in ${isFile ? dirname(file) : 'memory: nothing survives the process'}`,
    close: async () => {
      await crossing?.();
      database.close();
    },
  };
}

/** Each call is a transaction of its own, like a batch of one in a thread. */
function callerOf(
  database: Database,
  operations: Operations,
  crossing?: () => Promise<unknown>,
): Call {
  return async (name, argument) => {
    const operation = operations[name];
    if (operation === undefined) throw new Error(`There is no operation '${name}'`);
    if (crossing !== undefined) await crossing();
    database.forget();
    return database.transaction(() => operation(database, argument)) as never;
  };
}
