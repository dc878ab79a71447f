/**
 * Permissions on other users' messages and on the members of a room. Every store calls these
 * functions inside its transaction.
 */

import type { RoomKind } from '@parley/protocol';
import type { Room, RoomRole } from './room.ts';
import type { AccessLostReason } from './room-event.ts';
import type { Role } from './user.ts';

export interface RoleHolder {
  /** Role on the server: its owner and admins rank above room owners. */
  readonly role: Role;
  readonly roomRole: RoomRole;
}

const RANKS: Readonly<Record<RoomRole, number>> = Object.freeze({
  member: 0,
  moderator: 1,
  owner: 2,
});

const SERVER_RANK = 3;

/**
 * Whether a user may delete other users' messages and lift bans. In a direct room no user ranks
 * above the other.
 */
export function mayModerate(holder: RoleHolder, kind: RoomKind): boolean {
  return kind !== 'direct' && rankOf(holder) >= RANKS.moderator;
}

/** Whether a user may remove or ban a member: only members of a lower rank. */
export function mayRemove(holder: RoleHolder, subjectRole: RoomRole, kind: RoomKind): boolean {
  return mayModerate(holder, kind) && rankOf(holder) > RANKS[subjectRole];
}

function rankOf({ role, roomRole }: RoleHolder): number {
  return role === 'member' ? RANKS[roomRole] : SERVER_RANK;
}

/**
 * Whether a user may end their own membership for this reason: by leaving any room except a direct
 * room, and from a channel also when removed from its workspace.
 */
export function mayLeave(reason: AccessLostReason, kind: RoomKind): boolean {
  return reason === 'left' ? kind !== 'direct' : reason === 'removed' && kind === 'channel';
}

/** Whether a command is still allowed in an archived channel. */
export function isAllowedInArchive(kind: string): boolean {
  return kind === 'deletion' || kind === 'access-lost';
}

/** Whether users who are not members may know that a room exists. */
export function isKnownToOthers({ kind, visibility }: Pick<Room, 'kind' | 'visibility'>): boolean {
  return visibility === 'public' || kind === 'channel';
}
