/** Reports about each connection and frame, in addition to the events. */
import type { DebugLog } from '../observability/debug-recorder.ts';
import type { TraceHooks } from '../observability/trace-hooks.ts';
import { optional, rejectOption } from './option-table.ts';

export interface ObservabilityOptions<M> {
  /** Hooks that create spans for connections and messages. Default `undefined`: no tracing. */
  readonly trace: TraceHooks<M> | undefined;

  /**
   * Receives an entry for each handshake and each frame, in both directions: sizes and kinds, no
   * contents. Create it with `createDebugLog` of `@parley/websocket/debug`. Meant for debugging: it
   * costs more than the frames themselves. Default `undefined`.
   */
  readonly debugLog: DebugLog | undefined;
}

export const OBSERVABILITY_OPTIONS = Object.freeze({
  trace: { initial: undefined, check: checkTrace },
  debugLog: optional<DebugLog>(
    'a result of createDebugLog of @parley/websocket/debug',
    (value) => typeof (value as DebugLog | null)?.start === 'function',
  ),
});

const TRACE_HOOKS = ['connection', 'message', 'sent'] as const satisfies (keyof TraceHooks)[];

function checkTrace(name: string, trace: unknown): void {
  if (typeof trace !== 'object' || trace === null) rejectOption(name, trace, 'an object');
  for (const [key, hook] of Object.entries(trace)) {
    const isHook = TRACE_HOOKS.some((each) => each === key) && typeof hook === 'function';
    if (!isHook) rejectOption(`${name}.${key}`, hook, `functions named ${TRACE_HOOKS.join(', ')}`);
  }
}
