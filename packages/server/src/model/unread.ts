/** What a member has not read. */
import type { UserId } from '@parley/protocol';

/** What a person has not read of a room. */
export interface Unread {
  readonly unreadCount: number;
  /** Of these, how many mention the person; counted up to `LIMITS.mentionCountMax`. */
  readonly mentionCount: number;
  /** Of the first unread message. */
  readonly firstSequence: number | undefined;
  /** Set by hand, until the room is next marked as read. */
  readonly isMarkedUnread: boolean;
}

/**
 * How many messages are unread: exact without counting, because each event carries
 * its ordinal, and who sends moves the own position to what was sent. Retention
 * takes messages away that somebody never read: those do not count either.
 */
export function countUnread(headOrdinal: number, readOrdinal: number, prunedOrdinal = 0): number {
  return headOrdinal - Math.max(readOrdinal, prunedOrdinal);
}

/** What one member has not read. */
export interface MemberUnread {
  readonly userId: UserId;
  readonly unread: Unread;
}
