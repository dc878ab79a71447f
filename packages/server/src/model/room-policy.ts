/**
 * Permissions on other users' messages and on the members of a room. Every store calls these
 * functions inside its transaction.
 */

import type { RoomKind } from '@parley/protocol';
import { isInForce, type Mute } from './restriction.ts';
import { permits, type Right } from './role-table.ts';
import type { Room, RoomChange, RoomRole } from './room.ts';
import type { AccessLostReason } from './room-event.ts';
import { decidingRow, type PermissionRoom } from './room-permissions.ts';
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

/** The user that an act on a member is about; `roomRole` is undefined if the user is not a member. */
export interface Subject {
  /** Role on the server. */
  readonly role: Role;
  readonly roomRole: RoomRole | undefined;
}

/** Whether a user may remove, ban or mute another: only users of a lower rank. */
export function mayRemove(
  holder: RoleHolder,
  { role, roomRole = 'member' }: Subject,
  kind: RoomKind,
): boolean {
  return permits('remove-members', holder, kind) && rankOf(holder) > rankOf({ role, roomRole });
}

/**
 * The rights of a user at a time: a role in the room gives none while the user is muted in it. Roles on the
 * server and in a workspace stay.
 */
export function withoutMutedRole<
  H extends {
    readonly roomRole?: RoomRole | undefined;
    readonly mute?: Mute | undefined;
  },
>(holder: H, atMs: number): H {
  const isMuted = holder.roomRole !== undefined && isInForce(holder.mute, atMs);
  return isMuted ? { ...holder, roomRole: 'member' } : holder;
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
 * Whether a user may let others into a room, by name or by a link: members, as the room says. A
 * conversation of two stays one.
 */
export function mayInvite(manager: RoomManager, room: PermissionRoom): boolean {
  if (manager.roomRole === undefined || room.kind === 'direct') return false;
  return permits(invitingRow(room), manager, room.kind);
}

/**
 * The row of the table of roles that decides who lets others in. A public channel is open to those who are in
 * its workspace, and others are let into that by its owners and admins.
 */
export function invitingRow(room: PermissionRoom): Right {
  const isOpen = room.kind === 'channel' && isKnownToOthers(room);
  return isOpen ? 'manage-channels' : decidingRow('inviting', room);
}

/** Whether a user may make this change of a room: who reads it, and who is in it by default, takes a higher role. */
export function mayChangeRoom(
  manager: RoomManager,
  kind: RoomKind,
  { visibility, isDefault }: RoomChange,
): boolean {
  // A room that becomes private is a default room no longer.
  const decidesDefault = isDefault === true || (isDefault === false && visibility === undefined);
  return (
    mayManageRoom(manager, kind) &&
    (visibility === undefined || mayGiveRoles(manager, kind)) &&
    // Out of the user's own reach, and a channel without members out of everyone's.
    (visibility !== 'private' || manager.roomRole !== undefined) &&
    (!decidesDefault || mayManageChannels(manager))
  );
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

/** Whether a command pins or unpins a message. */
export function isPin(kind: string): boolean {
  return kind === 'pin' || kind === 'unpin';
}

/** Whether a user may write where only moderators write. */
export function mayAnnounce(holder: RoleHolder, kind: RoomKind): boolean {
  return permits('announce', holder, kind);
}

/**
 * Whether users who are not members may know that a room exists; of a channel, those of its workspace.
 * Other rooms reserve no name: that a name is taken would show them.
 */
export function isKnownToOthers({ visibility }: Pick<Room, 'visibility'>): boolean {
  return visibility === 'public';
}
