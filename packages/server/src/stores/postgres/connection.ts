/**
 * How a connection to PostgreSQL is made: from the address to what the driver is
 * told, with the time limits that the server and we hold it to.
 */
import pg from 'pg';
import { StoreUnusable } from '../../ports/store.ts';

export interface ConnectionOptions {
  /** `postgres://user:password@host:port/database?sslmode=verify-full`. */
  readonly url: string;
  /** A statement that takes longer is ended by the server. Milliseconds; 0: no limit. */
  readonly statementTimeoutMs: number;
}

/** Time to reach the server, or for a connection of the pool to become free; never more than a statement has. */
const CONNECT_TIMEOUT_MS = 5_000;
/** After the server's own limit: by then it has answered, or it is out of reach. */
const ANSWER_GRACE_MS = 2_000;
/** The transaction of a process that stands still gives its locks back. */
const IDLE_IN_TRANSACTION_MS = 10_000;
const INT8_OID = 20;

export function clientConfig({ url, statementTimeoutMs }: ConnectionOptions): pg.ClientConfig {
  const limits = {
    query_timeout: statementTimeoutMs + ANSWER_GRACE_MS,
    idle_in_transaction_session_timeout: IDLE_IN_TRANSACTION_MS,
  };
  return {
    connectionString: withLibpqMeaning(url),
    application_name: 'parley',
    connectionTimeoutMillis: Math.min(CONNECT_TIMEOUT_MS, statementTimeoutMs || CONNECT_TIMEOUT_MS),
    // Also where it is 0: the server's own default is made for other clients.
    statement_timeout: statementTimeoutMs,
    ...(statementTimeoutMs === 0 ? {} : limits),
    keepAlive: true,
    types: { getTypeParser },
  };
}

/**
 * For what takes long: migrations and archives.
 *
 * @throws {StoreUnusable} when the server cannot be reached or does not let us in.
 */
export async function connectWithoutLimits(url: string): Promise<pg.Client> {
  try {
    const client = new pg.Client(clientConfig({ url, statementTimeoutMs: 0 }));
    // The end of a connection shows in the failure of the query; without a listener it would be a crash.
    client.on('error', () => {});
    await client.connect();
    return client;
  } catch (error) {
    throw unusable(url, error);
  }
}

/** `host:port/database`, for a person: without name and password. */
export function placeOf(url: string): string {
  const { hostname, port, pathname, searchParams } = new URL(url);
  const host = hostname || searchParams.get('host') || 'localhost';
  return `${host}:${port || searchParams.get('port') || 5432}${pathname}`;
}

/** What stands in the way, in one line. */
export function unusable(url: string, error: unknown): StoreUnusable {
  const { code, message } = error as { readonly code?: string; readonly message: string };
  // An attempt over several addresses has no message of its own, only their common code.
  const why = (message || code || 'it does not answer').replaceAll(/\s+/g, ' ');
  return new StoreUnusable(`DATABASE_URL: PostgreSQL at ${placeOf(url)} cannot be used: ${why}.`, {
    cause: error,
  });
}

/** `sslmode` means what it means to every other client of PostgreSQL. */
function withLibpqMeaning(url: string): string {
  if (url.includes('uselibpqcompat=')) return url;
  return `${url}${url.includes('?') ? '&' : '?'}uselibpqcompat=true`;
}

/** Sequences and times are numbers: none comes near 2^53. */
function getTypeParser(oid: number): (text: string) => unknown {
  return oid === INT8_OID ? Number : pg.types.getTypeParser(oid, 'text');
}
