/** Selects and sorts the rows of the member list. Pure. */
import type { Member, PresenceState, PresenceStatus } from '@parley/client';

import { fullName } from '../people/full-name.ts';
import { compareNames } from '../rooms/room-rows.ts';

/** Maximum number of rows; a larger room shows how many are left out. */
export const MEMBER_ROWS_MAX = 200;

interface MemberRow extends Member {
  /** The name that is shown. */
  readonly name: string;
  readonly status: PresenceStatus;
}

/** Sorted by status (present members first), then by name. */
export function memberRows(
  members: ReadonlyMap<string, Member>,
  presence: PresenceState,
): readonly MemberRow[] {
  return [...members.values()]
    .map((member) => {
      const known = presence.get(member.userId);
      const name = fullName(known, member.username);
      return { ...member, name, status: known?.status ?? 'online' };
    })
    .sort((a, b) => RANK[a.status] - RANK[b.status] || compareNames(a.name, b.name))
    .slice(0, MEMBER_ROWS_MAX);
}

const RANK: Readonly<Record<PresenceStatus, number>> = { online: 0, busy: 1, away: 2, offline: 3 };
