/** Selects and sorts the rows of the member list. Pure. */
import {
  type Member,
  type MemberPayload,
  type MembersPage,
  matchName,
  type Presence,
  type PresenceState,
  type PresenceStatus,
} from '@parley/client';

import { fullName } from '../people/full-name.ts';
import { compareNames } from '../rooms/room-rows.ts';

/** A member as the server has listed it. */
export interface ListedMember extends MemberPayload {
  /** The presence that the page had when it asked for the list: a later one is newer. */
  readonly known: Presence | undefined;
}

interface MemberRow extends Member {
  /** The name that is shown. */
  readonly name: string;
  readonly status: PresenceStatus;
  /** In the room; undefined until it is known. */
  readonly role: MemberPayload['role'];
}

/** A page replaces what was known of its part of the list, which begins after a username. */
export function withPage(
  known: readonly ListedMember[],
  page: Pick<MembersPage, 'next'> & { readonly members: readonly ListedMember[] },
  after = '',
): readonly ListedMember[] {
  const last = page.members.at(-1);
  if (last === undefined && page.next !== undefined) return known;
  const end = page.next === undefined ? undefined : last?.username.toLowerCase();
  const others = known.filter(({ username }) => {
    const key = username.toLowerCase();
    return key <= after.toLowerCase() || (end !== undefined && key > end);
  });
  return [...others, ...page.members].sort((a, b) =>
    a.username.toLowerCase() < b.username.toLowerCase() ? -1 : 1,
  );
}

/** By status, offline members at the end, then by name. */
export function memberRows({
  present,
  listed,
  presence,
  text,
}: {
  /** Those who have the room open, as far as the page knows them. */
  readonly present: ReadonlyMap<string, Member>;
  readonly listed: readonly ListedMember[];
  readonly presence: PresenceState;
  /** Only members whom it names. */
  readonly text: string;
}): readonly MemberRow[] {
  const people = new Map<string, Member & Partial<ListedMember>>([
    ...present,
    ...listed.map((member) => [member.userId, member] as const),
  ]);
  return [...people.values()]
    .map((member) => {
      const { userId, username, displayName } = member;
      const latest = presence.get(userId);
      const isNewer = latest !== undefined && latest !== member.known;
      const shown = displayName === undefined || isNewer ? latest : member;
      const name = displayName === username && !isNewer ? username : fullName(shown, username);
      const status = (isNewer ? latest.status : member.status) ?? 'online';
      return { userId, username, name, status, role: member.role };
    })
    .filter(({ name, username }) => text === '' || (matchName([username, name], text) ?? 2) < 2)
    .sort((a, b) => RANK[a.status] - RANK[b.status] || compareNames(a.name, b.name));
}

const RANK: Readonly<Record<PresenceStatus, number>> = {
  ...{ online: 0, busy: 1, away: 2 },
  ...{ invisible: 3, offline: 3 },
};
