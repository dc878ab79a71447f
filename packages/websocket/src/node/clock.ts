/** Where time and timers come from; tests hand in a clock that they move themselves. */
import { performance } from 'node:perf_hooks';

/** A timer that was started; clearing it twice, or after it fired, does nothing. */
export interface Timer {
  clear(): void;
}

export interface Clock {
  /** Milliseconds since some fixed moment; never goes back, whatever the wall clock does (WS-169). */
  now(): number;
  /** Calls back once. Does not keep the process alive. */
  setTimeout(callback: () => void, delayMs: number): Timer;
  /** Calls back again and again. Does not keep the process alive. */
  setInterval(callback: () => void, periodMs: number): Timer;
}

export const systemClock: Clock = Object.freeze({
  now: () => performance.now(),

  setTimeout(callback: () => void, delayMs: number): Timer {
    const timer = setTimeout(callback, delayMs).unref();
    return { clear: () => clearTimeout(timer) };
  },

  setInterval(callback: () => void, periodMs: number): Timer {
    const timer = setInterval(callback, periodMs).unref();
    return { clear: () => clearInterval(timer) };
  },
});
