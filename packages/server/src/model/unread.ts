/** Unread messages of a member. */
import type { UserId } from '@parley/protocol';
import type { ReplyPosition } from './message.ts';

/** Unread messages of one user in a room. */
export interface Unread {
  readonly unreadCount: number;
  /** How many of them mention the user; counted up to `LIMITS.mentionCountMax`. */
  readonly mentionCount: number;
  /** Sequence of the first unread message. */
  readonly firstSequence: number | undefined;
  /** Set by the user until the room is next marked as read. */
  readonly isMarkedUnread: boolean;
}

/**
 * Computes the number of messages above a read position, of which the stores subtract those that
 * are deleted, and replies of threads that the reader does not follow. The number is exact without counting, because each event carries its ordinal and
 * sending a message moves the sender's read position to it. Messages that retention deleted before
 * they were read do not count.
 */
export function countUnread(headOrdinal: number, readOrdinal: number, prunedOrdinal = 0): number {
  return headOrdinal - Math.max(readOrdinal, prunedOrdinal);
}

/**
 * Whether a reply counts in its room for everyone, as other messages do. Other replies count there only for those who
 * follow the thread or are mentioned. An edit does not change it.
 */
export function countsInRoom(
  { alsoToRoom }: ReplyPosition,
  { isToEveryone }: { readonly isToEveryone: boolean },
): boolean {
  return alsoToRoom === true || isToEveryone;
}

/** Unread messages of one member. */
export interface MemberUnread {
  readonly userId: UserId;
  readonly unread: Unread;
}
