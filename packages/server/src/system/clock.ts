/** The system clock. Its timers do not keep the process alive. */
import type { Clock } from '../ports/clock.ts';

export const systemClock: Clock = Object.freeze({
  nowMs: () => Date.now(),
  monotonicMs: () => performance.now(),
  schedule: (delayMs: number, run: () => void) => {
    const timer = setTimeout(run, delayMs).unref();
    return { cancel: () => clearTimeout(timer) };
  },
});
