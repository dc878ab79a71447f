/**
 * Decodes the text of one frame, once, at the edge, and turns what both dialects share
 * into events. The payload of a known type is trusted.
 */
import { ChatError, type FlatErrorBody, isErrorCode, type RoomId } from '@parley/protocol';
import { detailsOf } from '../connection/http.ts';
import { isRecord, parseJson } from '../connection/json.ts';
import type { ReadReceipt } from '../messages/readers.ts';
import type { Change, FlatEvent } from './flat-dialect.ts';

/** Undefined for text that is not a frame. */
export function decodeFlatFrame(text: string): { readonly type: string } | undefined {
  const value = parseJson(text);
  return isRecord(value) && typeof value['type'] === 'string'
    ? (value as { readonly type: string })
    : undefined;
}

/** @param roomId The room of the frame, whose field name differs between the dialects. */
export function changeEvent(
  roomId: RoomId,
  { type, ...fields }: { readonly type: 'message_edited' | 'message_deleted' },
): FlatEvent {
  // Apart from the room, the fields are those of the native dialect.
  const change = { type, payload: { ...fields, roomId } } as unknown as Change;
  return { kind: 'change', roomId, change };
}

/** @param roomId As for `changeEvent`. */
export function readEvent(roomId: RoomId, { messageId, userId, readAt }: ReadReceipt): FlatEvent {
  const time = readAt === undefined ? {} : { readAt };
  return { kind: 'change', roomId, change: { messageId, userId, ...time } };
}

/** @param roomId The room that the error names, if any. */
export function failureEvent(roomId: RoomId | undefined, frame: FlatErrorBody): FlatEvent {
  const { code, originalType: type, clientMessageId } = frame;
  const known = isErrorCode(code) ? code : 'INTERNAL_ERROR';
  const error = new ChatError(known, detailsOf({ ...frame }));
  // It answers no request: the user is no longer in the room.
  if (type === undefined && roomId !== undefined) return { kind: 'closed', roomId, error };
  return { kind: 'refused', error, subject: { type, roomId, clientMessageId } };
}
