/**
 * Decodes the text of one frame, once, at the edge.
 *
 * Unknown types are not an error: a newer server may send them. The payload of a known
 * type is trusted, and not checked again.
 */
import type { ClientFrame, ServerFrame, ServerFrames } from '@parley/protocol';
import type { Codec } from './connection.ts';
import { isRecord, parseJson } from './json.ts';

export interface NativeFrames {
  readonly sent: ClientFrame;
  readonly received: ServerFrame;
  readonly greeting: ServerFrames['connection_established'];
}

/** The frame, or `undefined` for text to ignore. */
function decodeServerFrame(text: string): ServerFrame | undefined {
  const value = parseJson(text);
  if (!isRecord(value) || !isRecord(value['payload'])) return undefined;
  if (typeof value['type'] !== 'string') return undefined;
  // The server guarantees that type and payload match; the router ignores unknown types.
  return value as unknown as ServerFrame;
}

/** Codec of `/ws` for the connection. */
export const NATIVE_CODEC: Codec<NativeFrames> = Object.freeze({
  // Servers without versions select the second.
  protocols: ['parley.v1', 'parley'],
  decode: decodeServerFrame,
  greetingOf: (frame: ServerFrame) =>
    frame.type === 'connection_established' ? frame.payload : undefined,
  farewellOf: (frame: ServerFrame) =>
    frame.type === 'session_expired' ? frame.payload : undefined,
  reconnectDelayOf: (frame: ServerFrame) =>
    frame.type === 'server_draining' ? frame.payload.retryAfterMs : undefined,
  probe: (sequence: number): ClientFrame => ({ type: 'heartbeat', payload: { sequence } }),
});
