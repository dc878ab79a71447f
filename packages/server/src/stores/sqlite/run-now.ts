/** Runs operations of both stores in SQLite: each statement at once. */
import type {
  ArgumentsOf,
  Operation,
  Operations,
  ResultOf,
  Statement,
  Value,
} from '../sql/operation.ts';
import { bytesOf, type Sized } from '../sql/rows.ts';
import type { Database, Value as SqliteValue } from './database.ts';
import { OWN_SQL } from './own-sql.ts';

export function runNow<T>(database: Database, operation: Operation<T>): T {
  let step = operation.next();
  while (step.done !== true) {
    const asked = step.value;
    const answer =
      'kind' in asked ? runOne(database, asked) : asked.map((each) => runOne(database, each));
    step = operation.next(answer);
  }
  return step.value;
}

type InSqlite<O extends Operations> = {
  readonly [K in keyof O]: (database: Database, args: ArgumentsOf<O, K>) => ResultOf<O, K>;
};

/** Operations as the database threads run them: with an array of arguments. */
export function inSqlite<O extends Operations>(operations: O): InSqlite<O> {
  const run = Object.entries(operations).map(([name, operation]) => [
    name,
    (database: Database, args: readonly unknown[]) => runNow(database, operation(...args)),
  ]);
  // The same names, with the types of their operations.
  return Object.fromEntries(run) as InSqlite<O>;
}

function runOne(database: Database, { kind, sql, values, upTo }: Statement): unknown {
  const text = typeof sql === 'string' ? sql : OWN_SQL[sql.own];
  const cells = values.map(toSqlite);
  if (upTo !== undefined) return database.until<Sized>(beyond(upTo.bytesMax), text, ...cells);
  return database[kind](text, ...cells);
}

/** Ends a read with the first row beyond a size, and not before the second. */
function beyond(bytesMax: number): (row: Sized) => boolean {
  let total = 0;
  let count = 0;
  return (row) => {
    total += bytesOf(row);
    count += 1;
    return total > bytesMax && count > 1;
  };
}

function toSqlite(value: Value): SqliteValue {
  return typeof value === 'object' && value !== null ? JSON.stringify(value) : value;
}
