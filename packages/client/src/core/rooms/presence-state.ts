/** Who is there, by user id, wherever they were last seen. Pure. */
import type { MemberPayload, PresenceStatus, UserId } from '@parley/protocol';

/** People remembered; above it those heard of longest ago go. */
const PEOPLE_MAX = 5_000;

export interface Presence {
  readonly status: PresenceStatus;
  readonly isOnline: boolean;
  /** Absent while online, and where the server does not know. */
  readonly lastSeenMs?: number;
}

export type PresenceState = ReadonlyMap<UserId, Presence>;

export function updatePresence(
  state: PresenceState,
  people: readonly Pick<MemberPayload, 'userId' | 'status' | 'isOnline' | 'lastSeen'>[],
): PresenceState {
  const next = new Map(state);
  for (const { userId, status, isOnline, lastSeen } of people) {
    // Taken out first, so that it moves to the end: the map's order is that of last news.
    next.delete(userId);
    next.set(userId, {
      status,
      isOnline,
      ...(lastSeen === null || isOnline ? {} : { lastSeenMs: Date.parse(lastSeen) }),
    });
  }
  for (const userId of next.keys()) {
    if (next.size <= PEOPLE_MAX) break;
    next.delete(userId);
  }
  return next;
}
