/**
 * The SQLite store over a database in memory, in this thread: opened in about 1 ms, and its calls
 * finish before they return. Its contract runs in `plans.test.ts`.
 */
import type { RelationalStore } from '../../src/ports/relational-store.ts';
import { Database } from '../../src/stores/sqlite/database.ts';
import { migrate } from '../../src/stores/sqlite/migrate.ts';
import { type Operations, READS, WRITES } from '../../src/stores/sqlite/operations.ts';
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

export function openSqliteInMemory(modules = PRODUCT, file = ':memory:'): RelationalStore {
  const database = new modules.Database(file, {});
  modules.migrate(database);
  const writer = callerOf(database, modules.WRITES);
  return {
    ...modules.storesOver(
      { call: writer, thread: { callInOrder: writer } },
      { call: callerOf(database, modules.READS) },
    ),
    weakenedBy: [],
    description: 'SQLite in memory: nothing survives the process',
    close: async () => database.close(),
  };
}

/** Each call is a transaction of its own, like a batch of one in a thread. */
function callerOf(database: Database, operations: Operations): Call {
  return async (name, argument) => {
    const operation = operations[name];
    if (operation === undefined) throw new Error(`There is no operation '${name}'`);
    database.forget();
    return database.transaction(() => operation(database, argument)) as never;
  };
}
