/** Encodes records and events of the domain as frames of `/messagepal`. */
import type { DirectMessage, RoomId, UserId } from '@parley/protocol';
import type { ChatEvent } from '../../model/client-event.ts';
import { recipientOf } from '../../model/direct-room-identity.ts';
import type { Message } from '../../model/message.ts';
import type { Room } from '../../model/room.ts';
import type { RoomEvent } from '../../model/room-event.ts';
import { contentWithFiles } from '../common/content-with-files.ts';
import type { FlatFrame } from '../common/flat-codec.ts';
import { toTimestamp } from '../common/payloads.ts';
import { isLogShown, isShown } from '../common/shown-events.ts';

/** Returns undefined if this dialect has no frame for the event. */
export function toFrame(event: ChatEvent): FlatFrame | undefined {
  if (!isShown(event, 'direct')) return undefined;
  switch (event.kind) {
    case 'logged':
      return toLogged(event.event, event.room);
    case 'room-left': {
      if (!event.wasOpen) return undefined;
      const message = 'Your access to this conversation has ended';
      return { type: 'error', code: 'FORBIDDEN', message, conversationId: event.roomId };
    }
    case 'typing': {
      const { roomId: conversationId, userId, isTyping } = event;
      return { type: 'user_typing', userId, conversationId, isTyping };
    }
    case 'read-position':
      return event.hasMoved ? toRead(event, event.messageId) : undefined;
    case 'presence': {
      const { userId, status } = event.member;
      return { type: 'user_presence', userId, status };
    }
    default:
      return event satisfies never;
  }
}

/** Encodes a log event for both users. */
export function toLogged(event: RoomEvent, room: Room): FlatFrame | undefined {
  if (!isLogShown(event, 'direct')) return undefined;
  const { roomId: conversationId, sequence } = event;
  switch (event.kind) {
    case 'message':
      return { type: 'message_received', message: toMessage(event.message, room) };
    case 'edit': {
      const { messageId, content, editedAtMs } = event;
      const editedAt = toTimestamp(editedAtMs);
      return { type: 'message_edited', conversationId, messageId, content, editedAt, sequence };
    }
    case 'deletion':
      return { type: 'message_deleted', conversationId, messageId: event.messageId, sequence };
    default:
      return event satisfies never;
  }
}

/** @param readAtMs Time at which the recipient read the message. */
export function toMessage(message: Message, room: Room, readAtMs?: number): EncodedDirectMessage {
  return describe(message, recipientOf(room, message.userId), readAtMs);
}

/** Encodes a message whose sender has just named the recipient. */
export function toOwnMessage(message: Message, recipientId: UserId): EncodedDirectMessage {
  return describe(message, recipientId, undefined);
}

/** The recipient of a message may have been deleted. */
type EncodedDirectMessage = Omit<DirectMessage, 'recipientId'> & Partial<DirectMessage>;

function describe(
  message: Message,
  recipientId: UserId | undefined,
  readAtMs: number | undefined,
): EncodedDirectMessage {
  const { id, roomId: conversationId, userId: senderId, sender: senderName } = message;
  const { createdAtMs, sequence, editedAtMs, isDeleted, clientMessageId } = message;
  return {
    id,
    conversationId,
    senderId,
    senderName,
    ...(recipientId === undefined ? {} : { recipientId }),
    content: contentWithFiles(message),
    createdAt: toTimestamp(createdAtMs),
    sequence,
    ...(clientMessageId === undefined ? {} : { clientMessageId }),
    ...(readAtMs === undefined ? {} : { readAt: toTimestamp(readAtMs) }),
    ...(editedAtMs === undefined ? {} : { editedAt: toTimestamp(editedAtMs) }),
    ...(isDeleted ? { deleted: true } : {}),
  };
}

export function toRead(
  read: { readonly roomId: RoomId; readonly userId: UserId; readonly readAtMs: number },
  messageId: string | undefined,
): FlatFrame | undefined {
  if (messageId === undefined) return undefined;
  const { roomId: conversationId, userId, readAtMs } = read;
  const readAt = toTimestamp(readAtMs);
  return { type: 'message_read', messageId, conversationId, userId, readAt };
}
