import { LIMITS, type UserId } from '@parley/protocol';
import type { OwnMembership } from '../../model/listed-room.ts';
import { countUnread, type Unread } from '../../model/unread.ts';
import { headOrdinalOf } from './log-index.ts';
import type { ReadStep, StoredMembership, StoredRoom } from './tables.ts';

/** Initializes the read state of a member who starts at a position. */
export function beginReading(
  nowMs: number,
): Pick<StoredMembership, 'readAtMs' | 'readSteps' | 'isMarkedUnread' | 'notificationLevel'> {
  return { readAtMs: nowMs, readSteps: [], isMarkedUnread: false, notificationLevel: undefined };
}

/** Records that a read position passes a message. */
export function noteReadStep({ room }: StoredRoom, member: StoredMembership, step: ReadStep): void {
  if (room.kind === 'direct') member.readSteps = [...member.readSteps, step];
}

export function membershipOf(stored: StoredRoom, userId: UserId): OwnMembership | undefined {
  const membership = stored.members.get(userId);
  if (membership === undefined) return undefined;
  const { role, read, notificationLevel } = membership;
  const unread = unreadOf(stored, userId, membership);
  return { role, read, unread, notificationLevel };
}

function unreadOf(stored: StoredRoom, userId: UserId, membership: StoredMembership): Unread {
  const { read, isMarkedUnread } = membership;
  const { prunedOrdinal } = stored;
  const first = Math.max(0, read.ordinal - prunedOrdinal);
  const later = stored.messageIds.slice(first).flatMap((id) => stored.messages.get(id) ?? []);
  const deleted = later.filter(({ isDeleted }) => isDeleted).length;
  const unreadCount = countUnread(headOrdinalOf(stored), read.ordinal, prunedOrdinal) - deleted;
  const firstSequence = unreadCount === 0 ? undefined : later[0]?.sequence;
  const mentions = [...stored.mentions].filter(
    ([sequence, who]) => sequence > read.sequence && (who === 'everyone' || who.has(userId)),
  );
  const mentionCount = Math.min(mentions.length, LIMITS.mentionCountMax);
  return { unreadCount, mentionCount, firstSequence, isMarkedUnread };
}
