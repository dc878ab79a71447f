/** Opens a PostgreSQL store for tests. */
import type { Store } from '../../src/ports/store.ts';
import type { DatabaseOptions } from '../../src/stores/postgres/database.ts';
import { openPostgresStore } from '../../src/stores/postgres/store.ts';

/** The test server does not flush: losing data with the machine is acceptable. */
export function openTestStore(url: string, over: Partial<DatabaseOptions> = {}): Promise<Store> {
  return openPostgresStore({
    url,
    durability: 'relaxed',
    connectionsMax: 4,
    statementTimeoutMs: 5000,
    ...over,
  });
}
