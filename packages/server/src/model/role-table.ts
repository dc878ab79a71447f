/**
 * The one table of roles: rights by the least role that has them, on the server, in a workspace and in a
 * room. Every check of a role reads it. A right, a role or a kind of room that it does not have is
 * permitted nothing.
 */
import type { RoomKind } from '@parley/protocol';
import type { RoomRole } from './room.ts';
import { ROLES, ROOM_ROLES, WORKSPACE_ROLES, type WorkspaceRole } from './stored-role.ts';
import type { Role } from './user.ts';

/** The roles of a user; undefined in a workspace or room without the user. */
export interface RoleHolder {
  readonly role: Role;
  readonly workspaceRole?: WorkspaceRole | undefined;
  readonly roomRole?: RoomRole | undefined;
}

/** Each of the roles suffices. */
interface Row {
  /** Completes "may". */
  readonly may: string;
  readonly server?: Role;
  /** For the channels of the workspace, and itself. */
  readonly workspace?: WorkspaceRole;
  readonly room?: RoomRole;
  /** Kinds of rooms in which there is the right; default all. */
  readonly kinds?: readonly RoomKind[];
}

const SHARED: readonly RoomKind[] = ['room', 'channel', 'group'];
const NAMED: readonly RoomKind[] = ['room', 'channel'];

export const ROLE_TABLE = Object.freeze({
  read: { may: 'read the room', room: 'member' },
  write: {
    may: 'take part in the room: write, react, pin, mark as read, leave',
    room: 'member',
  },
  announce: {
    may: 'write where only moderators write, and without the waits of slow mode',
    ...{ server: 'moderator', room: 'moderator', kinds: SHARED },
  },
  'pin-messages': {
    may: 'pin and unpin messages where only moderators do',
    ...{ server: 'moderator', room: 'moderator', kinds: SHARED },
  },
  'mention-everyone': {
    may: 'mention everyone where only moderators do, and in large rooms',
    ...{ server: 'moderator', room: 'moderator', kinds: SHARED },
  },
  'let-in': {
    may: 'let others into a room where only moderators do, as in a private room by default',
    ...{ server: 'admin', workspace: 'admin', room: 'moderator', kinds: NAMED },
  },
  'delete-messages': {
    may: 'delete messages of others',
    ...{ server: 'moderator', room: 'moderator', kinds: SHARED },
  },
  'remove-members': {
    may: 'remove, ban and mute members of a lower rank in the room and on the server, and lift bans and mutes',
    ...{ server: 'moderator', room: 'moderator', kinds: SHARED },
  },
  'manage-room': {
    may: 'change the settings of the room, and archive it',
    ...{ server: 'admin', workspace: 'admin', room: 'moderator', kinds: NAMED },
  },
  'give-roles': {
    may: 'give members roles in the room, hand over its ownership, and make it public or private',
    ...{ server: 'admin', workspace: 'admin', room: 'owner', kinds: SHARED },
  },
  'delete-room': {
    may: 'delete the room with all its messages',
    ...{ server: 'admin', workspace: 'admin', room: 'owner', kinds: NAMED },
  },
  'manage-channels': {
    may: 'manage all channels of the workspace, let others into it by a link, and decide which rooms everybody joins',
    ...{ server: 'admin', workspace: 'admin' },
  },
  'change-members': {
    may: 'add and remove members of the workspace, and give them roles below their own',
    ...{ server: 'admin', workspace: 'admin' },
  },
  'rename-workspace': {
    may: 'rename the workspace, and choose its picture',
    server: 'admin',
    workspace: 'owner',
  },
  'join-rooms': {
    may: 'see, find and join public rooms, and the channels of their workspaces',
    server: 'member',
  },
  'create-rooms': { may: 'create rooms, channels and groups', server: 'member' },
  'create-workspaces': { may: 'create workspaces', server: 'member' },
  'create-invites': { may: 'make invitation links', server: 'member' },
  'write-to-all': {
    may: 'begin conversations with people with whom they share no room',
    server: 'member',
  },
  'handle-reports': {
    may: 'read the reports of users to the moderators of the server, and act on them',
    server: 'moderator',
  },
  'mention-user-groups': {
    may: 'see the user groups with their members, and mention them',
    server: 'member',
  },
  'manage-user-groups': { may: 'create, change and delete user groups', server: 'admin' },
  'manage-custom-emoji': { may: 'add and delete the custom emoji of the server', server: 'admin' },
  administer: {
    may: 'manage accounts and all invitation links, give the server its name and logo, and read the audit log',
    server: 'admin',
  },
} satisfies Readonly<Record<string, Row>>);

export type Right = keyof typeof ROLE_TABLE;
type Scope = 'server' | 'workspace' | 'room';

interface RoleDecision {
  readonly isAllowed: boolean;
  readonly right: Right;
  /** Where the role is that suffices; undefined if none does. */
  readonly scope: Scope | undefined;
}

// A map has no other keys, whatever their names.
const ROWS: ReadonlyMap<string, Row> = new Map(Object.entries<Row>(ROLE_TABLE));
/** From the least rights to the most. */
const RANKED: Readonly<Record<Scope, readonly string[]>> = {
  server: ROLES,
  workspace: WORKSPACE_ROLES,
  room: ROOM_ROLES,
};
const SCOPES = ['server', 'workspace', 'room'] as const;

/** @param kind Of the room; undefined for rights outside of rooms. */
export function decideByRole(right: Right, holder: RoleHolder, kind?: RoomKind): RoleDecision {
  const row = ROWS.get(right);
  const isThere = row !== undefined && (kind === undefined || (row.kinds?.includes(kind) ?? true));
  const own = { server: holder.role, workspace: holder.workspaceRole, room: holder.roomRole };
  const scope = SCOPES.find((each) => {
    const least = row?.[each];
    if (!isThere || least === undefined) return false;
    if (each === 'workspace' && kind !== undefined && kind !== 'channel') return false;
    return rankOf(each, own[each]) >= rankOf(each, least);
  });
  return { isAllowed: scope !== undefined, right, scope };
}

export function permits(right: Right, holder: RoleHolder, kind?: RoomKind): boolean {
  return decideByRole(right, holder, kind).isAllowed;
}

/** -1 for no role, and for one that the table does not know. */
function rankOf(scope: Scope, role: string | undefined): number {
  return role === undefined ? -1 : RANKED[scope].indexOf(role);
}
