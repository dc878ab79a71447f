/**
 * Permissions to change the members of a workspace. Every store calls these functions inside the
 * transaction that makes the change.
 */
import { permits } from './role-table.ts';
import type { WorkspaceRole } from './stored-role.ts';
import { isServerAdmin, type Role } from './user.ts';

export type { WorkspaceRole };

const RANKS: Readonly<Record<WorkspaceRole, number>> = Object.freeze({
  member: 0,
  admin: 1,
  owner: 2,
});

interface MemberChange {
  readonly actor: {
    /** Role on the server: its owner and admins count as owners of every workspace. */
    readonly role: Role;
    /** Undefined if the user is not a member. */
    readonly workspaceRole: WorkspaceRole | undefined;
  };
  /** Current role of the subject; undefined if none. */
  readonly from: WorkspaceRole | undefined;
  /** New role of the subject; undefined removes the subject from the workspace. */
  readonly to: WorkspaceRole | undefined;
  /** Also of an invitation that is accepted: the inviter. */
  readonly isActorEnabled: boolean;
  readonly isSubjectEnabled: boolean;
  readonly isOwnLeave: boolean;
  readonly ownerCount: number;
  readonly memberCount: number;
  /** Whether there is an admin who can replace the last owner. */
  readonly hasSuccessor: boolean;
}

export type MemberVerdict =
  | 'allowed'
  | 'unknown'
  | 'forbidden'
  | 'no-member'
  | 'last-owner'
  /** No membership and no higher role is given to an account that is disabled or deleted. */
  | 'disabled';

/**
 * Decides a change of roles. Users grant and revoke roles below their own; owners also the role of
 * owner. All members may leave; the last owner only if alone or if an admin can take over.
 */
export function judgeMemberChange(change: MemberChange): MemberVerdict {
  const { actor, from, to, isOwnLeave } = change;
  const rank = rankOf(actor);
  if (rank < 0) return 'unknown';
  if (!change.isActorEnabled && !isOwnLeave) return 'forbidden';
  const above = Math.max(...[from, to].map((role) => (role === undefined ? -1 : RANKS[role])));
  const mayChange = permits('change-members', actor) && (rank === RANKS.owner || rank > above);
  if (!mayChange && !isOwnLeave) return 'forbidden';
  if (from === undefined && to === undefined) return 'no-member';
  const isHigher = to !== undefined && (from === undefined || RANKS[to] > RANKS[from]);
  if (isHigher && !change.isSubjectEnabled) return 'disabled';
  return isOwnerMissingAfter(change) ? 'last-owner' : 'allowed';
}

function isOwnerMissingAfter(change: MemberChange): boolean {
  const { from, to, isOwnLeave, ownerCount, memberCount, hasSuccessor } = change;
  if (from !== 'owner' || to === 'owner' || ownerCount > 1) return false;
  return !isOwnLeave || (memberCount > 1 && !hasSuccessor);
}

/** Whether a user may rename and archive all channels of the workspace. */
export function mayManageChannels(actor: MemberChange['actor']): boolean {
  return permits('manage-channels', actor);
}

/** Whether a user may rename the workspace. */
export function mayRenameWorkspace(actor: MemberChange['actor']): boolean {
  return permits('rename-workspace', actor);
}

function rankOf(actor: MemberChange['actor']): number {
  if (isServerAdmin(actor)) return RANKS.owner;
  const { workspaceRole } = actor;
  return workspaceRole === undefined ? -1 : RANKS[workspaceRole];
}
