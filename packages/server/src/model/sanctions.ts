/**
 * The one rule of sanctions: mutes, bans and suspensions. A rank is asked for to set, replace, shorten and
 * lift one: at least the rank with which the one in force was made. Every store asks it in the transaction
 * that writes the sanction.
 */
import { OPERATOR, SERVER } from './audit.ts';
import type { Restriction } from './restriction.ts';
import { isInForce } from './restriction.ts';
import type { RoomRole } from './room.ts';
import type { Role } from './user.ts';

/**
 * By rank. The owner of a room and the moderators of the server may correct each other. Stored by name, as it
 * was when the sanction was made.
 */
const RANKS = {
  'room-moderator': 0,
  ...{ 'room-owner': 1, moderator: 1 },
  admin: 2,
  owner: 3,
  /** At the machine of the server. */
  operator: 4,
} as const;
export type SanctionRank = keyof typeof RANKS;
// The keys of the table are the ranks.
export const SANCTION_RANKS = Object.freeze(Object.keys(RANKS) as SanctionRank[]);

export function isBelow(rank: SanctionRank, other: SanctionRank): boolean {
  return RANKS[rank] < RANKS[other];
}

/** The highest of those who can use the API: a sanction of an unknown rank is not lifted by less. */
const UNKNOWN_RANK: SanctionRank = 'owner';

/** A sanction as the rule sees it. */
export interface MadeSanction extends Pick<Restriction, 'untilMs'> {
  readonly madeAs: SanctionRank;
}

/** @param stored Null for a sanction that an earlier version or another tool has stored. */
export function toSanctionRank(stored: string | null): SanctionRank {
  return SANCTION_RANKS.find((each) => each === stored) ?? UNKNOWN_RANK;
}

/** Undefined for users who may set no sanction. A rule of the server has the least rank. */
export function sanctionRankOf(maker: {
  readonly actor?: string | undefined;
  readonly role?: Role | undefined;
  readonly roomRole?: RoomRole | undefined;
}): SanctionRank | undefined {
  const { actor, role, roomRole } = maker;
  if (actor === OPERATOR) return 'operator';
  if (actor === SERVER) return 'room-moderator';
  if (role === 'owner' || role === 'admin' || role === 'moderator') return role;
  return roomRole === 'owner' || roomRole === 'moderator' ? `room-${roomRole}` : undefined;
}

/** Why a sanction stays as it is. */
export type SanctionRefusal =
  /** It is the actor's own. */
  | 'own-sanction'
  /** A higher rank has made it. */
  | 'higher-rank'
  /** It ends later, and the actor may only prolong. */
  | 'ends-later';

/** `absent`: there is none to lift, or no such room. `forbidden`: the roles of the actor do not suffice. */
export type SanctionOutcome = 'done' | 'absent' | 'forbidden' | SanctionRefusal;

interface SanctionAct {
  readonly rank: SanctionRank;
  /** The sanction is on the actor. */
  readonly isOwn: boolean;
  readonly atMs: number;
  /** Undefined lifts the one in force. */
  readonly wanted: Pick<Restriction, 'untilMs'> | undefined;
  /** The actor cannot lift such a sanction, or has not seen the one in force: nothing is shortened. */
  readonly onlyProlongs?: boolean | undefined;
}

/**
 * Decides about a sanction where another may be in force. A lower rank shortens nothing: the result keeps the
 * rank of the one in force, and so cannot be lifted by whoever has prolonged it.
 */
export function decideSanction(
  { rank, isOwn, atMs, wanted, onlyProlongs = false }: SanctionAct,
  stored: MadeSanction | undefined,
): { readonly madeAs: SanctionRank } | SanctionRefusal {
  if (isOwn) return 'own-sanction';
  const present =
    stored !== undefined && isInForce({ ...stored, reason: '' }, atMs) ? stored : undefined;
  if (present === undefined) return { madeAs: rank };
  const isLower = isBelow(rank, present.madeAs);
  if (wanted === undefined) return isLower ? 'higher-rank' : { madeAs: rank };
  const [end, presentEnd] = [endOf(wanted), endOf(present)];
  if (isLower && end < presentEnd) return 'higher-rank';
  if (onlyProlongs && end < presentEnd) return 'ends-later';
  return { madeAs: isLower ? present.madeAs : rank };
}

function endOf({ untilMs = Number.POSITIVE_INFINITY }: Pick<Restriction, 'untilMs'>): number {
  return untilMs;
}
