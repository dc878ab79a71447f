/**
 * One connection to an SQLite file: statements prepared once, rows given a type.
 *
 * It knows nothing of what is stored. Every call is synchronous, so it lives in
 * a thread of its own, never beside the sockets.
 */
import { DatabaseSync, type SQLInputValue, type StatementSync } from 'node:sqlite';
import { ensurePrivateFile } from './file-permissions.ts';

export type Value = SQLInputValue;

export class Database {
  readonly #database: DatabaseSync;
  readonly #statements = new Map<string, StatementSync>();
  readonly #known = new Map<string, unknown>();

  constructor(
    file: string,
    options: { readonly readOnly?: boolean; readonly busyTimeoutMs?: number },
  ) {
    // SQLite gives the files that it puts beside it the same rights.
    if (options.readOnly !== true) ensurePrivateFile(file);
    this.#database = new DatabaseSync(file, {
      readOnly: options.readOnly ?? false,
      timeout: options.busyTimeoutMs ?? 0,
      enableForeignKeyConstraints: true,
    });
  }

  /** For what has no parameters and is run once: pragmas, migrations, transactions. */
  exec(sql: string): void {
    this.#database.exec(sql);
  }

  /** Stores all that `work` does, or nothing of it. */
  transaction(work: () => void): void {
    this.exec('BEGIN IMMEDIATE');
    try {
      work();
      this.exec('COMMIT');
    } catch (error) {
      // A full disk, for one, has ended it already.
      if (this.#database.isTransaction) this.exec('ROLLBACK');
      throw error;
    }
  }

  /** How many rows the statement changed. */
  run(sql: string, ...values: Value[]): number {
    return Number(this.#prepare(sql).run(...values).changes);
  }

  // The columns that a statement names are the fields of Row: the contract suite
  // runs every statement and compares what it gives.
  one<Row>(sql: string, ...values: Value[]): Row | undefined {
    return this.#prepare(sql).get(...values) as Row | undefined;
  }

  all<Row>(sql: string, ...values: Value[]): Row[] {
    return this.#prepare(sql).all(...values) as Row[];
  }

  /** Forgets what `once` has read: another transaction may see something else. */
  forget(): void {
    this.#known.clear();
  }

  /** What `read` gives, which is the same until the end of a reader's transaction. */
  once<T>(key: string, read: () => T): T {
    if (!this.#known.has(key)) this.#known.set(key, read());
    // Put there under the same key by the same caller.
    return this.#known.get(key) as T;
  }

  /** Each row as its values alone, one at a time. */
  iterate(sql: string): Iterable<readonly Value[]> {
    const statement = this.#database.prepare(sql);
    statement.setReturnArrays(true);
    // With arrays asked for, a row is one.
    return statement.iterate() as Iterable<unknown> as Iterable<readonly Value[]>;
  }

  close(): void {
    this.#database.close();
  }

  #prepare(sql: string): StatementSync {
    let statement = this.#statements.get(sql);
    if (statement === undefined) {
      statement = this.#database.prepare(sql);
      this.#statements.set(sql, statement);
    }
    return statement;
  }
}
