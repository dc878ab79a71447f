/**
 * Source of time and timers; tests pass a clock that they advance themselves.
 *
 * The engine's timers serve many connections. They run in the asynchronous context of the module,
 * so that no connection's events see the `AsyncLocalStorage` of another one, whose call has started
 * the timer.
 */
import { AsyncResource } from 'node:async_hooks';
import { performance } from 'node:perf_hooks';

const context = new AsyncResource('WEBSOCKET_ENGINE');

/** Tests of applications may replace the global one for a while; output must not wait for that. */
const { setImmediate } = globalThis;

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
    const timer = context.runInAsyncScope(() => setTimeout(callback, delayMs).unref());
    return { clear: () => clearTimeout(timer) };
  },

  setInterval(callback: () => void, periodMs: number): Timer {
    const timer = context.runInAsyncScope(() => setInterval(callback, periodMs).unref());
    return { clear: () => clearInterval(timer) };
  },
});

/** Calls back after this turn of the event loop. */
export function afterTurn(callback: () => void): NodeJS.Immediate {
  return context.runInAsyncScope(() => setImmediate(callback));
}
