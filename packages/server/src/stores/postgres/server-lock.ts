/**
 * Ensures that a single server uses the database alone: it does not notify others, and a second one
 * would delete rooms that are in use on the first. The nodes of a cluster share the lock. It is an
 * advisory lock of a session, so PostgreSQL releases it however the process ends.
 */
import { setTimeout as wait } from 'node:timers/promises';
import pg from 'pg';
import { StoreUnusable } from '../../ports/store.ts';
import { clientConfig, describeAddress, unusable } from './connection.ts';

export interface ServerLockOptions {
  /** `shared` for a node of a cluster: it excludes single servers, not other nodes. */
  readonly mode: 'exclusive' | 'shared';
  /** Called when the lock is lost, and again if another server has acquired it meanwhile. */
  readonly onLost: (error: unknown) => void;
  /** Called when a lost lock is held again. */
  readonly onRegained: () => void;
  /** Milliseconds to wait for a server that is ending. */
  readonly waitMs?: number;
}

type Mode = ServerLockOptions['mode'];

const SQL: Readonly<Record<Mode, string>> = {
  exclusive: 'SELECT pg_try_advisory_lock($1, $2) AS is_locked',
  shared: 'SELECT pg_try_advisory_lock_shared($1, $2) AS is_locked',
};
/** The two parts of the lock's key: arbitrary numbers. */
const LOCK_KEY = [0x7061_726c, 2] as const;
const WAIT_MS = 10_000;
const RETRY_MS = 500;
/** Interval at which the session is checked. */
const CHECK_MS = 10_000;
const TIMEOUT_MS = 5_000;
/** Milliseconds that PostgreSQL has to end the session at the release of the lock. */
const END_TIMEOUT_MS = 1000;
/** PostgreSQL releases the lock of a machine that is gone after 25 s. */
const KEEPALIVE =
  'SET tcp_keepalives_idle = 10; SET tcp_keepalives_interval = 5; SET tcp_keepalives_count = 3';

export class ServerLock {
  readonly #url: string;
  readonly #options: ServerLockOptions;
  readonly #releasing = new AbortController();
  #client: pg.Client | undefined;
  #regaining: Promise<void> | undefined;
  readonly #check: NodeJS.Timeout;

  /** @throws {StoreUnusable} if another server uses the database. */
  static async acquire(url: string, options: ServerLockOptions): Promise<ServerLock> {
    const endMs = performance.now() + (options.waitMs ?? WAIT_MS);
    for (;;) {
      const client = await tryToLock(url, options.mode).catch((error: unknown) => {
        throw error instanceof StoreUnusable ? error : unusable(url, error);
      });
      if (client instanceof pg.Client) return new ServerLock(url, options, client);
      if (performance.now() >= endMs) throw inUse(url, options.mode, client.holder);
      await wait(RETRY_MS);
    }
  }

  private constructor(url: string, options: ServerLockOptions, client: pg.Client) {
    this.#url = url;
    this.#options = options;
    this.#hold(client);
    this.#check = setInterval(() => {
      const held = this.#client;
      held?.query('SELECT 1').catch(() => held.end().catch(() => {}));
    }, CHECK_MS).unref();
  }

  /** Waits until the lock is free, but not for long if PostgreSQL does not answer. */
  async release(): Promise<void> {
    this.#releasing.abort();
    clearInterval(this.#check);
    await this.#regaining;
    const client = this.#client;
    if (client === undefined) return;
    const waiting = new AbortController();
    const late = wait(END_TIMEOUT_MS, undefined, { signal: waiting.signal }).catch(() => {});
    await Promise.race([client.end(), late]);
    waiting.abort();
  }

  #hold(client: pg.Client): void {
    this.#client = client;
    client.on('end', () => {
      this.#client = undefined;
      if (this.#releasing.signal.aborted) return;
      this.#options.onLost(new Error('The session that holds the lock of this server has ended'));
      this.#regaining = this.#regain();
    });
  }

  async #regain(): Promise<void> {
    const { signal } = this.#releasing;
    const { mode } = this.#options;
    let isReported = false;
    while (!signal.aborted) {
      const client = await tryToLock(this.#url, mode).catch(() => undefined);
      if (client instanceof pg.Client) {
        this.#hold(client);
        this.#options.onRegained();
        return;
      }
      if (client !== undefined && !isReported) {
        isReported = true;
        this.#options.onLost(inUse(this.#url, mode, client.holder));
      }
      // Ends immediately when the lock is released.
      await wait(RETRY_MS, undefined, { signal }).catch(() => {});
    }
  }
}

/** Whether a server of this mode could use the database now. @throws {StoreUnusable}. */
export async function isLockFree(url: string, mode: Mode): Promise<boolean> {
  const client = await tryToLock(url, mode).catch((error: unknown) => {
    throw unusable(url, error);
  });
  if (!(client instanceof pg.Client)) return false;
  await client.end();
  return true;
}

/** @throws {StoreUnusable} while a server uses the database. */
export async function requireNoServer(url: string): Promise<void> {
  const client = await tryToLock(url, 'exclusive');
  if (client instanceof pg.Client) return client.end();
  throw new StoreUnusable(
    `DATABASE_URL: a Parley server uses ${describeAddress(url)}${client.holder}. Stop it first.`,
  );
}

/** Returns the session that holds the lock, or the holder's description. */
async function tryToLock(
  url: string,
  mode: Mode,
): Promise<pg.Client | { readonly holder: string }> {
  const client = new pg.Client(clientConfig({ url, statementTimeoutMs: TIMEOUT_MS }));
  // A lost connection fails the query; without a listener it would crash the process.
  client.on('error', () => {});
  try {
    await client.connect();
    await client.query(KEEPALIVE);
    const { rows } = await client.query<{ is_locked: boolean }>(SQL[mode], [...LOCK_KEY]);
    if (rows[0]?.is_locked) return client;
    const holder = await describeHolder(client);
    await client.end();
    return { holder };
  } catch (error) {
    await client.end().catch(() => {});
    throw error;
  }
}

async function describeHolder(client: pg.Client): Promise<string> {
  const { rows } = await client.query<{ address: string | null; since: string }>(
    `SELECT host(a.client_addr) AS address, to_char(a.backend_start, 'YYYY-MM-DD HH24:MI:SS TZ') AS since
     FROM pg_locks l JOIN pg_stat_activity a ON a.pid = l.pid
     WHERE l.locktype = 'advisory' AND l.classid = $1 AND l.objid = $2 AND l.objsubid = 2
       AND l.granted AND l.database = (SELECT oid FROM pg_database WHERE datname = current_database())`,
    [...LOCK_KEY],
  );
  const [row] = rows;
  return row === undefined ? '' : ` (at ${row.address ?? 'a local socket'}, since ${row.since})`;
}

function inUse(url: string, mode: Mode, holder: string): StoreUnusable {
  const advice =
    mode === 'exclusive'
      ? 'Stop it first: single servers on one database do not notify each other. For several nodes, set REDIS_URL on each of them.'
      : 'It is a single server, which a node of a cluster cannot join: stop it, and set REDIS_URL on each node.';
  return new StoreUnusable(
    `DATABASE_URL: another Parley server uses ${describeAddress(url)}${holder}. ${advice}`,
  );
}
