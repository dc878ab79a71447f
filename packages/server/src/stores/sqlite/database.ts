/**
 * One connection to an SQLite file: prepares statements once and types rows.
 *
 * It is independent of the stored data. Every call is synchronous, so it runs in its own thread,
 * never in that of the sockets.
 */
import { DatabaseSync, type SQLInputValue, type StatementSync } from 'node:sqlite';
import { ensurePrivateFile } from './file-permissions.ts';
import { translate } from './translate.ts';

export type Value = SQLInputValue;

/** SQLite's name for a database without a file. */
const IN_MEMORY = ':memory:';

export class Database {
  readonly #database: DatabaseSync;
  readonly #statements = new Map<string, StatementSync>();
  readonly #known = new Map<string, unknown>();

  constructor(
    file: string,
    options: {
      readonly readOnly?: boolean;
      readonly busyTimeoutMs?: number;
      /** Of a database in memory: what `serialize` has returned. */
      readonly content?: Uint8Array | undefined;
    },
  ) {
    // SQLite gives its additional files the same permissions.
    if (options.readOnly !== true && file !== IN_MEMORY) ensurePrivateFile(file);
    this.#database = new DatabaseSync(file, {
      readOnly: options.readOnly ?? false,
      timeout: options.busyTimeoutMs ?? 0,
      enableForeignKeyConstraints: true,
    });
    if (options.content !== undefined) this.#database.deserialize(options.content);
    // Overwrites deleted content with zeros: a deleted text does not remain in free space.
    if (options.readOnly !== true) this.#database.exec('PRAGMA secure_delete = ON');
  }

  /** For statements without parameters that run once: pragmas, migrations, transactions. */
  exec(sql: string): void {
    this.#database.exec(sql);
  }

  /** Stores all changes of `work`, or none. */
  transaction<T>(work: () => T): T {
    this.exec('BEGIN IMMEDIATE');
    try {
      const result = work();
      this.exec('COMMIT');
      return result;
    } catch (error) {
      // Some errors, such as a full disk, have already ended the transaction.
      if (this.#database.isTransaction) this.exec('ROLLBACK');
      throw error;
    }
  }

  /** Returns the number of changed rows. */
  run(sql: string, ...values: Value[]): number {
    return Number(this.#prepare(sql).run(...values).changes);
  }

  // The columns of a statement are the fields of Row: the contract suite runs every statement and
  // compares the results.
  one<Row>(sql: string, ...values: Value[]): Row | undefined {
    return this.#prepare(sql).get(...values) as Row | undefined;
  }

  all<Row>(sql: string, ...values: Value[]): Row[] {
    return this.#prepare(sql).all(...values) as Row[];
  }

  /** Returns the rows up to the first that `isLast` accepts, and reads no further. */
  until<Row>(isLast: (row: Row) => boolean, sql: string, ...values: Value[]): Row[] {
    const rows: Row[] = [];
    for (const found of this.#prepare(sql).iterate(...values)) {
      const row = found as Row;
      rows.push(row);
      if (isLast(row)) break;
    }
    return rows;
  }

  /** Clears the cache of `once`: from now on, reads may return something else. */
  forget(): void {
    this.#known.clear();
  }

  /** Caches the result of `read` until `forget`: for a reader, until its transaction ends. */
  once<T>(key: string, read: () => T): T {
    if (!this.#known.has(key)) this.#known.set(key, read());
    // Stored under the same key by the same caller.
    return this.#known.get(key) as T;
  }

  /** Yields each row as an array of values. */
  iterate(sql: string): Iterable<readonly Value[]> {
    const statement = this.#database.prepare(sql);
    statement.setReturnArrays(true);
    // In array mode, each row is an array.
    return statement.iterate() as Iterable<unknown> as Iterable<readonly Value[]>;
  }

  /** The whole database, which must not be in a transaction. */
  serialize(): Uint8Array {
    return this.#database.serialize();
  }

  close(): void {
    this.#database.close();
  }

  #prepare(sql: string): StatementSync {
    let statement = this.#statements.get(sql);
    if (statement === undefined) {
      statement = this.#database.prepare(translate(sql));
      this.#statements.set(sql, statement);
    }
    return statement;
  }
}
