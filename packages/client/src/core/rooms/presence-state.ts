/** Presence by user id, from all rooms. Pure. */
import type { MemberPayload, PresenceStatus, UserId } from '@parley/protocol';

/** Maximum number of people kept; above it those with the oldest news are removed. */
const PEOPLE_MAX = 5_000;

export interface Presence {
  readonly status: PresenceStatus;
  readonly isOnline: boolean;
  /** The name to show; absent if it is the username. */
  readonly displayName?: string;
  /** Another user shows a name that looks the same: show the username beside it. */
  readonly nameShared?: true;
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
  people: readonly Pick<
    MemberPayload,
    | 'userId'
    | 'displayName'
    | 'nameShared'
    | 'status'
    | 'isOnline'
    | 'lastSeen'
    | 'statusText'
    | 'until'
  >[],
): PresenceState {
  const next = new Map(state);
  for (const person of people) {
    const { userId, displayName, nameShared, status, isOnline, lastSeen } = person;
    const { statusText = '', until } = person;
    // Delete first, so that the entry moves to the end: the map is ordered by last news.
    next.delete(userId);
    next.set(userId, {
      status,
      isOnline,
      ...(displayName && { displayName }),
      ...(nameShared && { nameShared }),
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
