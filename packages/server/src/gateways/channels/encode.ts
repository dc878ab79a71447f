/** Encodes records and events of the domain as frames of `/ws/chat`. */
import type { ChannelMessage, RoomId, UserId } from '@parley/protocol';
import type { ChatEvent } from '../../model/client-event.ts';
import type { Message } from '../../model/message.ts';
import type { RoomEvent } from '../../model/room-event.ts';
import type { FlatFrame } from '../common/flat-codec.ts';
import { toTimestamp } from '../common/payloads.ts';
import { isLogShown, isShown } from '../common/shown-events.ts';

/** Returns undefined if this dialect has no frame for the event. */
export function toFrame(event: ChatEvent): FlatFrame | undefined {
  if (!isShown(event, 'channels')) return undefined;
  switch (event.kind) {
    case 'logged':
      return toLogged(event.event);
    case 'room-left': {
      if (!event.wasOpen) return undefined;
      const message = 'Your access to this channel has ended';
      return { type: 'error', code: 'FORBIDDEN', message, channelId: event.roomId };
    }
    case 'user-joined':
      return toPresence(event, 'online');
    case 'user-left':
      return toPresence(event, 'offline');
    case 'typing': {
      const { roomId: channelId, userId, username, isTyping } = event;
      return { type: 'user_typing', channelId, userId, username, isTyping };
    }
    case 'read-position': {
      const { roomId, messageId, userId, hasMoved } = event;
      return messageId === undefined || !hasMoved ? undefined : toRead(roomId, messageId, userId);
    }
    case 'presence': {
      const { roomId, member } = event;
      // Joins and leaves say who is there.
      return roomId === undefined || member.status === 'offline'
        ? undefined
        : toPresence({ ...member, roomId }, member.status);
    }
    default:
      return event satisfies never;
  }
}

/** Encodes a log event for all receivers but its author. */
export function toLogged(event: RoomEvent, readBy: readonly UserId[] = []): FlatFrame | undefined {
  if (!isLogShown(event, 'channels')) return undefined;
  const { roomId: channelId, sequence } = event;
  switch (event.kind) {
    case 'message':
      return { type: 'new_message', message: toMessage(event.message, readBy) };
    case 'edit': {
      const { messageId, content, editedAtMs } = event;
      const editedAt = toTimestamp(editedAtMs);
      return { type: 'message_edited', channelId, messageId, content, editedAt, sequence };
    }
    case 'deletion':
      return { type: 'message_deleted', channelId, messageId: event.messageId, sequence };
    case 'access-lost':
      return toPresence(event, 'offline');
    default:
      return event satisfies never;
  }
}

/** Encodes a message; its author counts as having read it. */
export function toMessage(message: Message, readBy: readonly UserId[] = []): ChannelMessage {
  const { id, roomId: channelId, userId: senderId, sender: senderName, content } = message;
  const { createdAtMs, sequence, editedAtMs, isDeleted, reply, attachments, clientMessageId } =
    message;
  return {
    id,
    channelId,
    senderId,
    senderName,
    content,
    createdAt: toTimestamp(createdAtMs),
    sequence,
    readBy: readBy.length === 0 ? [senderId] : readBy,
    ...(clientMessageId === undefined ? {} : { clientMessageId }),
    ...(reply === undefined ? {} : { replyTo: reply.parentId }),
    ...(attachments.length === 0 ? {} : { attachments }),
    ...(editedAtMs === undefined ? {} : { editedAt: toTimestamp(editedAtMs) }),
    ...(isDeleted ? { deleted: true } : {}),
  };
}

export function toPresence(
  person: { readonly roomId: RoomId; readonly userId: UserId; readonly username: string },
  status: string,
): FlatFrame {
  const { roomId: channelId, userId, username } = person;
  return { type: 'user_presence', channelId, userId, username, status };
}

export function toRead(channelId: RoomId, messageId: string, userId: UserId): FlatFrame {
  return { type: 'message_read', channelId, messageId, userId };
}
