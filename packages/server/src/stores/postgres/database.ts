/**
 * Connections to one PostgreSQL database, and which of them runs a statement, a transaction or
 * shared reads. It is independent of the stored data. Calls fail as `failures.ts` says, and
 * immediately while the server is known to be silent (`circuit-breaker.ts`).
 */
import pg from 'pg';
import { NotBegun } from '../../ports/store.ts';
import { CircuitBreaker } from './circuit-breaker.ts';
import { type ConnectionOptions, clientConfig, connectMsMax, getTypeParser } from './connection.ts';
import { type Durability, inspectServer, renewGeneration } from './durability.ts';
import { isSilence, isUsableAfter, toFailure, toNotBegun } from './failures.ts';
import { type Queries, queriesOf, toStorable, type Value } from './queries.ts';
import { SharedReads } from './shared-reads.ts';
import { StatementGroup, type StatementResult } from './statement-group.ts';
import {
  BEGIN,
  BEGIN_SNAPSHOT,
  type Decided,
  limitLocks,
  type TransactionOptions,
  transact,
  transactAtOnce,
  withoutWrites,
} from './transaction.ts';

export interface DatabaseOptions extends ConnectionOptions {
  /** Maximum number of connections, apart from those for commits and health checks. */
  readonly connectionsMax: number;
  readonly durability: Durability;
}

/**
 * Commits and health checks have connections of their own: they do not wait for other calls,
 * however many there are.
 */
type Purpose = 'commits' | 'checks' | 'others';
/** As many commits as the domain runs at once: two shared batches and two rooms alone. */
const COMMIT_CONNECTIONS = 4;
const CHECK_CONNECTIONS = 2;
/**
 * Milliseconds that a commit waits for a lock, as a setting of its connections: setting it in each
 * transaction would be one statement more.
 */
const COMMIT_LOCK_MS = 2000;

/** Maximum number of calls that wait for a connection; above it the store is unavailable. */
const WAITING_MAX = 20_000;
/** Statements that change nothing, so that they can be repeated. */
const READS = /^\s*SELECT\b/;
const IDLE_CONNECTION_MS = 60_000;
/** Time limit in milliseconds of the connection that checks whether the server answers at all. */
const PROBE_TIMEOUT_MS = 2_000;

interface StatementRead {
  readonly sql: string;
  readonly values: readonly Value[];
}

type SnapshotRead = (queries: Queries) => Promise<unknown>;

export class Database implements Queries {
  readonly #options: DatabaseOptions;
  readonly #breaker: CircuitBreaker;
  #pools: Readonly<Record<Purpose, pg.Pool>>;
  readonly #statements: SharedReads<pg.PoolClient, StatementRead>;
  readonly #snapshots: SharedReads<pg.PoolClient, SnapshotRead>;
  /** Prepared statement names by text. All texts are constants. */
  readonly #names = new Map<string, string>();
  #atWork = 0;
  #isClosed = false;
  #onIdle: (() => void) | undefined;

  #weakenedBy: readonly string[];

