/**
 * Permissions that each room chooses: all its members have them, or only those above. Each names the row of
 * the table of roles that then decides; `write` is the row of all members.
 */
import { permits, type Right, type RoleHolder } from './role-table.ts';
import type { Posting, Room } from './room.ts';
import { toPosting } from './stored-role.ts';

const ROWS = {
  posting: 'announce',
  inviting: 'let-in',
  pinning: 'pin-messages',
  mentioningAll: 'mention-everyone',
} as const satisfies Readonly<Record<string, Right>>;

export type RoomPermission = keyof typeof ROWS;
export type RoomPermissions = Readonly<Record<RoomPermission, Posting>>;

/** A room, with its choices only where they differ from the default. */
export type PermissionRoom = Pick<Room, 'kind' | 'visibility'> & Partial<RoomPermissions>;

// The keys of the table are the permissions.
export const ROOM_PERMISSIONS = Object.freeze(Object.keys(ROWS) as RoomPermission[]);

/** The row that decides where a room leaves something to moderators. */
export function moderatedRow(permission: RoomPermission): Right {
  return ROWS[permission];
}

/** All permissions of a room, with the defaults. */
export function permissionsOf(room: PermissionRoom): RoomPermissions {
  const { posting, inviting, pinning, mentioningAll } = room;
  const defaults = defaultsOf(room);
  return {
    posting: posting ?? defaults.posting,
    inviting: inviting ?? defaults.inviting,
    pinning: pinning ?? defaults.pinning,
    mentioningAll: mentioningAll ?? defaults.mentioningAll,
  };
}

/** The permissions in which a room differs from others of its kind. */
export function chosenPermissions(room: PermissionRoom): Partial<RoomPermissions> {
  const [all, defaults] = [permissionsOf(room), defaultsOf(room)];
  const chosen = ROOM_PERMISSIONS.filter((each) => all[each] !== defaults[each]);
  return Object.fromEntries(chosen.map((each) => [each, all[each]]));
}

/** The row of the table of roles that decides in this room. */
export function decidingRow(permission: RoomPermission, room: PermissionRoom): Right {
  // In any other spelling, moderators decide.
  return permissionsOf(room)[permission] === 'members' ? 'write' : ROWS[permission];
}

/** Whether a member may do this in a room. */
export function isPermitted(
  permission: RoomPermission,
  holder: RoleHolder,
  room: PermissionRoom,
): boolean {
  return permits(decidingRow(permission, room), holder, room.kind);
}

/** Columns of a room. */
export interface PermissionCells {
  readonly posting: string;
  readonly inviting: string;
  readonly pinning: string;
  readonly mentioning_all: string;
}

/** Without what is as by default. */
export function toPermissions(cells: PermissionCells): Partial<RoomPermissions> {
  const [posting, pinning] = [toPosting(cells.posting), toPosting(cells.pinning)];
  const mentioningAll = toPosting(cells.mentioning_all);
  return {
    ...(posting === 'members' ? {} : { posting }),
    ...(cells.inviting === '' ? {} : { inviting: toPosting(cells.inviting) }),
    ...(pinning === 'members' ? {} : { pinning }),
    ...(mentioningAll === 'members' ? {} : { mentioningAll }),
  };
}

function defaultsOf({ kind, visibility }: PermissionRoom): RoomPermissions {
  // A group belongs to all its members alike.
  const isClosed = visibility === 'private' && kind !== 'group';
  return {
    posting: 'members',
    inviting: isClosed ? 'moderators' : 'members',
    pinning: 'members',
    mentioningAll: 'members',
  };
}
