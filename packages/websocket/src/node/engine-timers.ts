/**
 * The engine's timers serve many connections. They run in the asynchronous context of the module,
 * so that no connection's events see the `AsyncLocalStorage` of another one, whose call has started
 * the timer.
 */
import { AsyncResource } from 'node:async_hooks';

const context = new AsyncResource('WEBSOCKET_ENGINE');

/** Tests of applications may replace the global one for a while; output must not wait for that. */
const { setImmediate } = globalThis;

export function inEngineContext<Result>(start: () => Result): Result {
  return context.runInAsyncScope(start);
}

/** Calls back after this turn of the event loop. */
export function afterTurn(callback: () => void): NodeJS.Immediate {
  return inEngineContext(() => setImmediate(callback));
}
