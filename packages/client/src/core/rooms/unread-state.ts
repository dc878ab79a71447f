/**
 * Unread counts. The server reports those of rooms that are not open here (`ReportedUnread`);
 * an open room counts from its `readSequence`. Pure.
 */
import type {
  NotificationLevel,
  RoomId,
  RoomListEntry,
  RoomSnapshot,
  SelfPayload,
} from '@parley/protocol';
import { mentions } from '../messages/mentions.ts';
import type { Message } from '../messages/message.ts';
import type { OpenRoom, RoomState } from './room-state.ts';

export interface Unread {
  readonly unreadCount: number;
  readonly mentionCount: number;
}

export interface ReportedUnread extends Unread {
  /** Sequence of the first unread message; undefined if the server did not report it. */
  readonly firstUnreadSequence: number | undefined;
  /** Head of the room at the time of the report; undefined if the server did not report it. */
  readonly headSequence: number | undefined;
  /** As chosen by the user; absent if there is no choice. */
  readonly notificationLevel?: NotificationLevel | undefined;
}

/** In order of the reports. */
export type UnreadState = ReadonlyMap<RoomId, ReportedUnread>;

/** Enough for two complete listings; above it the oldest reports are removed. */
const ROOMS_MAX = 2_000;
const NOTHING: Unread = { unreadCount: 0, mentionCount: 0 };
export const NOTHING_UNREAD = { ...NOTHING, firstUnreadSequence: undefined };

export function reportedOf(
  entry: Pick<RoomListEntry, 'unreadCount' | 'mentionCount' | 'firstUnreadSequence'>,
  headSequence?: number,
): ReportedUnread {
  const { unreadCount, mentionCount, firstUnreadSequence } = entry;
  return { unreadCount, mentionCount, firstUnreadSequence, headSequence };
}

export function applyReportedUnread(
  state: UnreadState,
  news: Iterable<readonly [RoomId, ReportedUnread]>,
): UnreadState {
  const next = new Map(state);
  for (const [roomId, reported] of news) {
    next.delete(roomId);
    // Only lists have the level, which other reports keep.
    next.set(roomId, { ...state.get(roomId), ...reported });
  }
  for (const roomId of next.keys()) {
    if (next.size <= ROOMS_MAX) break;
    next.delete(roomId);
  }
  return next;
}

/**
 * Counts a message of a room that is not open here; a message that is already counted
 * changes nothing.
 */
export function countMessage(
  reported: ReportedUnread | undefined,
  { sequence, userId, content }: Message,
  self: SelfPayload,
): ReportedUnread {
  const known = reported ?? { ...NOTHING_UNREAD, headSequence: undefined };
  if (sequence <= (known.headSequence ?? 0)) return known;
  // Sending moves the read position to the sent message.
  if (userId === self.id) return { ...NOTHING_UNREAD, headSequence: sequence };
  return {
    unreadCount: known.unreadCount + 1,
    mentionCount: known.mentionCount + Number(mentions(content, self)),
    firstUnreadSequence: known.firstUnreadSequence ?? sequence,
    headSequence: sequence,
  };
}

/** Read position of a room that is being opened. */
export function readSequenceAtOpening(
  reported: ReportedUnread | undefined,
  { history, headSequence }: Pick<RoomSnapshot, 'history' | 'headSequence'>,
): number {
  // A new membership starts at the head.
  if (reported === undefined) return headSequence;
  if (reported.firstUnreadSequence !== undefined) return reported.firstUnreadSequence - 1;
  const reportedHead = reported.headSequence ?? headSequence;
  if (reported.unreadCount === 0) return reportedHead;
  const known = history.filter(({ sequence }) => sequence <= reportedHead);
  const first = known[Math.max(0, known.length - reported.unreadCount)];
  return (first?.sequence ?? reportedHead + 1) - 1;
}

/** Read position: as reported, or the last message that the user sent, if the user is known. */
export function readUpTo({ log, readSequence }: OpenRoom, self: SelfPayload | undefined): number {
  const own = log.messages.findLast(
    ({ sequence, userId }) => sequence <= readSequence || userId === self?.id,
  );
  return Math.max(readSequence, own?.sequence ?? 0);
}

/**
 * Unread count of this room. Replies count if they are also messages of the room, the user follows
 * their thread, or they mention the user.
 */
export function unreadOf(
  room: RoomState | undefined,
  reported: ReportedUnread | undefined,
  self: SelfPayload,
): Unread {
  if (room?.kind !== 'open') return reported ?? NOTHING;
  const { messages, hasOlder } = room.log;
  const upTo = readUpTo(room, self);
  const isMention = ({ content }: Message): boolean => mentions(content, self);
  const unread = messages.filter(
    (each) =>
      each.sequence > upTo &&
      !each.isDeleted &&
      (!each.parentId || each.alsoToRoom || room.threads?.[each.parentId] || isMention(each)),
  );
  const { length: unreadCount } = unread;
  // The unread messages start before the window, so the server's count is better.
  const isPart = hasOlder && unreadCount && upTo < (messages[0]?.sequence ?? 0);
  if (isPart && reported && reported.unreadCount > unreadCount) return reported;
  return { unreadCount, mentionCount: unread.filter(isMention).length };
}
