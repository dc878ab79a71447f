/**
 * Turns the text of one frame into a frame of the protocol, once, at the edge.
 *
 * Types that this client does not know are no error: a newer server may send
 * them (CA-150). What a known type carries is the server's promise, and not
 * checked again.
 */
import type { ServerFrame, ServerFrameType } from '@parley/protocol';

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
  'read_position',
  'presence_update',
  'resync_required',
  'room_activity',
  'session_expired',
  'heartbeat',
  'pong',
  'error',
]);

/** The frame, or `undefined` for what is to be ignored. */
export function decodeServerFrame(text: string): ServerFrame | undefined {
  const value = parse(text);
  if (!isRecord(value) || !isRecord(value['payload'])) return undefined;
  if (typeof value['type'] !== 'string' || !KNOWN_TYPES.has(value['type'])) return undefined;
  // Type and payload were just seen; that they match is what the server promises.
  return value as unknown as ServerFrame;
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    // Not JSON is no frame; the heartbeat notices a server that sends nothing else.
    return undefined;
  }
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null;
}
