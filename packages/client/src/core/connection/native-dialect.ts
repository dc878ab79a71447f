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

/** Complete: the compiler requires every type of the protocol. */
const KNOWN_TYPES: Readonly<Record<ServerFrameType, true>> = Object.freeze({
  connection_established: true,
  message_ack: true,
  chat_message: true,
  message_edited: true,
  message_deleted: true,
  message_pinned: true,
  message_unpinned: true,
  reaction_added: true,
  reaction_removed: true,
  room_joined: true,
  room_left: true,
  user_joined: true,
  user_left: true,
  group_created: true,
  room_list: true,
  member_list: true,
  member_count: true,
  history: true,
  thread: true,
  resumed: true,
  user_typing: true,
  message_progress: true,
  read_position: true,
  presence_update: true,
  resync_required: true,
  history_pruned: true,
  room_activity: true,
  session_expired: true,
  server_draining: true,
  heartbeat: true,
  pong: true,
  error: true,
});

/** The frame, or `undefined` for text to ignore. */
function decodeServerFrame(text: string): ServerFrame | undefined {
  const value = parseJson(text);
  if (!isRecord(value) || !isRecord(value['payload'])) return undefined;
  if (typeof value['type'] !== 'string' || !Object.hasOwn(KNOWN_TYPES, value['type']))
    return undefined;
  // Type and payload were checked above; the server guarantees that they match.
  return value as unknown as ServerFrame;
}

/** Codec of `/ws` for the connection. */
export const NATIVE_CODEC: Codec<NativeFrames> = Object.freeze({
  decode: decodeServerFrame,
  greetingOf: (frame: ServerFrame) =>
    frame.type === 'connection_established' ? frame.payload : undefined,
  isFarewell: ({ type }: ServerFrame) => type === 'session_expired',
  reconnectDelayOf: (frame: ServerFrame) =>
    frame.type === 'server_draining' ? frame.payload.retryAfterMs : undefined,
  probe: (sequence: number): ClientFrame => ({ type: 'heartbeat', payload: { sequence } }),
});
