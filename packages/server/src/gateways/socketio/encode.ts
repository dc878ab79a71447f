/** Encodes records and events of the domain as Socket.IO events. */
import type { RoomId } from '@parley/protocol';
import type { ChatEvent, Member } from '../../model/client-event.ts';
import type { Message } from '../../model/message.ts';
import type { RoomEvent } from '../../model/room-event.ts';
import { toMemberPayload, toTimestamp } from '../common/payloads.ts';
import { isLogShown, isShown } from '../common/shown-events.ts';
import type { LogOffset, OffsetPosition } from './offset-log.ts';
import { sanitise, sanitiseContent } from './sanitize-html.ts';

export interface ServerEvent {
  readonly name: string;
  readonly payload: object;
  /** Position in the log of a room, if the event has one. */
  readonly place?: OffsetPosition;
  /** Whether the event opens or closes a room on the socket; a client cannot resume from before the last event of an opening. */
  readonly turn?: Turn;
}

type Turn =
  | { readonly kind: 'opening' }
  | { readonly kind: 'opened'; readonly place: LogOffset }
  | { readonly kind: 'closed'; readonly roomId: RoomId };

/** Returns undefined if this dialect has no event for it. */
export function toServerEvent(event: ChatEvent): ServerEvent | undefined {
  if (!isShown(event, 'socketio')) return undefined;
  switch (event.kind) {
    case 'logged':
      return toLogged(event.event);
    case 'room-left': {
      const { roomId, wasOpen } = event;
      if (!wasOpen) return undefined;
      const message = 'Your access to this room has ended';
      return {
        name: 'error',
        payload: { code: 'FORBIDDEN', message, field: 'roomId', roomId },
        turn: { kind: 'closed', roomId },
      };
    }
    case 'members':
      return toMembers(event);
    case 'user-joined':
    case 'user-left': {
      const { kind, ...person } = event;
      return {
        name: `room:${kind === 'user-joined' ? 'user_joined' : 'user_left'}`,
        payload: person,
      };
    }
    case 'typing': {
      const { kind: _, isTyping, ...person } = event;
      return { name: isTyping ? 'typing:start' : 'typing:stop', payload: person };
    }
    case 'read-position': {
      const { roomId, userId, messageId, readAtMs, hasMoved } = event;
      if (messageId === undefined || !hasMoved) return undefined;
      return { name: 'message:read', payload: toRead({ roomId, userId, messageId, readAtMs }) };
    }
    case 'presence': {
      const { userId, status, lastSeen } = toMemberPayload(event.member);
      return { name: 'presence:update', payload: { userId, status, lastSeen } };
    }
    default:
      return event satisfies never;
  }
}

/** Reactions and pins are not sent, so gaps in `sequence` do not mean a loss. */
export function toLogged(event: RoomEvent): ServerEvent | undefined {
  if (!isLogShown(event, 'socketio')) return undefined;
  const { roomId, sequence } = event;
  const place = { roomId, sequence };
  switch (event.kind) {
    case 'message':
      return toNew(event.message);
    case 'edit': {
      const { messageId, content, editedAtMs } = event;
      const editedAt = toTimestamp(editedAtMs);
      const payload = { roomId, messageId, content: sanitise(content), editedAt, sequence };
      return { name: 'message:edited', payload, place };
    }
    case 'deletion': {
      const { messageId } = event;
      return { name: 'message:deleted', payload: { roomId, messageId, sequence }, place };
    }
    case 'access-lost': {
      const { userId, username } = event;
      return { name: 'room:user_left', payload: { roomId, userId, username }, place };
    }
    default:
      return event satisfies never;
  }
}

/** Encodes the current state of a message, at its position. */
export function toNew(message: Message): ServerEvent {
  const { roomId, sequence } = message;
  return { name: 'message:new', payload: toMessage(message), place: { roomId, sequence } };
}

export function toMessage(message: Message): object {
  const { id, roomId, userId, sender: username, createdAtMs, sequence, clientMessageId } = message;
  const { editedAtMs, isDeleted } = message;
  return {
    id,
    roomId,
    userId,
    username,
    content: sanitiseContent(message),
    createdAt: toTimestamp(createdAtMs),
    sequence,
    ...(clientMessageId === undefined ? {} : { clientMessageId }),
    ...(editedAtMs === undefined ? {} : { editedAt: toTimestamp(editedAtMs) }),
    ...(isDeleted ? { deleted: true } : {}),
  };
}

/** Returns newest first; expects oldest first. */
export function toHistory(
  roomId: RoomId,
  { messages, hasMore }: { readonly messages: readonly Message[]; readonly hasMore: boolean },
) {
  return { roomId, messages: messages.map(toMessage).reverse(), hasMore };
}

export function toMembers(about: {
  readonly roomId: RoomId;
  readonly members: readonly Member[];
  readonly memberCount: number;
}): ServerEvent {
  const { roomId, members, memberCount } = about;
  const payload = { roomId, members: members.map(toMemberPayload), memberCount };
  return { name: 'room:members', payload };
}

export function toRead(read: {
  readonly roomId: RoomId;
  readonly userId: string;
  readonly messageId: string;
  readonly readAtMs: number;
}) {
  const { roomId, userId, messageId, readAtMs } = read;
  return { roomId, userId, messageId, readAt: toTimestamp(readAtMs) };
}
