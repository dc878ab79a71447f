/** Turns the failure of a commit into a result for each of its commands. */
import type { CommitOutcome, CommitResult } from '../model/commit-outcome.ts';
import type { LogCommand } from '../model/log-command.ts';
import { NotBegun, StoreUnavailable } from '../ports/store.ts';

/** @throws what `commit` throws, if it is not an outage of the store. */
export async function reportOutages(
  commands: readonly LogCommand[],
  commit: () => Promise<CommitOutcome[]>,
): Promise<CommitResult[]> {
  try {
    return await commit();
  } catch (error) {
    if (!(error instanceof StoreUnavailable)) throw error;
    const kind = error instanceof NotBegun ? 'not-begun' : 'unknown';
    return commands.map(() => ({ kind, error }));
  }
}
