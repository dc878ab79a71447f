/** Compares and converts the records in which nodes report the presence of their users. */

import type { UserId } from '@parley/protocol';
import type { PresenceRecord } from '../../model/bus-message.ts';
import type { Member } from '../../model/client-event.ts';
import { type ChosenPresence, shownNameOf } from '../../model/user.ts';

/** The record with the latest choice of the user. */
export function latestRecord(records: readonly PresenceRecord[]): PresenceRecord | undefined {
  let found: PresenceRecord | undefined;
  for (const record of records) {
    if (found === undefined || record.chosenAtMs > found.chosenAtMs) found = record;
  }
  return found;
}

/** Whether two records show the same status and name. */
export function isSamePresence(one: PresenceRecord | undefined, other: PresenceRecord | undefined) {
  return (
    one?.status === other?.status &&
    one?.statusText === other?.statusText &&
    one?.untilMs === other?.untilMs &&
    (one?.lastSeenAtMs === undefined) === (other?.lastSeenAtMs === undefined) &&
    one?.displayName === other?.displayName &&
    one?.nameShared === other?.nameShared &&
    one?.avatarUrl === other?.avatarUrl
  );
}

/** The users whom the owner of the record has blocked or unblocked. */
export function changedBlocks(
  before: PresenceRecord | undefined,
  after: PresenceRecord | undefined,
): UserId[] {
  if (before === undefined || after === undefined) return [];
  const [former, present] = [new Set(before.blockedIds), new Set(after.blockedIds)];
  return [...former, ...present].filter((id) => former.has(id) !== present.has(id));
}

/** The user as other users see them. */
export function memberOfRecord(userId: UserId, record: PresenceRecord): Member {
  const { username, status, statusText, untilMs, lastSeenAtMs } = record;
  return { userId, username, ...shownNameOf(record), status, lastSeenAtMs, statusText, untilMs };
}

/** Whether the user appears offline to all others. */
export function isInvisible(choice: Pick<ChosenPresence, 'status'> | undefined): boolean {
  return choice?.status === 'invisible';
}

/** The record as far as others see it. */
export function visible(record: PresenceRecord | undefined): PresenceRecord | undefined {
  return isInvisible(record) ? undefined : record;
}

/** How a user appears who is not connected, or has chosen to appear so: then without the end of the choice. */
export function offlineAs({
  status,
  lastSeenAtMs,
  statusText,
  untilMs,
}: Partial<Pick<Member, 'status' | 'lastSeenAtMs' | 'statusText' | 'untilMs'>>) {
  const shownUntilMs = status === 'invisible' ? undefined : untilMs;
  return { status: 'offline', lastSeenAtMs, statusText, untilMs: shownUntilMs } as const;
}
