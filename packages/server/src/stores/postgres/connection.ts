/**
 * Connections to PostgreSQL: from the URL to the driver's options, with the time limits of server
 * and client.
 */
import pg from 'pg';
import { StoreUnusable } from '../../ports/store.ts';

export interface ConnectionOptions {
  /** `postgres://user:password@host:port/database?sslmode=verify-full`. */
  readonly url: string;
  /** The server cancels longer statements. Milliseconds; 0: no limit. */
  readonly statementTimeoutMs: number;
}

const CONNECT_TIMEOUT_MS = 5_000;
/** Milliseconds after the server's own limit: by then it has answered, or it is unreachable. */
const ANSWER_GRACE_MS = 2_000;
/**
 * The server aborts the transaction of a stalled process after this time in milliseconds and
 * releases its locks.
 */
const IDLE_IN_TRANSACTION_MS = 10_000;
const INT8_OID = 20;

/**
 * Time limit in milliseconds for connecting, or for acquiring a connection from the pool; never
 * longer than that of a statement.
 */
export function connectMsMax({ statementTimeoutMs }: ConnectionOptions): number {
  return Math.min(CONNECT_TIMEOUT_MS, statementTimeoutMs || CONNECT_TIMEOUT_MS);
}

export function clientConfig(options: ConnectionOptions): pg.ClientConfig {
  const { url, statementTimeoutMs } = options;
  const limits = {
    query_timeout: statementTimeoutMs + ANSWER_GRACE_MS,
    idle_in_transaction_session_timeout: IDLE_IN_TRANSACTION_MS,
  };
  return {
    connectionString: withLibpqMeaning(url),
    application_name: 'parley',
    connectionTimeoutMillis: connectMsMax(options),
    // Set explicitly even if 0: the server's default is meant for other clients.
    statement_timeout: statementTimeoutMs,
    ...(statementTimeoutMs === 0 ? {} : limits),
    keepAlive: true,
    types: { getTypeParser },
  };
}

/**
 * For long operations: migrations and archives.
 *
 * @throws {StoreUnusable} when the server is unreachable or rejects the login.
 */
export async function connectWithoutLimits(url: string): Promise<pg.Client> {
  try {
    const client = new pg.Client(clientConfig({ url, statementTimeoutMs: 0 }));
    // A lost connection fails the query; without a listener it would crash the process.
    client.on('error', () => {});
    await client.connect();
    return client;
  } catch (error) {
    throw unusable(url, error);
  }
}

/** Formats `host:port/database` for the operator, without name and password. */
export function describeAddress(url: string): string {
  const { hostname, port, pathname, searchParams } = new URL(url);
  const host = hostname || searchParams.get('host') || 'localhost';
  return `${host}:${port || searchParams.get('port') || 5432}${pathname}`;
}

/** Describes the problem in one line. */
export function unusable(url: string, error: unknown): StoreUnusable {
  const { code, message } = error as { readonly code?: string; readonly message: string };
  // A failed attempt over several addresses has no message of its own, only their common code.
  const why = (message || code || 'it does not answer').replaceAll(/\s+/g, ' ');
  return new StoreUnusable(
    `DATABASE_URL: PostgreSQL at ${describeAddress(url)} cannot be used: ${why}.`,
    {
      cause: error,
    },
  );
}

/** Gives `sslmode` the meaning that it has in other PostgreSQL clients. */
function withLibpqMeaning(url: string): string {
  if (url.includes('uselibpqcompat=')) return url;
  return `${url}${url.includes('?') ? '&' : '?'}uselibpqcompat=true`;
}

/** Parses sequences and times as numbers: none comes near 2^53. */
export function getTypeParser(oid: number): (text: string) => unknown {
  return oid === INT8_OID ? Number : pg.types.getTypeParser(oid, 'text');
}
