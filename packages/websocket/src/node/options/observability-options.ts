/** Reports about each connection and frame, in addition to the events. */
import type { DebugLog } from '../observability/create-debug-log.ts';
import type { TraceHooks } from '../observability/trace-hooks.ts';

export interface ObservabilityOptions<M> {
  /**
   * Hooks that create spans for connections and messages. Default `undefined`: no tracing, at no
   * cost.
   */
  readonly trace: TraceHooks<M> | undefined;

  /**
   * Receives an entry for each handshake and each frame, in both directions: sizes and kinds, no
   * contents. Create it with `createDebugLog` of `@parley/websocket/debug`. Meant for debugging: it
   * costs more than the frames themselves. Default `undefined`.
   */
  readonly debugLog: DebugLog | undefined;
}

export const OBSERVABILITY_DEFAULTS: ObservabilityOptions<unknown> = Object.freeze({
  trace: undefined,
  debugLog: undefined,
});
