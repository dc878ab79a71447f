/**
 * Decodes the text of one frame, once, at the edge.
 *
 * Unknown types are not an error: a newer server may send them. The payload of a known
 * type is trusted, and not checked again.
 */
import type { ClientFrame, ServerFrame, ServerFrames, ServerFrameType } from '@parley/protocol';
import type { Codec } from './connection.ts';
import { isRecord, parseJson } from './json.ts';

export interface NativeFrames {
  readonly sent: ClientFrame;
  readonly received: ServerFrame;
  readonly greeting: ServerFrames['connection_established'];
}

const KNOWN_TYPES: ReadonlySet<string> = new Set<ServerFrameType>([
  'connection_established',
  'message_ack',
  'chat_message',
  'message_edited',
  'message_deleted',
  'message_pinned',
  'message_unpinned',
  'reaction_added',
  'reaction_removed',
  'room_joined',
  'room_left',
  'user_joined',
  'user_left',
  'room_list',
  'member_list',
  'member_count',
  'history',
  'resumed',
  'user_typing',
  'message_progress',
  'read_position',
  'presence_update',
  'resync_required',
  'history_pruned',
  'room_activity',
  'session_expired',
  'server_draining',
  'heartbeat',
  'pong',
  'error',
]);

/** The frame, or `undefined` for text to ignore. */
function decodeServerFrame(text: string): ServerFrame | undefined {
  const value = parseJson(text);
  if (!isRecord(value) || !isRecord(value['payload'])) return undefined;
  if (typeof value['type'] !== 'string' || !KNOWN_TYPES.has(value['type'])) return undefined;
  // Type and payload were checked above; the server guarantees that they match.
  return value as unknown as ServerFrame;
}

/** Codec of `/ws` for the connection. */
export const NATIVE_CODEC: Codec<NativeFrames> = Object.freeze({
  decode: decodeServerFrame,
  greetingOf: (frame: ServerFrame) =>
    frame.type === 'connection_established' ? frame.payload : undefined,
  isFarewell: ({ type }: ServerFrame) => type === 'session_expired',
  probe: (sequence: number): ClientFrame => ({ type: 'heartbeat', payload: { sequence } }),
});
