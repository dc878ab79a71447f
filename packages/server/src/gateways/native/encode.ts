/** Encodes records and events of the domain as frames of the native dialect. */
import assert from 'node:assert/strict';
import type {
  ChatMessagePayload,
  LoggedEvent,
  MembershipPayload,
  MessageChangePayload,
  MessageVersionPayload,
  OwnRoomEntry,
  RoomSnapshot,
  SelfPayload,
  ServerFrames,
  ServerFrameType,
  UserId,
} from '@parley/protocol';
import type { RoomSummary } from '../../domain/rooms/room-lists.ts';
import type { OpenedRoom } from '../../domain/rooms/snapshot-subscriber.ts';
import type { ChatEvent } from '../../model/client-event.ts';
import type { MembershipChange } from '../../model/membership-change.ts';
import type { Message } from '../../model/message.ts';
import type { MessageVersion } from '../../model/message-version.ts';
import type { RoomEvent } from '../../model/room-event.ts';
import { fileUrlOf } from '../../model/stored-file.ts';
import type { OwnThreadState, ThreadId } from '../../model/thread.ts';
import { shownName, type User } from '../../model/user.ts';
import {
  toCustomEmoji,
  toLogStart,
  toMemberPayload,
  toMuteFields,
  toNoticePayload,
  toRoomEntry,
  toTimestamp,
} from '../common/payloads.ts';
import { toMessagePreviews } from './encode-link-previews.ts';
import { toPicture } from './encode-room-settings.ts';
import { toScheduledChange } from './encode-scheduled.ts';

/** Encodes a frame as JSON text. */
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

/** Undefined for an event that is not shown. */
export function encodeEvent(event: ChatEvent, nowMs: number): string | undefined {
  switch (event.kind) {
    case 'logged': {
      const logged = toLogged(event.event);
      return logged && encodeFrame(logged.type, logged.payload, { nowMs });
    }
    case 'room-left': {
      const { kind: _, wasOpen: __, ...left } = event;
      return encodeFrame('room_left', left, { nowMs });
    }
    case 'resync-required': {
      const { kind: _, ...resync } = event;
      return encodeFrame('resync_required', resync, { nowMs });
    }
    case 'history-pruned': {
      const { kind: _, ...pruned } = event;
      return encodeFrame('history_pruned', pruned, { nowMs });
    }
    case 'room-activity': {
      const { kind: _, ...activity } = event;
      return encodeFrame('room_activity', activity, { nowMs });
    }
    case 'member-count': {
      const { kind: _, ...count } = event;
      return encodeFrame('member_count', count, { nowMs });
    }
    case 'member-total': {
      const { kind: _, ...total } = event;
      return encodeFrame('member_total', total, { nowMs });
    }
    case 'members': {
      const { roomId, members, memberCount } = event;
      const list = { roomId, members: members.map(toMemberPayload), memberCount };
      return encodeFrame('member_list', list, { nowMs });
    }
    case 'user-joined':
    case 'user-left': {
      const { kind, ...person } = event;
      return encodeFrame(kind === 'user-joined' ? 'user_joined' : 'user_left', person, { nowMs });
    }
    case 'typing': {
      const { kind: _, ...typing } = event;
      return encodeFrame('user_typing', typing, { nowMs });
    }
    case 'message-progress': {
      const { kind: _, ...progress } = event;
      return encodeFrame('message_progress', progress, { nowMs });
    }
    case 'link-preview': {
      const { roomId } = event;
      return encodeFrame(
        'link_preview',
        { roomId, ...toMessagePreviews(roomId, event) },
        { nowMs },
      );
    }
    case 'read-position': {
      const { roomId, userId, username, sequence } = event;
      return encodeFrame('read_position', { roomId, userId, username, sequence }, { nowMs });
    }
    case 'notification-level': {
      const { kind: _, ...choice } = event;
      return encodeFrame('notification_level', choice, { nowMs });
    }
    case 'room-changed': {
      const { kind: _, pictureFileId, ...change } = event;
      const payload = { ...change, ...toPicture(pictureFileId) };
      return encodeFrame('room_changed', payload, { nowMs });
    }
    case 'mute':
      return encodeFrame(
        'mute_changed',
        { roomId: event.roomId, ...toMuteFields(event.mute) },
        { nowMs },
      );
    case 'warning': {
      const { id, reason, content, atMs } = event.warning;
      const payload = { id, reason, content, createdAt: toTimestamp(atMs) };
      return encodeFrame('moderation_warning', payload, { nowMs });
    }
    case 'reminder': {
      const { messageId, roomId, remindedAtMs } = event.reminder;
      const payload = { messageId, roomId, remindedAt: toTimestamp(remindedAtMs) };
      return encodeFrame('reminder', payload, { nowMs });
    }
    case 'thread-changed': {
      const { state, ...thread } = event;
      return encodeFrame('thread_changed', toThreadChange({ ...thread, ...state }), { nowMs });
    }
    case 'scheduled':
      return encodeFrame('scheduled_changed', toScheduledChange(event.change), { nowMs });
    case 'user-groups':
      return encodeFrame(
        'user_groups_changed',
        { user: toSelf(event.user, event.handles) },
        { nowMs },
      );
    case 'custom-emoji': {
      const { change } = event;
      const payload = 'added' in change ? { added: toCustomEmoji(change.added) } : change;
      return encodeFrame('custom_emoji_changed', payload, { nowMs });
    }
    case 'workspace-changed': {
      const { id: workspaceId, name, pictureFileId } = event.workspace;
      const pictureUrl = pictureFileId === undefined ? null : fileUrlOf(pictureFileId);
      return encodeFrame('workspace_changed', { workspaceId, name, pictureUrl }, { nowMs });
    }
    case 'reports':
      return encodeFrame('reports_changed', { open: event.open }, { nowMs });
    case 'account-notice':
      return encodeFrame('account_notice', toNoticePayload(event.notice), { nowMs });
    case 'membership-changed': {
      const { change } = event;
      const payload = { roomId: change.roomId, ...toMembershipPayload(change) };
      return encodeFrame('membership_changed', payload, { nowMs });
    }
    case 'presence':
      return encodeFrame('presence_update', toMemberPayload(event.member), { nowMs });
    default:
      return event satisfies never;
  }
}

