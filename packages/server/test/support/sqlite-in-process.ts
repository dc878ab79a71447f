/**
 * An SQLite store whose operations run in the test's own thread, each in a transaction, so that a
 * test sees the statements that it prepares.
 */
import type { RelationalStore } from '../../src/ports/relational-store.ts';
import { Database } from '../../src/stores/sqlite/database.ts';
import { migrate } from '../../src/stores/sqlite/migrate.ts';
import { type Operations, READS, WRITES } from '../../src/stores/sqlite/operations.ts';
import { storesOver } from '../../src/stores/sqlite/store.ts';

export function openInProcess(file = ':memory:'): RelationalStore {
  const database = new Database(file, {});
  migrate(database);
  const run = async (operations: Operations, name: string, argument: unknown) => {
    let result: unknown;
    database.forget();
    database.transaction(() => {
      result = operations[name]?.(database, argument);
    });
    return result;
  };
  // The operations have these types: the table of them is what the callers name.
  const writer = {
    call: run.bind(undefined, WRITES),
    thread: { callInOrder: run.bind(undefined, WRITES) },
  };
  const reader = { call: run.bind(undefined, READS) };
  return {
    ...storesOver(writer as never, reader as never),
    description: 'SQLite in this thread',
    weakenedBy: [],
    close: async () => database.close(),
  };
}
