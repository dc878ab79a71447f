/** Unread messages of a member. */
import type { UserId } from '@parley/protocol';

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
 * are deleted. The number is exact without counting, because each event carries its ordinal and
 * sending a message moves the sender's read position to it. Messages that retention deleted before
 * they were read do not count.
 */
export function countUnread(headOrdinal: number, readOrdinal: number, prunedOrdinal = 0): number {
  return headOrdinal - Math.max(readOrdinal, prunedOrdinal);
}

/** Unread messages of one member. */
export interface MemberUnread {
  readonly userId: UserId;
  readonly unread: Unread;
}
