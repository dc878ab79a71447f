/**
 * Connections to one PostgreSQL database: prepares statements once per connection, types rows and
 * classifies errors.
 *
 * It is independent of the stored data. A faulty statement fails with the driver's error, one with
 * values that cannot be held with `NotStorable`: nothing was stored. All other failures (no
 * connection, a time limit, a full disk, a connection lost in `COMMIT`) are `StoreUnavailable`;
 * immediately, while the server is known to be silent (`circuit-breaker.ts`).
 */
import pg from 'pg';
import { NotBegun, NotStorable, StoreUnavailable } from '../../ports/store.ts';
import { CircuitBreaker } from './circuit-breaker.ts';
import { type ConnectionOptions, clientConfig, connectMsMax, getTypeParser } from './connection.ts';
import { type Durability, inspectServer, renewGeneration } from './durability.ts';
import { PendingStatements } from './pending-statements.ts';
import { SharedReads } from './shared-reads.ts';
import { type StatementConfig, StatementGroup, type StatementResult } from './statement-group.ts';

export type Value = string | number | null | readonly (string | number | null)[];

/**
 * Runs statements: the database, one statement at a time, or one transaction.
 *
 * A transaction sends the statements of a turn of the event loop together and runs them in the order
 * of the calls: statements that do not depend on each other's results take one round trip. After a
 * statement that fails, the others of the transaction fail, too.
 */
export interface Queries {
  all<Row extends object>(sql: string, ...values: Value[]): Promise<Row[]>;
  one<Row extends object>(sql: string, ...values: Value[]): Promise<Row | undefined>;
  /** Returns the number of changed rows. */
  run(sql: string, ...values: Value[]): Promise<number>;
}

/** A statement that changes rows. */
export interface Write {
  readonly sql: string;
  readonly values: readonly Value[];
}

/** The end of a transaction: what it returns, and its last statements, which `COMMIT` follows. */
export interface Decided<T> {
  readonly result: T;
  readonly writes: readonly Write[];
}

export interface DatabaseOptions extends ConnectionOptions {
  /** Maximum number of connections, apart from those for commits and health checks. */
  readonly connectionsMax: number;
  readonly durability: Durability;
}

/** The server has rolled a statement back, with its transaction; the connection can be used again. */
class RolledBack extends NotBegun {}

/** `COMMIT` was sent but not answered: it was executed, is being executed, or never will be. */
export class CommitUnanswered extends StoreUnavailable {}

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
/** Set explicitly: the server may have another default. */
const BEGIN = 'BEGIN ISOLATION LEVEL READ COMMITTED';
const BEGIN_SNAPSHOT = 'BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY';
/** Statements that change nothing, so that they can be repeated. */
const READS = /^\s*SELECT\b/;
const IDLE_CONNECTION_MS = 60_000;
/** Time limit in milliseconds of the connection that checks whether the server answers at all. */
const PROBE_TIMEOUT_MS = 2_000;
/** SQLSTATE classes in which the statement is at fault and the server continues. */
const FAULT_OF_THE_STATEMENT = /^(0A|21|23|42)/;
/**
 * A failed serialization, a deadlock, a lock that was not granted in time, a cancelled statement.
 */
const ROLLED_BACK = /^(40001|40P01|55P03|57014)$/;
/**
 * The driver's own timeouts, which have no code. Waiting for a busy connection is not a sign of
 * silence.
 */
const SILENCE =
  /^(Query read timeout|Connection terminated due to connection timeout|timeout expired)$/;
/** For example a text with characters that the database cannot hold: a retry would fail again. */
const FAULT_OF_THE_VALUES = /^22/;

