/** Repeats a call of a store while the outcome is unknown. */
import { setTimeout as wait } from 'node:timers/promises';
import type { CommitResult } from '../../src/model/commit-outcome.ts';
import type { LogCommand } from '../../src/model/log-command.ts';
import { type Store, StoreUnavailable } from '../../src/ports/store.ts';
import { DEADLINE_MS } from './wait.ts';

const BETWEEN_MS = 10;

/** Commits until the outcome is known; returns the result of the first command. */
export async function commitUntilKnown(
  { log }: Pick<Store, 'log'>,
  commands: readonly LogCommand[],
): Promise<CommitResult | undefined> {
  return retryUntilKnown(async () => {
    const [result] = await log.commit(commands);
    if (result?.kind === 'unknown' || result?.kind === 'not-begun') {
      throw new StoreUnavailable(result.kind, { cause: result.error });
    }
    return result;
  });
}

export async function retryUntilKnown<T>(call: () => Promise<T>): Promise<T> {
  const endMs = performance.now() + DEADLINE_MS;
  for (;;) {
    try {
      return await call();
    } catch (error) {
      if (!(error instanceof StoreUnavailable) || performance.now() > endMs) throw error;
      await wait(BETWEEN_MS);
    }
  }
}
