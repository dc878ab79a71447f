/** Opens an SQLite store for tests: if its thread fails, the test fails. */
import type { RelationalStore } from '../../src/ports/relational-store.ts';
import { openSqliteStore } from '../../src/stores/sqlite/store.ts';

export function openTestStore(
  directory: string,
  over: Partial<Parameters<typeof openSqliteStore>[0]> = {},
): Promise<RelationalStore> {
  return openSqliteStore({
    directory,
    durability: 'full',
    timeoutMs: 5000,
    onFailure: (error) => {
      throw error;
    },
    ...over,
  });
}
