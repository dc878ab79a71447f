/** From the domain's records to the native dialect's payloads. */
import type {
  ChatMessagePayload,
  MemberPayload,
  OwnRoomEntry,
  RoomListEntry,
  RoomSnapshot,
  ServerFrames,
  ServerFrameType,
} from '@parley/protocol';
import type { RoomSummary } from '../../domain/list-rooms.ts';
import type { OpenedRoom } from '../../domain/open-room.ts';
import type { ChatEvent, Member } from '../../ports/chat-event.ts';
import type { Message } from '../../ports/model.ts';

/** A frame as text, ready to be sent. */
export function encodeFrame<T extends ServerFrameType>(
  type: T,
  payload: ServerFrames[T],
  about: { readonly nowMs: number; readonly replyTo?: string | undefined },
): string {
  const { nowMs, replyTo } = about;
  const timestamp = toTimestamp(nowMs);
  return JSON.stringify(
    replyTo === undefined ? { type, payload, timestamp } : { type, payload, timestamp, replyTo },
  );
}

export function encodeEvent(event: ChatEvent, nowMs: number): string {
  switch (event.kind) {
    case 'logged':
      return encodeFrame('chat_message', toMessagePayload(event.event.message), { nowMs });
    case 'user-joined':
    case 'user-left': {
      const { kind, ...person } = event;
      return encodeFrame(kind === 'user-joined' ? 'user_joined' : 'user_left', person, { nowMs });
    }
    case 'typing': {
      const { kind: _, ...typing } = event;
      return encodeFrame('user_typing', typing, { nowMs });
    }
    case 'read-position': {
      const { kind: _, ...position } = event;
      return encodeFrame('read_position', position, { nowMs });
    }
    case 'presence':
      return encodeFrame('presence_update', toMemberPayload(event.member), { nowMs });
    default:
      return event satisfies never;
  }
}

export function toMessagePayload(message: Message): ChatMessagePayload {
  const { id, roomId, sender, userId, content, createdAtMs, sequence, clientMessageId } = message;
  const payload = {
    id,
    roomId,
    sender,
    userId,
    content,
    timestamp: toTimestamp(createdAtMs),
    sequence,
  };
  return clientMessageId === undefined ? payload : { ...payload, clientMessageId };
}

export function toMemberPayload({ userId, username, status, lastSeenAtMs }: Member): MemberPayload {
  const lastSeen = lastSeenAtMs === undefined ? null : toTimestamp(lastSeenAtMs);
  return { userId, username, status, isOnline: status !== 'offline', lastSeen };
}

export function toRoomEntry(summary: RoomSummary): RoomListEntry {
  const { room, head, memberCount, unreadCount } = summary;
  return {
    id: room.id,
    name: room.name,
    kind: room.kind,
    memberCount,
    unreadCount,
    mentionCount: 0, // Nothing records mentions yet, so nobody has any.
    lastActivity: toTimestamp(head.lastActivityAtMs),
  };
}

export function toOwnRoomEntry(summary: RoomSummary): OwnRoomEntry {
  const { sequence: headSequence, epoch } = summary.head;
  return { ...toRoomEntry(summary), headSequence, epoch };
}

export function toSnapshot({ room, state, members, memberCount }: OpenedRoom): RoomSnapshot {
  return {
    roomId: room.id,
    memberCount,
    members: members.map(toMemberPayload),
    history: state.history.map(toMessagePayload),
    events: [],
    headSequence: state.head.sequence,
    epoch: state.head.epoch,
    truncated: state.truncated,
  };
}

export function toTimestamp(timeMs: number): string {
  return new Date(timeMs).toISOString();
}
