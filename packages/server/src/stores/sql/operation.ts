/**
 * Operations of the SQL stores, written once for both databases: generator functions that yield
 * statements and receive their results. SQLite runs them to their end at once (`run-now.ts`),
 * PostgreSQL as answers arrive (`run-later.ts`).
 *
 * Texts are in the language of PostgreSQL. SQLite translates parameters, arrays and locks
 * (`translate.ts`); a statement that differs in more has a name in `OwnSql`.
 */
import type { OwnSql } from './own-sql.ts';

export type Value = string | number | null | readonly (string | number | null)[];

/** A text for both databases, or the name of one that each database has for itself. */
type Sql = string | { readonly own: keyof OwnSql };

export interface Statement {
  readonly kind: 'one' | 'all' | 'run';
  readonly sql: Sql;
  readonly values: readonly Value[];
  /** Of `all`: ends the rows by their size. */
  readonly upTo?: Bytes | undefined;
}

/** A size of rows with the columns of `Sized`. */
interface Bytes {
  readonly bytesMax: number;
  /** The order of the statement, by its columns. */
  readonly order: string;
}

/** Statements of an array do not depend on each other: PostgreSQL sends them together, in order. */
export type Operation<T> = Generator<Statement | readonly Statement[], T, unknown>;

// The columns of a statement are the fields of Row: the contract suite runs every statement and
// compares the results.
/** The first row. */
export function* one<Row extends object>(sql: Sql, ...values: Value[]): Operation<Row | undefined> {
  return (yield { kind: 'one', sql, values }) as Row | undefined;
}

export function* all<Row extends object>(sql: Sql, ...values: Value[]): Operation<Row[]> {
  return (yield { kind: 'all', sql, values }) as Row[];
}

/** The rows up to the first beyond a size, and not before the second, which shows a rest. */
export function* upToBytes<Row extends object>(
  upTo: Bytes,
  sql: string,
  ...values: Value[]
): Operation<Row[]> {
  return (yield { kind: 'all', sql, values, upTo }) as Row[];
}

/** The number of changed rows. */
export function* run(sql: Sql, ...values: Value[]): Operation<number> {
  return (yield { kind: 'run', sql, values }) as number;
}

/** Runs statements that do not depend on each other; returns their numbers of changed rows. */
export function* runAll(
  statements: readonly (readonly [sql: Sql, ...values: Value[]])[],
): Operation<readonly number[]> {
  return (yield statements.map(([sql, ...values]) => ({
    kind: 'run',
    sql,
    values,
  }))) as readonly number[];
}

/** Runs operations that do not depend on each other: PostgreSQL gets their statements together. */
export function* together(operations: readonly Operation<unknown>[]): Operation<void> {
  let open = operations.map((operation) => ({ operation, step: operation.next() }));
  while (true) {
    const asked = open.flatMap(({ operation, step }) =>
      step.done === true ? [] : [{ operation, statements: step.value }],
    );
    if (asked.length === 0) return;
    const answers = (yield asked.flatMap(({ statements }) => statements)) as unknown[];
    open = asked.map(({ operation, statements }) => {
      const isOne = 'kind' in statements;
      const own = answers.splice(0, isOne ? 1 : statements.length);
      return { operation, step: operation.next(isOne ? own[0] : own) };
    });
  }
}

// The arguments are each operation's own; a table of them needs the common form.
// biome-ignore lint/suspicious/noExplicitAny: `unknown` would refuse every operation, `never` every call.
export type Operations = Readonly<Record<string, (...args: any[]) => Operation<unknown>>>;

export type ArgumentsOf<O extends Operations, K extends keyof O> = Parameters<O[K]>;
export type ResultOf<O extends Operations, K extends keyof O> =
  ReturnType<O[K]> extends Operation<infer T> ? T : never;

/** The operations of a part of the store, by what they need. */
export interface Feature {
  /** Only read; each statement sees what is committed by then. */
  readonly reads: Operations;
  /** Only read; all statements see one state. */
  readonly snapshots?: Operations;
  /** Stored statement by statement: one statement, or several that may stand alone. */
  readonly writes: Operations;
  /** Stored completely or not at all. */
  readonly transactions: Operations;
}

type Called<O extends Operations> = {
  readonly [K in keyof O]: (...args: ArgumentsOf<O, K>) => Promise<ResultOf<O, K>>;
};

export type StoreOf<F extends Feature> = Called<F['reads']> &
  (F['snapshots'] extends Operations ? Called<F['snapshots']> : unknown) &
  Called<F['writes']> &
  Called<F['transactions']>;

/** Runs the operation of a name. */
export type Call = (
  needs: keyof Feature,
  name: string,
  args: readonly unknown[],
) => Promise<unknown>;

/** The methods of a part of the store, which run its operations. */
export function storeOf<F extends Feature>(feature: F, call: Call): StoreOf<F> {
  const needs = ['reads', 'snapshots', 'writes', 'transactions'] as const;
  const methods = needs.flatMap((each) =>
    Object.keys(feature[each] ?? {}).map((name) => [
      name,
      (...args: readonly unknown[]) => call(each, name, args),
    ]),
  );
  // One method for each operation, with its arguments and result.
  return Object.fromEntries(methods) as StoreOf<F>;
}
