/** Repeats work in the background: an interval passes between the end of a run and the next one. */
import type { Clock, Timer } from '../../ports/clock.ts';
import type { BackgroundTasks } from './background-tasks.ts';

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
  const begin = (): void => background.run(work(run).finally(beginLater));
  const beginLater = (): void => {
    if (!isClosed) timer = clock.schedule(intervalMs, begin);
  };
  const close = (): void => {
    isClosed = true;
    timer?.cancel();
    endPause?.();
  };
  return { begin, beginLater, close };
}
