/** Repeats work that the store could not execute, for a store that is back within seconds. */
import { ChatError } from '@parley/protocol';
import type { Clock } from '../../ports/clock.ts';
import { StoreUnavailable } from '../../ports/store.ts';

/** For 10 seconds: on a busy machine, a database thread takes seconds to open its file again. */
const ATTEMPTS_MAX = 51;
const RETRY_MS = 200;

/** The work may have been executed before it failed, so it must be harmless to repeat. */
export async function retryWhileUnavailable<T>(clock: Clock, work: () => Promise<T>): Promise<T> {
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await work();
    } catch (error) {
      if (attempt === ATTEMPTS_MAX || !isUnavailable(error)) throw error;
      await new Promise<void>((resolve) => clock.schedule(RETRY_MS, resolve));
    }
  }
}

function isUnavailable(error: unknown): boolean {
  return (
    error instanceof StoreUnavailable ||
    (error instanceof ChatError && error.code === 'UNAVAILABLE')
  );
}
