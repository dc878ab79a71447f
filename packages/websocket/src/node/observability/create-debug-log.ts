/** Creates the debug log of a server; an entry of its own, so that other servers do not load it. */
import { checkInteger } from '../options/value-checks.ts';
import type { DebugEntry } from './debug-log-entries.ts';
import { DebugRecorder } from './debug-recorder.ts';

export interface DebugLogOptions {
  /**
   * Bytes of each payload in the log. Range 0 to 1,024. Default 0: message contents do not belong
   * in logs.
   */
  readonly payloadBytes?: number;
}

/** For the server option `debugLog`. */
export interface DebugLog {
  /** Called by the server, once; `handleError` gets what the log throws. */
  start(handleError: (error: unknown) => void): DebugRecorder;
}

const PAYLOAD_BYTES_MAX = 1_024;

/**
 * Creates a debug log, which passes each handshake and each frame to `write`. If `write` throws, the
 * server emits `error`; nothing else changes.
 *
 * @throws {WebSocketError} `INVALID_ARGUMENT` for a value that is out of its range.
 */
export function createDebugLog(
  write: (entry: DebugEntry) => void,
  { payloadBytes = 0 }: DebugLogOptions = {},
): DebugLog {
  checkInteger('payloadBytes', payloadBytes, [0, PAYLOAD_BYTES_MAX]);
  return { start: (handleError) => new DebugRecorder({ write, payloadBytes, handleError }) };
}
