/** Presence by user id, from all rooms. Pure. */
import type { MemberPayload, PresenceStatus, ShownUser, UserId } from '@parley/protocol';

/** Maximum number of people kept; above it those with the oldest news are removed. */
const PEOPLE_MAX = 5_000;

export interface Presence extends ShownUser {
  readonly status: PresenceStatus;
  readonly isOnline: boolean;
  /** The user's own words about their presence. */
  readonly statusText?: string;
  /** When the status that the user has chosen ends. */
  readonly untilMs?: number;
  /** Absent while online, and if the server does not know. */
  readonly lastSeenMs?: number;
}

export type PresenceState = ReadonlyMap<UserId, Presence>;

export function updatePresence(
  state: PresenceState,
  people: readonly Omit<MemberPayload, 'username'>[],
): PresenceState {
  const next = new Map(state);
  for (const person of people) {
    const { userId, status, isOnline, lastSeen, statusText = '', until } = person;
    const { displayName, nameShared, externalId, avatarUrl, isBot } = person;
    // Delete first, so that the entry moves to the end: the map is ordered by last news.
    next.delete(userId);
    next.set(userId, {
      status,
      isOnline,
      ...(displayName && { displayName }),
      ...(nameShared && { nameShared }),
      ...(externalId && { externalId }),
      ...(avatarUrl && { avatarUrl }),
      ...(isBot && { isBot }),
      ...(statusText === '' ? {} : { statusText }),
      ...(until === undefined ? {} : { untilMs: Date.parse(until) }),
      ...(lastSeen === null || isOnline ? {} : { lastSeenMs: Date.parse(lastSeen) }),
    });
  }
  for (const userId of next.keys()) {
    if (next.size <= PEOPLE_MAX) break;
    next.delete(userId);
  }
  return next;
}
