/**
 * Permissions on other users' messages and on the members of a room. Every store calls these
 * functions inside its transaction.
 */

import type { RoomKind } from '@parley/protocol';
import { permits } from './role-table.ts';
import type { Room, RoomRole } from './room.ts';
import type { AccessLostReason } from './room-event.ts';
import { isServerAdmin, type Role } from './user.ts';
import { mayManageChannels, type WorkspaceRole } from './workspace-policy.ts';

export interface RoleHolder {
  /** Role on the server: its owner and admins rank above room owners, its moderators as those of the room. */
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
  return permits('delete-messages', holder, kind);
}

/** Whether a user may remove, ban or mute a member: only members of a lower rank. */
export function mayRemove(holder: RoleHolder, subjectRole: RoomRole, kind: RoomKind): boolean {
  return permits('remove-members', holder, kind) && rankOf(holder) > RANKS[subjectRole];
}

interface RoomManager {
  /** Role on the server. */
  readonly role: Role;
  /** Undefined if the user is not a member. */
  readonly roomRole: RoomRole | undefined;
  readonly workspaceRole: WorkspaceRole | undefined;
}

/**
 * Whether a user may change the settings of a room, and archive it: its owner and moderators, owners
 * and admins of the server, and for a channel also those of the workspace. Direct and group rooms belong to all their members
 * alike.
 */
export function mayManageRoom(manager: RoomManager, kind: RoomKind): boolean {
  return permits('manage-room', manager, kind);
}

/**
 * Whether a user may let others into a room, by name or by a link. In a public room that is every
 * member, in a group too, in a private room those who manage it; a channel is open to those who are in
 * its workspace, and others are let into that by its owners and admins.
 */
export function mayInvite(
  manager: RoomManager,
  { kind, visibility }: Pick<Room, 'kind' | 'visibility'>,
): boolean {
  if (manager.roomRole === undefined) return false;
  switch (kind) {
    case 'direct':
      return false;
    case 'group':
      return true;
    case 'channel':
      return mayManageChannels(manager);
    case 'room':
      return visibility === 'public' || mayManageRoom(manager, kind);
    default:
      return kind satisfies never;
  }
}

/** Whether a user may appoint and dismiss moderators of a room, and hand over its ownership. */
export function mayGiveRoles(manager: RoomManager, kind: RoomKind): boolean {
  return permits('give-roles', manager, kind);
}

export function mayDeleteRoom(manager: RoomManager, kind: RoomKind): boolean {
  return permits('delete-room', manager, kind);
}

function rankOf(holder: RoleHolder): number {
  if (isServerAdmin(holder)) return SERVER_RANK;
  const rank = RANKS[holder.roomRole];
  return holder.role === 'moderator' ? Math.max(rank, RANKS.moderator) : rank;
}

/**
 * Whether a user may end their own membership for this reason: by leaving any room except a direct
 * room, and from a channel also when removed from its workspace.
 */
export function mayLeave(reason: AccessLostReason, kind: RoomKind): boolean {
  return reason === 'left' ? kind !== 'direct' : reason === 'removed' && kind === 'channel';
}

/** Whether a command is still allowed in an archived room. */
export function isAllowedInArchive(kind: string): boolean {
  return kind === 'deletion' || kind === 'access-lost';
}

/** Whether a command is allowed to a muted member: to withdraw a message, and to leave. */
export function isAllowedWhileMuted(kind: string): boolean {
  return isAllowedInArchive(kind);
}

/** Whether a command is allowed to members of a room in which only moderators write. */
export function isAllowedToReaders(kind: string): boolean {
  return isAllowedInArchive(kind) || kind === 'reaction-added' || kind === 'reaction-removed';
}

/** Whether a user may write where only moderators write. */
export function mayAnnounce(holder: RoleHolder, kind: RoomKind): boolean {
  return permits('announce', holder, kind);
}

/**
 * Whether users who are not members may know that a room exists. Other rooms reserve no name: that a
 * name is taken would show them.
 */
export function isKnownToOthers({ kind, visibility }: Pick<Room, 'kind' | 'visibility'>): boolean {
  return visibility === 'public' || kind === 'channel';
}
