/** Reports about each connection and frame, in addition to the events. */
import type { DebugLog } from '../observability/debug-log-entries.ts';
import type { TraceHooks } from '../observability/trace-hooks.ts';
import type { IntegerRange } from './value-checks.ts';

export interface ObservabilityOptions<M> {
  /**
   * Hooks that create spans for connections and messages. Default `undefined`: no tracing, at no
   * cost.
   */
  readonly trace: TraceHooks<M> | undefined;

  /**
   * Function that receives an entry for each handshake and each frame, in both directions: sizes
   * and kinds, no contents. Meant for debugging: it costs more than the frames themselves. Default
   * `undefined`.
   */
  readonly debugLog: DebugLog | undefined;

  /**
   * Bytes of each payload that `debugLog` receives. Range 0 to 1,024. Default 0: message contents
   * do not belong in logs.
   */
  readonly debugPayloadBytes: number;
}

export const OBSERVABILITY_DEFAULTS: ObservabilityOptions<unknown> = Object.freeze({
  trace: undefined,
  debugLog: undefined,
  debugPayloadBytes: 0,
});

export const OBSERVABILITY_BOUNDS = {
  debugPayloadBytes: [0, 1_024],
} as const satisfies Partial<Record<keyof ObservabilityOptions<unknown>, IntegerRange>>;
