/** Opens a PostgreSQL store for tests. */
import {
  openPostgresStore,
  type PostgresStore,
  type PostgresStoreOptions,
} from '../../src/stores/postgres/store.ts';

/** The test server does not flush: losing data with the machine is acceptable. */
export function openTestStore(
  url: string,
  over: Partial<PostgresStoreOptions> = {},
): Promise<PostgresStore> {
  return openPostgresStore({
    url,
    durability: 'relaxed',
    connectionsMax: 4,
    // A statement that waits for the machine, or for a lock, must not change what a test counts.
    statementTimeoutMs: 60_000,
    ...over,
  });
}
