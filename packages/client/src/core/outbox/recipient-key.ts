/**
 * Outbox entries of a direct conversation that may not exist yet: their `roomId` names the
 * other user, and the first message creates the conversation.
 */
import type { RoomId, UserId } from '@parley/protocol';

/** No room id begins with it. */
const PREFIX = '@';

export function recipientKey(userId: UserId): RoomId {
  return `${PREFIX}${userId}` as RoomId;
}

/** Undefined for the id of a room. */
export function recipientOf(key: RoomId): UserId | undefined {
  return key.startsWith(PREFIX) ? (key.slice(PREFIX.length) as UserId) : undefined;
}
