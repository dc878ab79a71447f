/** Opens a PostgreSQL store for tests. */
import type { Store } from '../../src/ports/store.ts';
import { openPostgresStore, type PostgresStoreOptions } from '../../src/stores/postgres/store.ts';

/** The test server does not flush: losing data with the machine is acceptable. */
export function openTestStore(
  url: string,
  over: Partial<PostgresStoreOptions> = {},
): Promise<Store> {
  return openPostgresStore({
    url,
    durability: 'relaxed',
    connectionsMax: 4,
    statementTimeoutMs: 5000,
    ...over,
  });
}