/** @param groups Handles of the user's groups. */
export function toSelf(user: User, groups: readonly string[]): SelfPayload {
  const { id, username } = user;
  return { id, username, ...shownName(user), ...(groups.length > 0 && { groups }) };
}

type LoggedFrame =
  | LoggedEvent
  | { readonly type: 'chat_message'; readonly payload: ChatMessagePayload };

/** Encodes a log event for all receivers but its author. */
function toLogged(event: RoomEvent): LoggedFrame | undefined {
  const { roomId, sequence, actorId: userId } = event;
  switch (event.kind) {
    case 'message':
      return { type: 'chat_message', payload: toMessagePayload(event.message) };
    case 'access-lost': {
      const { userId: lostId, username, reason, actorId, createdAtMs } = event;
      const timestamp = toTimestamp(createdAtMs);
      const left = { roomId, userId: lostId, username, sequence, reason, actorId, timestamp };
      return { type: 'user_left', payload: left };
    }
    case 'unknown':
      return undefined;
    default:
      return toChange(event, { roomId, messageId: event.messageId, sequence, userId });
  }
}

function toChange(
  event: Exclude<RoomEvent, { readonly kind: 'message' | 'access-lost' | 'unknown' }>,
  about: MessageChangePayload,
): LoggedEvent {
  switch (event.kind) {
    case 'edit': {
      const { content, editedAtMs } = event;
      const editedAt = toTimestamp(editedAtMs);
      return { type: 'message_edited', payload: { ...about, content, editedAt } };
    }
    case 'deletion':
      return { type: 'message_deleted', payload: about };
    case 'pin':
      return { type: 'message_pinned', payload: about };
    case 'unpin':
      return { type: 'message_unpinned', payload: about };
    case 'reaction-added':
    case 'reaction-removed': {
      const { kind, emoji, count, others } = event;
      const type = kind === 'reaction-added' ? 'reaction_added' : 'reaction_removed';
      return { type, payload: { ...about, emoji, count, ...(others && { others }) } };
    }
    default:
      return event satisfies never;
  }
}

