/** Runs operations of both stores in PostgreSQL, where each statement waits for its answer. */
import {
  type Call,
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
  return storeOf(feature, callIn(database, feature));
}

export function callIn(database: Database, feature: Feature): Call {
  return (needs, name, args) => {
    const operation = feature[needs]?.[name];
    if (operation === undefined) throw new Error(`There is no operation '${name}'`);
    const work = (queries: Queries) => runLater(queries, operation(...args));
    if (needs === 'transactions') return database.transaction(work);
    return needs === 'snapshots' ? database.snapshot(work) : work(database);
  };
}

function runOne(queries: Queries, { kind, sql, values, upTo }: Statement): Promise<unknown> {
  const text = typeof sql === 'string' ? sql : OWN_SQL[sql.own];
  if (upTo === undefined) return queries[kind](text, ...values);
  const bytesAt = `$${values.length + 1}`;
  return queries.all(cutAt(text, upTo.order, bytesAt), ...values, upTo.bytesMax);
}

/**
 * Ends the rows of a statement with the first beyond the bytes in parameter `bytesAt`, and not
 * before the second. Longer texts stay in their own pages unless their row is returned.
 */
function cutAt(select: string, order: string, bytesAt: string): string {
  const bytes = 'text_bytes + coalesce(reaction_bytes, 0)';
  return `SELECT * FROM (SELECT found.*, sum(${bytes}) OVER w - (${bytes}) AS bytes_before, row_number() OVER w AS place
    FROM (${select}) found WINDOW w AS (ORDER BY ${order} ROWS UNBOUNDED PRECEDING)) counted
    WHERE bytes_before <= ${bytesAt} OR place <= 2 ORDER BY ${order}`;
}
