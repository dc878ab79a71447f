/**
 * A transaction: its statements go to the server turn by turn, the last ones together with `COMMIT`.
 * It says what is known after a failure: nothing is stored without a `COMMIT`, and the outcome
 * of one that was not answered is unknown.
 */
import type pg from 'pg';
import { CommitUnanswered, isAnswer, isUsableAfter, toNotBegun } from './failures.ts';
import { PendingStatements } from './pending-statements.ts';
import { type Queries, queriesOf, type Send, toStorable, type Value } from './queries.ts';
import type { StatementConfig, StatementGroup } from './statement-group.ts';

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

export interface TransactionOptions {
  readonly client: pg.ClientBase;
  /** Sent together with the first statements. */
  readonly begin: readonly string[];
  /** @param onFailed Called with the error of the statement that failed. */
  readonly newGroup: (onFailed: (error: unknown) => void) => StatementGroup;
  /** Name of the prepared statement with this text. */
  readonly nameOf: (sql: string) => string;
}

/** Set explicitly: the server may have another default. */
export const BEGIN = 'BEGIN ISOLATION LEVEL READ COMMITTED';
export const BEGIN_SNAPSHOT = 'BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY';

/** @param timeoutMs 0: no limit. */
export function limitLocks(timeoutMs: number): string {
  return `SET LOCAL lock_timeout = ${timeoutMs}`;
}

/**
 * Stores all changes of `work`, or none.
 *
 * @throws {CommitUnanswered} if it is unknown whether they are stored.
 */
export async function transact<T>(
  { client, begin, newGroup, nameOf }: TransactionOptions,
  work: (queries: Queries) => Promise<Decided<T>>,
): Promise<T> {
  const failures: unknown[] = [];
  const pending = new PendingStatements(client, () => newGroup((error) => failures.push(error)));
  const send: Send = (text, values) =>
    pending.add<never>({ name: nameOf(text), text, values: [...values] });
  let decided: Decided<T>;
  let last: readonly Write[];
  try {
    const begun = begin.map((text) => pending.add(control(text)));
    [decided] = await Promise.all([work(queriesOf(send)), ...begun]);
    last = decided.writes.map(({ sql, values }) => ({ sql, values: values.map(toStorable) }));
  } catch (thrown) {
    pending.flush();
    // The first statement that failed is the cause; `work` may report one after it.
    throw await rollBack(pending, failures.length > 0 ? failures[0] : thrown);
  }
  // Nothing may fail before all are sent: a COMMIT without one of them would store a part.
  await commit(
    pending,
    last.map(({ sql, values }) => send(sql, values)),
  );
  return decided.result;
}

/**
 * A transaction of one statement, sent together with its `BEGIN` and `COMMIT`.
 *
 * @throws {CommitUnanswered} if it is unknown whether its changes are stored.
 */
export async function transactAtOnce<Row extends object>(
  { client, begin, newGroup, nameOf }: TransactionOptions,
  { sql, values }: Write,
): Promise<readonly Row[]> {
  const pending = new PendingStatements(client, () => newGroup(() => {}));
  const config = { name: nameOf(sql), text: sql, values: values.map(toStorable) };
  const begun = begin.map((text) => pending.add(control(text)));
  const answered = pending.add<Row>(config);
  await commit(pending, [...begun, answered]);
  return (await answered).rows;
}

/** Sends `COMMIT` behind the last statements, and waits for all of them. */
async function commit(
  pending: PendingStatements,
  statements: readonly Promise<unknown>[],
): Promise<void> {
  const committed = pending.add(control('COMMIT'));
  const [ending, ...others] = await Promise.allSettled([committed, ...statements]);
  if (ending.status === 'fulfilled') {
    if (ending.value.command === 'COMMIT') return;
    throw new Error('PostgreSQL answered a COMMIT by rolling back');
  }
  // The server skips the COMMIT behind a statement that fails.
  const failed = others.find(({ status }) => status === 'rejected');
  if (failed?.status === 'rejected' && isAnswer(failed.reason)) {
    throw await rollBack(pending, failed.reason);
  }
  throw new CommitUnanswered('PostgreSQL did not answer a COMMIT', { cause: ending.reason });
}

/** For a transaction whose statements have all been sent. */
export function withoutWrites<T>(
  work: (queries: Queries) => Promise<T>,
): (queries: Queries) => Promise<Decided<T>> {
  return async (queries) => ({ result: await work(queries), writes: [] });
}

/** Returns the error to throw. */
async function rollBack(pending: PendingStatements, error: unknown): Promise<unknown> {
  // A failed connection is closed instead, and its transaction with it.
  if (!isUsableAfter(error)) return toNotBegun(error);
  try {
    await pending.add(control('ROLLBACK'));
    return toNotBegun(error);
  } catch (failure) {
    return toNotBegun(failure);
  }
}

/** Prepared statements would save little here, and hide the text from the server's views. */
function control(text: string): StatementConfig {
  return { name: '', text, values: [] };
}
