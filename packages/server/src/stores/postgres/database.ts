/**
 * The connections to one PostgreSQL database: statements prepared once for each
 * connection, rows given a type, and failures told apart.
 *
 * It knows nothing of what is stored. A statement that is itself at fault fails with
 * the driver's error, one whose values cannot be held with `NotStorable`: nothing was
 * stored. Everything else (no connection, a time
 * limit, a full disk, a connection lost in `COMMIT`) is `StoreUnavailable`.
 */
import pg from 'pg';
import { NotStorable, StoreUnavailable } from '../../ports/store.ts';
import { type ConnectionOptions, clientConfig } from './connection.ts';
import { type Durability, inspectServer, renewGeneration } from './durability.ts';

export type Value = string | number | null | readonly (string | number | null)[];

/** What runs statements: the database, each for itself, or one transaction. */
export interface Queries {
  all<Row extends object>(sql: string, ...values: Value[]): Promise<Row[]>;
  one<Row extends object>(sql: string, ...values: Value[]): Promise<Row | undefined>;
  /** How many rows the statement changed. */
  run(sql: string, ...values: Value[]): Promise<number>;
}

export interface DatabaseOptions extends ConnectionOptions {
  readonly connectionsMax: number;
  readonly durability: Durability;
}

/** `COMMIT` was sent, and no answer came: it was done, or is being done, or never will be. */
export class CommitUnanswered extends StoreUnavailable {}

/** Calls that may wait for a connection; above it the store is not available. */
const WAITING_MAX = 20_000;
const IDLE_CONNECTION_MS = 60_000;
/** SQLSTATE classes in which the statement itself is at fault, and the server goes on. */
const FAULT_OF_THE_STATEMENT = /^(0A|21|23|42)/;
/** As of a text that the database has no characters for: the same again is refused again. */
const FAULT_OF_THE_VALUES = /^22/;

export class Database implements Queries {
  readonly #pool: pg.Pool;
  /** By text: the name under which connections have it prepared. All texts are constants. */
  readonly #names = new Map<string, string>();
  #atWork = 0;
  #isClosed = false;
  #onIdle: (() => void) | undefined;

  #weakenedBy: readonly string[];

  constructor(options: DatabaseOptions, weakenedBy: readonly string[] = []) {
    this.#weakenedBy = weakenedBy;
    this.#pool = new pg.Pool({
      ...clientConfig(options),
      max: options.connectionsMax,
      idleTimeoutMillis: IDLE_CONNECTION_MS,
      onConnect: async (client) => {
        this.#weakenedBy = await admit(client, options.durability);
      },
    });
    // A connection that ends while nobody uses it is replaced when the next one is needed.
    this.#pool.on('error', () => {});
  }

  /** As the latest connection found the server. */
  get weakenedBy(): readonly string[] {
    return this.#weakenedBy;
  }

  all<Row extends object>(sql: string, ...values: Value[]): Promise<Row[]> {
    return this.#lend((client) => this.#queriesOf(client).all<Row>(sql, ...values));
  }

  one<Row extends object>(sql: string, ...values: Value[]): Promise<Row | undefined> {
    return this.#lend((client) => this.#queriesOf(client).one<Row>(sql, ...values));
  }

  run(sql: string, ...values: Value[]): Promise<number> {
    return this.#lend((client) => this.#queriesOf(client).run(sql, ...values));
  }

  /** Stores all that `work` does, or nothing of it. */
  transaction<T>(work: (queries: Queries) => Promise<T>): Promise<T> {
    return this.#lend((client) => this.#transact(client, 'BEGIN', work));
  }

  /** All that `work` reads is of one instant. */
  snapshot<T>(work: (queries: Queries) => Promise<T>): Promise<T> {
    const begin = 'BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY';
    return this.#lend((client) => this.#transact(client, begin, work));
  }

  /** Lets what is under way end, then the connections. */
  async close(): Promise<void> {
    if (this.#isClosed) return;
    this.#isClosed = true;
    if (this.#atWork > 0) {
      await new Promise<void>((resolve) => {
        this.#onIdle = resolve;
      });
    }
    await this.#pool.end();
  }

  /** A connection on which anything failed but a statement is not used again. */
  async #lend<T>(work: (client: pg.ClientBase) => Promise<T>): Promise<T> {
    if (this.#isClosed) throw new StoreUnavailable('The store is closed');
    if (this.#pool.waitingCount >= WAITING_MAX) {
      throw new StoreUnavailable('Too much waits for the store');
    }
    this.#atWork += 1;
    try {
      const client = await orUnavailable(this.#pool.connect());
      try {
        const result = await work(client);
        client.release();
        return result;
      } catch (error) {
        client.release(error instanceof StoreUnavailable);
        throw error;
      }
    } finally {
      this.#atWork -= 1;
      if (this.#atWork === 0) this.#onIdle?.();
    }
  }

  async #transact<T>(
    client: pg.ClientBase,
    begin: string,
    work: (queries: Queries) => Promise<T>,
  ): Promise<T> {
    await orUnavailable(client.query(begin));
    let result: T;
    try {
      result = await work(this.#queriesOf(client));
    } catch (error) {
      // A connection that has failed is ended instead, and the transaction with it.
      if (!(error instanceof StoreUnavailable)) await orUnavailable(client.query('ROLLBACK'));
      throw error;
    }
    try {
      const { command } = await client.query('COMMIT');
      if (command === 'COMMIT') return result;
    } catch (error) {
      throw new CommitUnanswered('PostgreSQL did not answer a COMMIT', { cause: error });
    }
    throw new Error('PostgreSQL answered a COMMIT by rolling back');
  }

  #queriesOf(client: pg.ClientBase): Queries {
    const query = <Row extends object>(sql: string, values: readonly Value[]) =>
      orUnavailable(
        client.query<Row>({ name: this.#nameOf(sql), text: sql, values: values.map(toStorable) }),
      );
    return {
      all: async <Row extends object>(sql: string, ...values: Value[]) =>
        (await query<Row>(sql, values)).rows,
      one: async <Row extends object>(sql: string, ...values: Value[]) =>
        (await query<Row>(sql, values)).rows[0],
      run: async (sql, ...values) => (await query(sql, values)).rowCount ?? 0,
    };
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

/** Looks at a new connection before anybody uses it. */
async function admit(client: pg.ClientBase, durability: Durability): Promise<readonly string[]> {
  // The end of a connection shows in the failure of the query; without a listener it would be a crash.
  client.on('error', () => {});
  const { identity, weakenedBy } = await inspectServer(client, durability);
  await renewGeneration(client, identity);
  return weakenedBy;
}

async function orUnavailable<T>(answer: Promise<T>): Promise<T> {
  try {
    return await answer;
  } catch (error) {
    const state = error instanceof pg.DatabaseError ? (error.code ?? '') : '';
    if (FAULT_OF_THE_STATEMENT.test(state)) throw error;
    if (FAULT_OF_THE_VALUES.test(state)) {
      throw new NotStorable('PostgreSQL cannot hold a value', { cause: error });
    }
    throw new StoreUnavailable('PostgreSQL did not do it', { cause: error });
  }
}

function toStorable(value: Value): Value {
  if (typeof value === 'string') return storableText(value);
  if (typeof value === 'number' || value === null) return value;
  return value.map((item) => (typeof item === 'string' ? storableText(item) : item));
}

/** PostgreSQL has no text with U+0000: it becomes U+FFFD, as a lone surrogate does in UTF-8. */
export function storableText(text: string): string {
  return text.replaceAll('\0', '\uFFFD').toWellFormed();
}
