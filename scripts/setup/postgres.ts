/** Finds a PostgreSQL for the tests, or starts one for the lifetime of this process. */
import { PostgresServer } from '../../packages/server/test/support/postgres-server.ts';

type Postgres =
  | { readonly kind: 'found'; readonly url: string }
  | { readonly kind: 'missing'; readonly reason: string };

/**
 * Serves the stores of several test files at once, each with its own pool, and does not
 * flush to disk: the data is disposable. Tests of durability start a server of their own.
 */
const SETTINGS = { max_connections: '300', fsync: 'off', full_page_writes: 'off' };

export async function findOrStartPostgres(): Promise<Postgres> {
  const named = process.env['TEST_DATABASE_URL'];
  if (named !== undefined) return { kind: 'found', url: named };
  try {
    const server = await PostgresServer.start(SETTINGS);
    return { kind: 'found', url: server.url };
  } catch (error) {
    const { message } = error as Error;
    const reason = `no PostgreSQL could be started (${message}): name one in TEST_DATABASE_URL`;
    return { kind: 'missing', reason };
  }
}