  constructor(options: DatabaseOptions, weakenedBy: readonly string[] = []) {
    this.#weakenedBy = weakenedBy;
    this.#options = options;
    this.#pools = this.#openPools();
    this.#breaker = new CircuitBreaker({
      probe: () => this.#isAnswering(),
      onOpen: () => this.#replacePools(),
    });
    const shared = {
      hasFree: () => hasFree(this.#pools.others),
      lend: async <T>(work: (client: pg.PoolClient) => Promise<T>) => {
        this.#breaker.check();
        return this.#useConnection(work, 'others');
      },
      isFaultOfRead: isUsableAfter,
      waitMsMax: connectMsMax(options),
    };
    this.#statements = new SharedReads({
      ...shared,
      run: (client, reads) => this.#readTogether(client, reads),
    });
    this.#snapshots = new SharedReads({
      ...shared,
      run: (client, reads) =>
        this.#transact(
          client,
          [BEGIN_SNAPSHOT],
          withoutWrites((queries) => completeAll(reads.map((read) => read(queries)))),
        ),
    });
  }

  /** As reported by the latest connection. */
  get weakenedBy(): readonly string[] {
    return this.#weakenedBy;
  }

  async all<Row extends object>(sql: string, ...values: Value[]): Promise<Row[]> {
    if (!READS.test(sql)) {
      return this.#lend((client) => this.#eachAlone(client).all<Row>(sql, ...values));
    }
    return this.#share<Row[], StatementRead>(this.#statements, { sql, values });
  }

  async one<Row extends object>(sql: string, ...values: Value[]): Promise<Row | undefined> {
    return (await this.all<Row>(sql, ...values))[0];
  }

  run(sql: string, ...values: Value[]): Promise<number> {
    return this.#lend((client) => this.#eachAlone(client).run(sql, ...values));
  }

  /** Stores all changes of `work`, or none. */
  transaction<T>(work: (queries: Queries) => Promise<T>): Promise<T> {
    return this.#lend((client) => this.#transact(client, [BEGIN], withoutWrites(work)));
  }

  /**
   * Like `transaction`, for commits, with a time limit for each lock that it waits for. The last
   * statements are sent together with `COMMIT`.
   */
  commit<T>(
    work: (queries: Queries) => Promise<Decided<T>>,
    lockTimeoutMs: number = COMMIT_LOCK_MS,
  ): Promise<T> {
    const begin = lockTimeoutMs === COMMIT_LOCK_MS ? [BEGIN] : [BEGIN, limitLocks(lockTimeoutMs)];
    return this.#lend((client) => this.#transact(client, begin, work), 'commits');
  }

  /** Like `commit` for one statement, in one round trip; returns its rows. */
  commitOne<Row extends object>(sql: string, ...values: Value[]): Promise<readonly Row[]> {
    return this.#lend(
      (client) => transactAtOnce<Row>(this.#optionsOf(client, [BEGIN]), { sql, values }),
      'commits',
    );
  }

  /** All reads of `work` see one snapshot. */
  snapshot<T>(work: (queries: Queries) => Promise<T>): Promise<T> {
    return this.#share<T, SnapshotRead>(this.#snapshots, work);
  }

  /** Checks a commit in a transaction, also while the server counts as silent. */
  checkCommit<T>(work: (queries: Queries) => Promise<T>): Promise<T> {
    const [begin, decide] = [[BEGIN, limitLocks(0)], withoutWrites(work)];
    return this.#withConnection((client) => this.#transact(client, begin, decide), 'commits');
  }

  /**
   * Like `run` for several statements one by one, but also while the server counts as silent, to
   * check it.
   */
  async tryAll(statements: readonly string[]): Promise<void> {
    await this.#withConnection(async (client) => {
      const queries = this.#eachAlone(client);
      for (const sql of statements) await queries.run(sql);
    }, 'checks');
  }

  /** Waits for running calls, then closes the connections. */
  async close(): Promise<void> {
    if (this.#isClosed) return;
    this.#isClosed = true;
    if (this.#atWork > 0) {
      await new Promise<void>((resolve) => {
        this.#onIdle = resolve;
      });
    }
    await this.#breaker.close();
    await Promise.all(Object.values(this.#pools).map((pool) => pool.end()));
  }

  #openPools(): Readonly<Record<Purpose, pg.Pool>> {
    return {
      commits: this.#openPool(COMMIT_CONNECTIONS, { lock_timeout: COMMIT_LOCK_MS }),
      checks: this.#openPool(CHECK_CONNECTIONS),
      others: this.#openPool(this.#options.connectionsMax),
    };
  }

  #openPool(max: number, settings: pg.ClientConfig = {}): pg.Pool {
    const { durability } = this.#options;
    const onConnect = async (client: pg.ClientBase): Promise<void> => {
      this.#weakenedBy = await admit(client, durability);
    };
    const limits = { max, idleTimeoutMillis: IDLE_CONNECTION_MS };
    const config = { ...clientConfig(this.#options), ...settings, pipeline: true };
    const pool = new pg.Pool({ ...config, ...limits, onConnect });
    // An idle connection that ends is replaced when the next one is needed.
    pool.on('error', () => {});
    return pool;
  }

  /** Stops using connections to a silent server; calls that still use one continue. */
  #replacePools(): void {
    for (const pool of Object.values(this.#pools)) void pool.end();
    this.#pools = this.#openPools();
  }

  async #isAnswering(): Promise<boolean> {
    const client = new pg.Client({
      ...clientConfig(this.#options),
      connectionTimeoutMillis: PROBE_TIMEOUT_MS,
    });
    // A connection that is lost while it ends would crash the process.
    client.on('error', () => {});
    try {
      await client.connect();
      return true;
    } catch (error) {
      return !isSilence(error);
    } finally {
      void client.end().catch(() => {});
    }
  }

  async #lend<T>(
    work: (client: pg.PoolClient) => Promise<T>,
    purpose: Purpose = 'others',
  ): Promise<T> {
    this.#breaker.check();
    return this.#withConnection(work, purpose);
  }

  async #withConnection<T>(
    work: (client: pg.PoolClient) => Promise<T>,
    purpose: Purpose,
  ): Promise<T> {
    const pool = this.#pools[purpose];
    if (pool.waitingCount >= WAITING_MAX) throw tooManyWaiting();
    return this.#count(() => this.#useConnection(work, purpose));
  }

  /** Counts a call, which `close` waits for. */
  async #count<T>(call: () => Promise<T>): Promise<T> {
    if (this.#isClosed) throw new NotBegun('The store is closed');
    this.#atWork += 1;
    try {
      return await call();
    } finally {
      this.#atWork -= 1;
      if (this.#atWork === 0) this.#onIdle?.();
    }
  }

  /** Closes the connection after any failure other than that of a statement. */
  async #useConnection<T>(
    work: (client: pg.PoolClient) => Promise<T>,
    purpose: Purpose,
  ): Promise<T> {
    const client = await this.#connect(this.#pools[purpose]);
    try {
      const result = await work(client);
      client.release();
      return result;
    } catch (error) {
      client.release(!isUsableAfter(error));
      throw error;
    }
  }

  async #connect(pool: pg.Pool): Promise<pg.PoolClient> {
    const beganAtMs = performance.now();
    const connected = pool.connect();
    try {
      return await this.#breaker.waitFor(connected);
    } catch (error) {
      // Perhaps it is connected later than the call waits.
      void connected.then(
        (client) => client.release(),
        () => {},
      );
      throw toNotBegun(this.#explain(error, beganAtMs));
    }
  }

  /**
   * Statements that are rejected with StoreUnavailable, or with the error that one of them caused.
   *
   * @param onFailed Called with that error first.
   */
  #newGroup(onFailed: (error: unknown) => void = () => {}): StatementGroup {
    const call = this.#breaker.begin((silence) => {
      onFailed(silence);
      group.fail(silence);
    });
    const group = new StatementGroup({
      getTypeParser,
      onAnswered: () => {
        this.#breaker.end(call);
        this.#breaker.noteAnswer();
      },
      onFailed: (error) => {
        this.#breaker.end(call);
        const explained = this.#explain(error, call.beganAtMs);
        onFailed(explained);
        return explained;
      },
    });
    return group;
  }

  #explain(error: unknown, beganAtMs: number): unknown {
    if (error instanceof pg.DatabaseError) this.#breaker.noteAnswer();
    else if (isSilence(error)) this.#breaker.noteSilence(beganAtMs);
    return toFailure(error);
  }

  /** @throws NotBegun if the store is closed, or too many calls wait. */
  async #share<T, Read>(reads: SharedReads<pg.PoolClient, Read>, read: Read): Promise<T> {
    this.#breaker.check();
    if (reads.waitingCount >= WAITING_MAX) throw tooManyWaiting();
    return this.#count(() => reads.add<T>(read));
  }

  #transact<T>(
    client: pg.PoolClient,
    begin: readonly string[],
    work: (queries: Queries) => Promise<Decided<T>>,
  ): Promise<T> {
    return transact(this.#optionsOf(client, begin), work);
  }

  #optionsOf(client: pg.PoolClient, begin: readonly string[]): TransactionOptions {
    const newGroup = (onFailed: (error: unknown) => void) => this.#newGroup(onFailed);
    return { client, begin, newGroup, nameOf: (sql) => this.#nameOf(sql) };
  }

  async #readTogether(
    client: pg.PoolClient,
    reads: readonly StatementRead[],
  ): Promise<readonly (readonly object[])[]> {
    const group = this.#newGroup();
    const answers = reads.map(({ sql, values }) => this.#addTo(group, sql, values.map(toStorable)));
    client.query(group);
    return (await Promise.all(answers)).map(({ rows }) => rows);
  }

  /** Sends each statement at once. */
  #eachAlone(client: pg.ClientBase): Queries {
    return queriesOf((sql, values) => {
      const group = this.#newGroup();
      const answered = this.#addTo<never>(group, sql, values);
      client.query(group);
      return answered;
    });
  }

  #addTo<Row extends object>(
    group: StatementGroup,
    text: string,
    values: readonly Value[],
  ): Promise<StatementResult<Row>> {
    return group.add({ name: this.#nameOf(text), text, values: [...values] });
  }

  #nameOf(sql: string): string {
    let name = this.#names.get(sql);
    if (name === undefined) {
      name = `s${this.#names.size}`;
      this.#names.set(sql, name);
    }
    return name;
  }
}

/** Whether a call can have a connection without waiting. */
function hasFree({ idleCount, totalCount, waitingCount, options }: pg.Pool): boolean {
  return idleCount + options.max - totalCount > waitingCount;
}

/** Waits for all before it fails: none may send a statement after the end of the transaction. */
async function completeAll<T>(promises: readonly Promise<T>[]): Promise<readonly T[]> {
  await Promise.allSettled(promises);
  return Promise.all(promises);
}

function tooManyWaiting(): NotBegun {
  return new NotBegun('Too many calls are waiting for the store');
}

/** Inspects a new connection before it is used. */
async function admit(client: pg.ClientBase, durability: Durability): Promise<readonly string[]> {
  // A lost connection fails the query; without a listener it would crash the process.
  client.on('error', () => {});
  const { identity, weakenedBy } = await inspectServer(client, durability);
  await renewGeneration(client, identity);
  return weakenedBy;
}
