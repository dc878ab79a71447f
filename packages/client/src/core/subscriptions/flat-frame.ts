/**
 * Turns the text of one flat frame into a frame, once, at the edge, and what both
 * dialects say in the same words into events. What a known type carries is the
 * server's promise.
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

/** Said of messages that are there already. */
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

/** Undefined for what is no frame at all. */
export function decodeFlatFrame(text: string): { readonly type: string } | undefined {
  const value = parseJson(text);
  return isRecord(value) && typeof value['type'] === 'string'
    ? (value as { readonly type: string })
    : undefined;
}

/** @param roomId The frame's room, which each dialect calls by another name. */
export function changeEvent(roomId: RoomId, frame: FlatFrameOf<ChangeFrames>): FlatEvent<never> {
  return { kind: 'change', roomId, change: changeOf(frame) };
}

/** @param roomId The room that the error names, if it names one. */
export function failureEvent(roomId: RoomId | undefined, frame: FlatErrorBody): FlatEvent<never> {
  const { code, originalType: type, clientMessageId } = frame;
  const known = isErrorCode(code) ? code : 'INTERNAL_ERROR';
  const error = new ChatError(known, detailsOf({ ...frame }));
  // It answers nothing: one has no part in the room any more.
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
