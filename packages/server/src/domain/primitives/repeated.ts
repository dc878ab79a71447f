/**
 * Repeats work in the background: an interval passes between the end of a run and the next one. After a
 * run that failed, it is tried again after 5 s, then 10 s and so on, up to the interval or half a minute.
 */
import type { Clock, Timer } from '../../ports/clock.ts';
import type { BackgroundTasks } from './background-tasks.ts';

const RETRY_MS = 5000;
const RETRY_MS_MAX = 30_000;

/** A run, as its work sees it. */
export interface Run {
  /** Work that takes longer ends after its current step. */
  readonly isClosed: boolean;
  /** Leaves the store to others between two steps; ends early when the server stops. */
  pause(delayMs: number): Promise<void>;
}

export interface Repeated {
  /** Starts the first run. */
  readonly begin: () => void;
  /** Starts the first run after an interval. */
  readonly beginLater: () => void;
  /** Ends the interval before the next run: there is work. No effect before `begin`, and after a failure. */
  readonly runNow: () => void;
  readonly close: () => void;
}

export function repeated(
  dependencies: { readonly clock: Pick<Clock, 'schedule'>; readonly background: BackgroundTasks },
  intervalMs: number,
  work: (run: Run) => Promise<void>,
): Repeated {
  const { clock, background } = dependencies;
  let timer: Timer | undefined;
  let isClosed = false;
  let isRunning = false;
  let isFollowed = false;
  /** Runs that have failed since one that has not. */
  let failures = 0;
  let endPause: (() => void) | undefined;

  const run: Run = {
    get isClosed() {
      return isClosed;
    },
    pause: async (delayMs) => {
      if (isClosed) return;
      const { promise, resolve } = Promise.withResolvers<void>();
      const pausing = clock.schedule(delayMs, resolve);
      endPause = resolve;
      await promise;
      pausing.cancel();
    },
  };
  const again = (delayMs: number): void => {
    if (!isClosed) timer = clock.schedule(delayMs, begin);
  };
  const attempt = async (): Promise<void> => {
    isRunning = true;
    isFollowed = false;
    try {
      await work(run);
      failures = 0;
      again(isFollowed ? 0 : intervalMs);
    } catch (error) {
      again(Math.min(RETRY_MS * 2 ** failures, Math.max(intervalMs, RETRY_MS_MAX)));
      failures += 1;
      throw error;
    } finally {
      isRunning = false;
    }
  };
  const begin = (): void => background.run(attempt());
  const beginLater = (): void => again(intervalMs);
  const runNow = (): void => {
    isFollowed = true;
    if (isRunning || isClosed || timer === undefined || failures > 0) return;
    timer.cancel();
    begin();
  };
  const close = (): void => {
    isClosed = true;
    timer?.cancel();
    endPause?.();
  };
  return { begin, beginLater, runNow, close };
}
