/** What the application is told of each connection and frame, besides the events. */
import type { DebugLog } from '../observability/debug-log.ts';
import type { TraceHooks } from '../observability/tracer.ts';
import type { Bounds } from './bounds.ts';

export interface ObservabilityOptions<M> {
  /** Spans for connections and messages. Default `undefined`: none, at no cost. */
  readonly trace: TraceHooks<M> | undefined;

  /**
   * Is given each handshake and each frame, in both directions; sizes and kinds,
   * no contents. For looking into a fault: it costs more than the frames do.
   * Default `undefined`.
   */
  readonly debugLog: DebugLog | undefined;

  /**
   * How much of each payload `debugLog` is shown, in bytes. Range 0 to 1,024.
   * Default 0: what people write does not belong into logs.
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
} as const satisfies Partial<Record<keyof ObservabilityOptions<unknown>, Bounds>>;
