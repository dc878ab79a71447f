/** Encodings shared by several dialects. */
import type {
  CustomEmojiPayload,
  MemberPayload,
  MuteFields,
  RoomListEntry,
  ServerFrames,
  UserGroupPayload,
  UserPayload,
} from '@parley/protocol';
import type { RoomSummary } from '../../domain/rooms/room-lists.ts';
import type { ShownUserGroup } from '../../domain/user-groups/user-groups.ts';
import type { ShownNotice } from '../../model/account-notice.ts';
import type { Member } from '../../model/client-event.ts';
import type { CustomEmoji } from '../../model/custom-emoji.ts';
import type { Page } from '../../model/page.ts';
import type { Mute } from '../../model/restriction.ts';
import type { LogHead } from '../../model/room-event.ts';
import { chosenPermissions } from '../../model/room-permissions.ts';
import { fileUrlOf } from '../../model/stored-file.ts';
import { shownName, shownNameOf, type User } from '../../model/user.ts';

export function toUserPayload(user: User): UserPayload {
  return { id: user.id, username: user.username, ...shownName(user) };
}

export function toMemberPayload(member: Member): MemberPayload {
  const { userId, username, status, lastSeenAtMs, statusText, untilMs } = member;
  const lastSeen = lastSeenAtMs === undefined ? null : toTimestamp(lastSeenAtMs);
  const isOnline = status !== 'offline';
  const about = { userId, username, ...shownNameOf(member), status, isOnline, lastSeen };
  return {
    ...about,
    ...(statusText === undefined ? {} : { statusText }),
    ...(untilMs === undefined ? {} : { until: toTimestamp(untilMs) }),
  };
}

export function toCustomEmoji({
  name,
  fileId,
  userId,
  createdAtMs,
}: CustomEmoji): CustomEmojiPayload {
  return { name, url: fileUrlOf(fileId), userId, createdAt: toTimestamp(createdAtMs) };
}

export function toUserGroup({ isJoined, ...group }: ShownUserGroup): UserGroupPayload {
  const { id, handle, name, memberCount } = group;
  return { id, handle, name, memberCount, ...(isJoined && { joined: true }) };
}

export function toNoticePayload({
  sessionId,
  atMs,
  ...notice
}: ShownNotice): ServerFrames['account_notice'] {
  const { id, kind, device, address } = notice;
  const shown = { id, kind, at: toTimestamp(atMs), device, address };
  return sessionId === undefined ? shown : { ...shown, sessionId };
}

export function toRoomEntry(summary: RoomSummary): RoomListEntry {
  const {
    room,
    head,
    memberCount,
    memberTotal,
    membership,
    canModerate,
    canManage,
    title,
    person,
  } = summary;
  const unread = membership?.unread;
  return {
    id: room.id,
    name: title,
    ...(room.topic === undefined ? {} : { topic: room.topic }),
    kind: room.kind,
    memberCount,
    memberTotal,
    unreadCount: unread?.unreadCount ?? 0,
    mentionCount: unread?.mentionCount ?? 0,
    ...(unread?.firstSequence === undefined ? {} : { firstUnreadSequence: unread.firstSequence }),
    ...(unread?.isMarkedUnread === true ? { markedUnread: true } : {}),
    lastActivity: toTimestamp(head.lastActivityAtMs),
    ...(membership === undefined ? {} : { joined: true, headSequence: head.sequence }),
    ...(membership?.notificationLevel === undefined
      ? {}
      : { notificationLevel: membership.notificationLevel }),
    ...(membership?.mute === undefined ? {} : toMuteFields(membership.mute)),
    ...(canModerate ? { canModerate: true } : {}),
    ...(canManage ? { canManage: true } : {}),
    ...(room.pictureFileId === undefined ? {} : { pictureUrl: fileUrlOf(room.pictureFileId) }),
    ...(room.archivedAtMs === undefined ? {} : { archived: true }),
    ...chosenPermissions(room),
    ...(room.slowModeSeconds === undefined ? {} : { slowModeSeconds: room.slowModeSeconds }),
    ...(isConversation(room) || room.visibility === 'public' ? {} : { visibility: 'private' }),
    ...(person === undefined ? {} : { person: toMemberPayload(person) }),
    ...(room.kind === 'channel' ? { workspaceId: room.workspaceId } : {}),
  };
}

export function toMuteFields(mute: Mute | null): MuteFields {
  if (mute === null) return { mutedUntil: null };
  const { untilMs, reason } = mute;
  return { mutedUntil: toTimestamp(untilMs), muteReason: reason };
}

/** With the fields that the settings of a room have. */
export function toFullRoomEntry(summary: RoomSummary): RoomListEntry {
  const { room, membership } = summary;
  return {
    ...toRoomEntry(summary),
    topic: room.topic ?? '',
    archived: room.archivedAtMs !== undefined,
    ...(isConversation(room) ? {} : { visibility: room.visibility }),
    ...(membership === undefined ? {} : { role: membership.role }),
  };
}

function isConversation({ kind }: RoomSummary['room']): boolean {
  return kind === 'direct' || kind === 'group';
}

/** Maximum number of cached texts. */
const TIMESTAMPS_MAX = 64;
const timestamps = new Map<number, string>();

/**
 * Caches the last texts: the messages of a commit share their time, and their acknowledgements and
 * frames share another.
 */
export function toTimestamp(timeMs: number): string {
  let text = timestamps.get(timeMs);
  if (text === undefined) {
    text = new Date(timeMs).toISOString();
    if (timestamps.size >= TIMESTAMPS_MAX) timestamps.clear();
    timestamps.set(timeMs, text);
  }
  return text;
}

/** Where a room's log starts, for clients with older pages; absent while nothing was deleted. */
export function toLogStart({ firstSequence }: Pick<LogHead, 'firstSequence'>): {
  readonly firstSequence?: number;
} {
  return firstSequence > 1 ? { firstSequence } : {};
}

/** Whether a list continues, and where. */
export function toListEnd({ hasMore, next }: Pick<Page<unknown>, 'hasMore' | 'next'>): {
  readonly hasMore: boolean;
  readonly next?: string;
} {
  return { hasMore, ...(next === undefined ? {} : { next }) };
}
