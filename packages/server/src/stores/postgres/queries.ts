/** Statements of the store, and the values that PostgreSQL can hold. */
import { storableText } from '../sql/open-logs.ts';
import type { Value } from '../sql/operation.ts';
import type { StatementResult } from './statement-group.ts';

export type { Value };

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

/** Sends a statement with values that the database can hold. */
export type Send = <Row extends object>(
  sql: string,
  values: readonly Value[],
) => Promise<StatementResult<Row>>;

export function queriesOf(send: Send): Queries {
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

export function toStorable(value: Value): Value {
  if (typeof value === 'string') return storableText(value);
  if (typeof value === 'number' || value === null) return value;
  return value.map((item) => (typeof item === 'string' ? storableText(item) : item));
}
