/**
 * Reads the roles of records. A record may come from another version, another tool or a changed file:
 * a role in any other spelling gives the least rights.
 */
import type { Posting, RoomRole } from './room.ts';
import type { Role } from './user.ts';

/** The first role of each list has the least rights. */
export const ROLES = [
  'guest',
  'member',
  'moderator',
  'admin',
  'owner',
] as const satisfies readonly Role[];
export const ROOM_ROLES = ['member', 'moderator', 'owner'] as const satisfies readonly RoomRole[];
export const WORKSPACE_ROLES = ['member', 'admin', 'owner'] as const;

/** Role in one workspace; owners rank above admins. */
export type WorkspaceRole = (typeof WORKSPACE_ROLES)[number];

export function toRole(stored: string): Role {
  return oneOf(ROLES, stored);
}

export function toRoomRole(stored: string): RoomRole {
  return oneOf(ROOM_ROLES, stored);
}

export function toWorkspaceRole(stored: string): WorkspaceRole {
  return oneOf(WORKSPACE_ROLES, stored);
}

export function toRoomRoleIfAny(stored: string | null): RoomRole | undefined {
  return stored === null ? undefined : toRoomRole(stored);
}

export function toWorkspaceRoleIfAny(stored: string | null): WorkspaceRole | undefined {
  return stored === null ? undefined : toWorkspaceRole(stored);
}

export function toPosting(stored: string): Posting {
  return stored === 'members' ? stored : 'moderators';
}

function oneOf<R extends string>(roles: readonly [R, ...R[]], stored: string): R {
  return roles.find((role) => role === stored) ?? roles[0];
}
