/**
 * Decodes the text of one frame, once, at the edge, and turns what both dialects share
 * into events. The payload of a known type is trusted.
 */
import {
  ChatError,
  type FlatErrorBody,
  type FlatFrameOf,
  isErrorCode,
  type MessageId,
  type RoomId,
  type UserId,
} from '@parley/protocol';
import { detailsOf } from '../connection/http.ts';
import { isRecord, parseJson } from '../connection/json.ts';
import type { Change, FlatEvent } from './flat-dialect.ts';

/** Changes of existing messages. */
interface ChangeFrames {
  readonly message_edited: {
    readonly messageId: MessageId;
    readonly content: string;
    readonly editedAt: string;
    readonly sequence: number;
  };
  readonly message_deleted: { readonly messageId: MessageId; readonly sequence: number };
  readonly message_read: {
    readonly messageId: MessageId;
    readonly userId: UserId;
    readonly readAt?: string;
  };
}

/** Undefined for text that is not a frame. */
export function decodeFlatFrame(text: string): { readonly type: string } | undefined {
  const value = parseJson(text);
  return isRecord(value) && typeof value['type'] === 'string'
    ? (value as { readonly type: string })
    : undefined;
}

/** @param roomId The room of the frame, whose field name differs between the dialects. */
export function changeEvent(roomId: RoomId, frame: FlatFrameOf<ChangeFrames>): FlatEvent<never> {
  return { kind: 'change', roomId, change: changeOf(frame) };
}

/** @param roomId The room that the error names, if any. */
export function failureEvent(roomId: RoomId | undefined, frame: FlatErrorBody): FlatEvent<never> {
  const { code, originalType: type, clientMessageId } = frame;
  const known = isErrorCode(code) ? code : 'INTERNAL_ERROR';
  const error = new ChatError(known, detailsOf({ ...frame }));
  // It answers no request: the user is no longer in the room.
  if (type === undefined && roomId !== undefined) return { kind: 'closed', roomId, error };
  return { kind: 'refused', error, subject: { type, roomId, clientMessageId } };
}

function changeOf(frame: FlatFrameOf<ChangeFrames>): Change {
  const { messageId } = frame;
  switch (frame.type) {
    case 'message_edited': {
      const { content, editedAt, sequence } = frame;
      return { kind: 'edited', messageId, content, editedAt, sequence };
    }
    case 'message_deleted':
      return { kind: 'deleted', messageId, sequence: frame.sequence };
    case 'message_read': {
      const { userId, readAt } = frame;
      return { kind: 'read', messageId, userId, ...(readAt === undefined ? {} : { readAt }) };
    }
    default:
      return frame satisfies never;
  }
}
