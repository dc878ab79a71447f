/**
 * Classifies what can go wrong with a statement. A faulty statement fails with the driver's error,
 * one with values that cannot be held with `NotStorable`: nothing was stored. All other failures (no
 * connection, a time limit, a full disk, a connection lost in `COMMIT`) are `StoreUnavailable`.
 */
import pg from 'pg';
import { NotBegun, NotStorable, StoreUnavailable } from '../../ports/store.ts';

/** The server has rolled a statement back, with its transaction; the connection can be used again. */
class RolledBack extends NotBegun {}

/** `COMMIT` was sent but not answered: it was executed, is being executed, or never will be. */
export class CommitUnanswered extends StoreUnavailable {}

/** SQLSTATE classes in which the statement is at fault and the server continues. */
const FAULT_OF_THE_STATEMENT = /^(0A|21|23|42)/;
/** For example a text with characters that the database cannot hold: a retry would fail again. */
const FAULT_OF_THE_VALUES = /^22/;
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

export function toFailure(error: unknown): unknown {
  if (error instanceof StoreUnavailable) return error;
  const state = error instanceof pg.DatabaseError ? (error.code ?? '') : '';
  if (FAULT_OF_THE_STATEMENT.test(state)) return error;
  if (FAULT_OF_THE_VALUES.test(state)) {
    return new NotStorable('PostgreSQL cannot hold a value', { cause: error });
  }
  const Outage = ROLLED_BACK.test(state) ? RolledBack : StoreUnavailable;
  return new Outage('PostgreSQL failed to run the statement', { cause: error });
}

/** For a transaction without a `COMMIT`: nothing is stored, whatever has failed. */
export function toNotBegun(error: unknown): unknown {
  if (!(error instanceof StoreUnavailable) || error instanceof NotBegun) return error;
  return new NotBegun(error.message, { cause: error.cause });
}

/** Whether the connection can be used after a call that failed with this error. */
export function isUsableAfter(error: unknown): boolean {
  return !(error instanceof StoreUnavailable) || error instanceof RolledBack;
}

/** Whether the server has answered with an error. */
export function isAnswer(failure: unknown): boolean {
  const cause = failure instanceof Error ? (failure.cause ?? failure) : failure;
  return cause instanceof pg.DatabaseError;
}

export function isSilence(error: unknown): boolean {
  return error instanceof Error && SILENCE.test(error.message);
}
