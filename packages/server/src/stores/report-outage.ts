/** Turns the failure of a commit into a result for each of its commands. */
import type { CommitResult } from '../model/commit-outcome.ts';
import type { LogCommand } from '../model/log-command.ts';
import { NotBegun, StoreUnavailable } from '../ports/store.ts';

/** @throws the error, if it is not an outage of the store. */
export function reportOutage(commands: readonly LogCommand[], error: unknown): CommitResult[] {
  if (!(error instanceof StoreUnavailable)) throw error;
  const kind = error instanceof NotBegun ? 'not-begun' : 'unknown';
  return commands.map(() => ({ kind, error }));
}
