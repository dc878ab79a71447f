/**
 * Who may change who is in a workspace. Every store asks here, inside the
 * transaction that makes the change.
 */
import type { Role } from './user.ts';

/** What somebody may do in one workspace; its owners stand above its admins. */
export type WorkspaceRole = 'owner' | 'admin' | 'member';

const RANKS: Readonly<Record<WorkspaceRole, number>> = Object.freeze({
  member: 0,
  admin: 1,
  owner: 2,
});

export interface MemberChange {
  readonly actor: {
    /** In the whole server: its owner and admins count as owners of every workspace. */
    readonly role: Role;
    /** Undefined for one who is no member. */
    readonly workspaceRole: WorkspaceRole | undefined;
  };
  /** The role that the subject has now; undefined for none. */
  readonly from: WorkspaceRole | undefined;
  /** The role that the subject is to have; undefined takes it out of the workspace. */
  readonly to: WorkspaceRole | undefined;
  readonly isOwnLeave: boolean;
  readonly ownerCount: number;
  readonly memberCount: number;
  /** An admin who can take the workspace over from its last owner. */
  readonly hasSuccessor: boolean;
}

export type MemberVerdict = 'allowed' | 'unknown' | 'forbidden' | 'no-member' | 'last-owner';

/**
 * One gives and takes roles below one's own; owners also those of owners. Everybody
 * may leave; the last owner alone, or once there is an admin to take over.
 */
export function judgeMemberChange(change: MemberChange): MemberVerdict {
  const { actor, from, to, isOwnLeave } = change;
  const rank = rankOf(actor);
  if (rank < 0) return 'unknown';
  const above = Math.max(...[from, to].map((role) => (role === undefined ? -1 : RANKS[role])));
  const mayChange = rank === RANKS.owner || (rank >= RANKS.admin && rank > above);
  if (!mayChange && !isOwnLeave) return 'forbidden';
  if (from === undefined && to === undefined) return 'no-member';
  return isOwnerMissingAfter(change) ? 'last-owner' : 'allowed';
}

function isOwnerMissingAfter(change: MemberChange): boolean {
  const { from, to, isOwnLeave, ownerCount, memberCount, hasSuccessor } = change;
  if (from !== 'owner' || to === 'owner' || ownerCount > 1) return false;
  return !isOwnLeave || (memberCount > 1 && !hasSuccessor);
}

/** Rename and archive any of its channels. */
export function mayManageChannels(actor: MemberChange['actor']): boolean {
  return rankOf(actor) >= RANKS.admin;
}

function rankOf({ role, workspaceRole }: MemberChange['actor']): number {
  if (role !== 'member') return RANKS.owner;
  return workspaceRole === undefined ? -1 : RANKS[workspaceRole];
}