export function toMessagePayload(message: Message): ChatMessagePayload {
  const { id, roomId, sender, userId, content, createdAtMs, sequence, clientMessageId } = message;
  const { editedAtMs, isDeleted, isPinned, reactions, attachments, replyCount, reply } = message;
  return {
    id,
    roomId,
    sender,
    userId,
    content,
    timestamp: toTimestamp(createdAtMs),
    sequence,
    ...(clientMessageId === undefined ? {} : { clientMessageId }),
    ...(editedAtMs === undefined ? {} : { editedAt: toTimestamp(editedAtMs) }),
    ...(isDeleted ? { deleted: true } : {}),
    ...(isPinned ? { pinned: true } : {}),
    ...(reactions.length === 0 ? {} : { reactions }),
    ...(attachments.length === 0 ? {} : { attachments }),
    ...(replyCount === 0 ? {} : { replyCount }),
    ...(reply === undefined ? {} : { parentMessageId: reply.parentId, replyNumber: reply.number }),
    ...(reply?.alsoToRoom === true ? { alsoToRoom: true } : {}),
  };
}

export function toOwnRoomEntry(summary: RoomSummary): OwnRoomEntry {
  const { sequence: headSequence, epoch } = summary.head;
  return { ...toRoomEntry(summary), headSequence, epoch };
}

export function toSnapshot(
  { room, state, members, memberCount, memberTotal, changes }: OpenedRoom,
  reader: UserId,
): RoomSnapshot {
  return {
    roomId: room.id,
    memberCount,
    memberTotal,
    members: members.map(toMemberPayload),
    history: toHistory(state.history),
    events: state.events.flatMap((event) => toMissed(event, reader) ?? []),
    ...toMemberships(changes),
    headSequence: state.head.sequence,
    ...toLogStart(state.head),
    epoch: state.head.epoch,
    truncated: state.truncated,
  };
}

/** Absent if there are none. */
export function toMemberships(
  changes: readonly MembershipChange[] | undefined,
): Pick<RoomSnapshot, 'memberships'> {
  if (changes === undefined || changes.length === 0) return {};
  return { memberships: changes.map(toMembershipPayload) };
}

function toMembershipPayload(change: MembershipChange): MembershipPayload {
  const { userId, username, kind, actorId, afterSequence, createdAtMs } = change;
  const timestamp = toTimestamp(createdAtMs);
  return { userId, username, change: kind, actorId, afterSequence, timestamp };
}

export function toVersionPayload({ content, writtenAtMs }: MessageVersion): MessageVersionPayload {
  return { content, editedAt: toTimestamp(writtenAtMs) };
}

const histories = new WeakMap<readonly Message[], ChatMessagePayload[]>();

/** Caches encoded messages: the same page is often sent to many clients, for example after a restart. */
function toHistory(history: readonly Message[]): ChatMessagePayload[] {
  const known = histories.get(history) ?? history.map(toMessagePayload);
  histories.set(history, known);
  return known;
}

/** After a loss of access, the user concerned gets `room_left`, all others `user_left`. */
function toMissed(event: RoomEvent, reader: UserId): LoggedEvent | undefined {
  if (event.kind === 'access-lost' && event.userId === reader) {
    const { roomId, reason, sequence } = event;
    return { type: 'room_left', payload: { roomId, reason, sequence } };
  }
  const logged = toLogged(event);
  assert(logged?.type !== 'chat_message'); // Missed messages are part of the history.
  return logged;
}

export function toThreadChange({
  roomId,
  rootId: messageId,
  ...state
}: ThreadId & OwnThreadState): ServerFrames['thread_changed'] {
  const { isFollowing: following, unreadCount, unreadThreads } = state;
  return { roomId, messageId, following, unreadCount, unreadThreads };
}
