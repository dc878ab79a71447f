/** Repeats a call of a store while the outcome is unknown. */
import { setTimeout as wait } from 'node:timers/promises';
import { StoreUnavailable } from '../../src/ports/store.ts';

const BETWEEN_MS = 10;
const DEADLINE_MS = 60_000;

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