/** Sends a statement with values that the database can hold. */
type Send = <Row extends object>(
  sql: string,
  values: readonly Value[],
) => Promise<StatementResult<Row>>;

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

  async #transact<T>(
    client: pg.PoolClient,
    begin: readonly string[],
    work: (queries: Queries) => Promise<Decided<T>>,
  ): Promise<T> {
    const failures: unknown[] = [];
    const pending = new PendingStatements(client, () =>
      this.#newGroup((error) => failures.push(error)),
    );
    const send: Send = (text, values) =>
      pending.add<never>({ name: this.#nameOf(text), text, values: [...values] });
    let decided: Decided<T>;
    let last: readonly Write[];
    try {
      const begun = begin.map((text) => pending.add(control(text)));
      [decided] = await Promise.all([work(this.#queriesOf(send)), ...begun]);
      last = decided.writes.map(({ sql, values }) => ({ sql, values: values.map(toStorable) }));
    } catch (thrown) {
      pending.flush();
      // The first statement that failed is the cause; `work` may report one after it.
      throw await this.#rollBack(client, failures.length > 0 ? failures[0] : thrown);
    }
    // Nothing may fail before all are sent: a COMMIT without one of them would store a part.
    const written = last.map(({ sql, values }) => send(sql, values));
    const committed = pending.add(control('COMMIT'));
    const [ending, ...others] = await Promise.allSettled([committed, ...written]);
    if (ending.status === 'fulfilled') {
      if (ending.value.command === 'COMMIT') return decided.result;
      throw new Error('PostgreSQL answered a COMMIT by rolling back');
    }
    // The server skips the COMMIT behind a statement that fails.
    const failed = others.find(({ status }) => status === 'rejected');
    if (failed?.status === 'rejected' && isAnswer(failed.reason)) {
      throw await this.#rollBack(client, failed.reason);
    }
    throw new CommitUnanswered('PostgreSQL did not answer a COMMIT', { cause: ending.reason });
  }

  /** Returns the error to throw. */
  async #rollBack(client: pg.ClientBase, error: unknown): Promise<unknown> {
    // A failed connection is closed instead, and its transaction with it.
    if (!isUsableAfter(error)) return toNotBegun(error);
    try {
      await this.#sendAlone(client, control('ROLLBACK'));
      return toNotBegun(error);
    } catch (failure) {
      return toNotBegun(failure);
    }
  }

  #queriesOf(send: Send): Queries {
    const query = <Row extends object>(sql: string, values: readonly Value[]) =>
      send<Row>(sql, values.map(toStorable));
    return {
      all: async <Row extends object>(sql: string, ...values: Value[]) =>
        (await query<Row>(sql, values)).rows,
      one: async <Row extends object>(sql: string, ...values: Value[]) =>
        (await query<Row>(sql, values)).rows[0],
      run: async (sql, ...values) => (await query(sql, values)).rowCount,
    };
  }

  /** @throws NotBegun if the store is closed, or too many calls wait. */
  async #share<T, Read>(reads: SharedReads<pg.PoolClient, Read>, read: Read): Promise<T> {
    this.#breaker.check();
    if (reads.waitingCount >= WAITING_MAX) throw tooManyWaiting();
    return this.#count(() => reads.add<T>(read));
  }

  /** Sends the statements as one group. */
  async #readTogether(
    client: pg.PoolClient,
    reads: readonly StatementRead[],
  ): Promise<readonly (readonly object[])[]> {
    const statements = reads.map(({ sql: text, values }) => {
      return { name: this.#nameOf(text), text, values: values.map(toStorable) };
    });
    const group = this.#newGroup();
    const answers = statements.map((statement) => group.add(statement));
    client.query(group);
    return (await Promise.all(answers)).map(({ rows }) => rows);
  }

  /** Sends each statement at once. */
  #eachAlone(client: pg.ClientBase): Queries {
    return this.#queriesOf((text, values) =>
      this.#sendAlone(client, { name: this.#nameOf(text), text, values: [...values] }),
    );
  }

  #sendAlone<Row extends object>(
    client: pg.ClientBase,
    statement: StatementConfig,
  ): Promise<StatementResult<Row>> {
    const group = this.#newGroup();
    const answered = group.add<Row>(statement);
    client.query(group);
    return answered;
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

/** Whether the connection can be used after a call that failed with this error. */
function isUsableAfter(error: unknown): boolean {
  return !(error instanceof StoreUnavailable) || error instanceof RolledBack;
}

/** Waits for all before it fails: none may send a statement after the end of the transaction. */
async function completeAll<T>(promises: readonly Promise<T>[]): Promise<readonly T[]> {
  await Promise.allSettled(promises);
  return Promise.all(promises);
}

function tooManyWaiting(): NotBegun {
  return new NotBegun('Too many calls are waiting for the store');
}

/** @param timeoutMs 0: no limit. */
function limitLocks(timeoutMs: number): string {
  return `SET LOCAL lock_timeout = ${timeoutMs}`;
}

/** Prepared statements would save little here, and hide the text from the server's views. */
function control(text: string): StatementConfig {
  return { name: '', text, values: [] };
}

function withoutWrites<T>(
  work: (queries: Queries) => Promise<T>,
): (queries: Queries) => Promise<Decided<T>> {
  return async (queries) => ({ result: await work(queries), writes: [] });
}

/** Inspects a new connection before it is used. */
async function admit(client: pg.ClientBase, durability: Durability): Promise<readonly string[]> {
  // A lost connection fails the query; without a listener it would crash the process.
  client.on('error', () => {});
  const { identity, weakenedBy } = await inspectServer(client, durability);
  await renewGeneration(client, identity);
  return weakenedBy;
}

function toFailure(error: unknown): unknown {
  if (error instanceof StoreUnavailable) return error;
  const state = error instanceof pg.DatabaseError ? (error.code ?? '') : '';
  if (FAULT_OF_THE_STATEMENT.test(state)) return error;
  if (FAULT_OF_THE_VALUES.test(state)) {
    return new NotStorable('PostgreSQL cannot hold a value', { cause: error });
  }
  const Outage = ROLLED_BACK.test(state) ? RolledBack : StoreUnavailable;
  return new Outage('PostgreSQL failed to run the statement', { cause: error });
}

/** Whether the server has answered with an error. */
function isAnswer(failure: unknown): boolean {
  const cause = failure instanceof Error ? (failure.cause ?? failure) : failure;
  return cause instanceof pg.DatabaseError;
}

/** Without a `COMMIT` nothing is stored, whatever has failed. */
function toNotBegun(error: unknown): unknown {
  if (!(error instanceof StoreUnavailable) || error instanceof NotBegun) return error;
  return new NotBegun(error.message, { cause: error.cause });
}

function isSilence(error: unknown): boolean {
  return error instanceof Error && SILENCE.test(error.message);
}

function toStorable(value: Value): Value {
  if (typeof value === 'string') return storableText(value);
  if (typeof value === 'number' || value === null) return value;
  return value.map((item) => (typeof item === 'string' ? storableText(item) : item));
}

/** Replaces U+0000, which PostgreSQL cannot hold, by U+FFFD, as UTF-8 does with lone surrogates. */
export function storableText(text: string): string {
  return text.replaceAll('\0', '\uFFFD').toWellFormed();
}
