/** Selects and sorts the rows of the member list. Pure. */
import type { Member, PresenceState, PresenceStatus } from '@parley/client';

/** Maximum number of rows; a larger room shows how many are left out. */
export const MEMBER_ROWS_MAX = 200;

export interface MemberRow extends Member {
  readonly status: PresenceStatus;
}

/** Sorted by status (present members first), then by name. */
export function memberRows(
  members: ReadonlyMap<string, Member>,
  presence: PresenceState,
): readonly MemberRow[] {
  return [...members.values()]
    .map((member) => ({ ...member, status: presence.get(member.userId)?.status ?? 'online' }))
    .sort((a, b) => RANK[a.status] - RANK[b.status] || a.username.localeCompare(b.username))
    .slice(0, MEMBER_ROWS_MAX);
}

const RANK: Readonly<Record<PresenceStatus, number>> = { online: 0, busy: 1, away: 2, offline: 3 };
