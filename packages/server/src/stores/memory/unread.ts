import { LIMITS, type UserId } from '@parley/protocol';
import { countUnread, type OwnMembership, type Unread } from '../../ports/model.ts';
import type { StoredMembership, StoredRoom } from './tables.ts';

export function membershipOf(stored: StoredRoom, userId: UserId): OwnMembership | undefined {
  const membership = stored.members.get(userId);
  if (membership === undefined) return undefined;
  const { role, read } = membership;
  return { role, read, unread: unreadOf(stored, userId, membership) };
}

function unreadOf(stored: StoredRoom, userId: UserId, membership: StoredMembership): Unread {
  const { read, isMarkedUnread } = membership;
  const unreadCount = countUnread(stored.messageIds.length, read.ordinal);
  const firstId = stored.messageIds[read.ordinal];
  const firstSequence = firstId && stored.messages.get(firstId)?.sequence;
  const mentions = [...stored.mentions].filter(
    ([sequence, who]) => sequence > read.sequence && (who === 'everyone' || who.has(userId)),
  );
  const mentionCount = Math.min(mentions.length, LIMITS.mentionCountMax);
  return { unreadCount, mentionCount, firstSequence, isMarkedUnread };
}
