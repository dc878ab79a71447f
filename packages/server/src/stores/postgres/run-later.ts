/** Runs operations of both stores in PostgreSQL, where each statement waits for its answer. */
import {
  type Feature,
  type Operation,
  type Statement,
  type StoreOf,
  storeOf,
} from '../sql/operation.ts';
import type { Database } from './database.ts';
import { OWN_SQL } from './own-sql.ts';
import type { Queries } from './queries.ts';

export async function runLater<T>(queries: Queries, operation: Operation<T>): Promise<T> {
  let step = operation.next();
  while (step.done !== true) {
    const asked = step.value;
    const answer =
      'kind' in asked
        ? await runOne(queries, asked)
        : await Promise.all(asked.map((each) => runOne(queries, each)));
    step = operation.next(answer);
  }
  return step.value;
}

/** A part of the store in this database. */
export function inPostgres<F extends Feature>(database: Database, feature: F): StoreOf<F> {
  return storeOf(feature, (needs, name, args) => {
    const operation = feature[needs][name];
    if (operation === undefined) throw new Error(`There is no operation '${name}'`);
    return needs === 'transactions'
      ? database.transaction((queries) => runLater(queries, operation(...args)))
      : runLater(database, operation(...args));
  });
}

function runOne(queries: Queries, { kind, sql, values }: Statement): Promise<unknown> {
  const text = typeof sql === 'string' ? sql : OWN_SQL[sql.own];
  return queries[kind](text, ...values);
}
