/** Source of time and timers; tests pass a clock that they advance themselves. */
import { performance } from 'node:perf_hooks';
import { inEngineContext } from './engine-timers.ts';

/** A started timer; clearing it twice, or after it has fired, does nothing. */
export interface Timer {
  clear(): void;
}

export interface Clock {
  /** Milliseconds since a fixed moment; never goes back, even if the wall clock is changed. */
  now(): number;
  /** Calls back once. Does not keep the process alive. */
  setTimeout(callback: () => void, delayMs: number): Timer;
  /** Calls back repeatedly. Does not keep the process alive. */
  setInterval(callback: () => void, periodMs: number): Timer;
}

/** The calendar time of a moment of the clock, by the calendar as it is set now. */
export function toDate(clock: Clock, momentMs: number): Date {
  return new Date(Date.now() - (clock.now() - momentMs));
}

export const systemClock: Clock = Object.freeze({
  now: () => performance.now(),

  setTimeout(callback: () => void, delayMs: number): Timer {
    const timer = inEngineContext(() => setTimeout(callback, delayMs).unref());
    return { clear: () => clearTimeout(timer) };
  },

  setInterval(callback: () => void, periodMs: number): Timer {
    const timer = inEngineContext(() => setInterval(callback, periodMs).unref());
    return { clear: () => clearInterval(timer) };
  },
});
