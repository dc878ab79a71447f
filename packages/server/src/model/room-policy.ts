/** Who may act on what others wrote, and on the people of a room. Every store asks here, inside its transaction. */

import type { RoomKind } from '@parley/protocol';
import type { Room, RoomRole } from './room.ts';
import type { AccessLostReason } from './room-event.ts';
import type { Role } from './user.ts';

export interface RoleHolder {
  /** In the whole server: its owner and admins stand above the owners of rooms. */
  readonly role: Role;
  readonly roomRole: RoomRole;
}

const RANKS: Readonly<Record<RoomRole, number>> = Object.freeze({
  member: 0,
  moderator: 1,
  owner: 2,
});

const SERVER_RANK = 3;

/** Delete what others wrote, lift bans. Between two people nobody stands above the other. */
export function mayModerate(holder: RoleHolder, kind: RoomKind): boolean {
  return kind !== 'direct' && rankOf(holder) >= RANKS.moderator;
}

/** Remove and ban: those who stand below oneself. */
export function mayRemove(holder: RoleHolder, subjectRole: RoomRole, kind: RoomKind): boolean {
  return mayModerate(holder, kind) && rankOf(holder) > RANKS[subjectRole];
}

function rankOf({ role, roomRole }: RoleHolder): number {
  return role === 'member' ? RANKS[roomRole] : SERVER_RANK;
}

/**
 * Whether one may end the own membership so: by leaving, unless it is a room between
 * two; in a channel also because one was taken out of its workspace.
 */
export function mayLeave(reason: AccessLostReason, kind: RoomKind): boolean {
  return reason === 'left' ? kind !== 'direct' : reason === 'removed' && kind === 'channel';
}

/** Of a room whose holder says so: what may still be done in a channel that is archived. */
export function isAllowedInArchive(kind: string): boolean {
  return kind === 'deletion' || kind === 'access-lost';
}

/** Whether one who is no member of a room may know that it is there. */
export function isKnownToOthers({ kind, visibility }: Pick<Room, 'kind' | 'visibility'>): boolean {
  return visibility === 'public' || kind === 'channel';
}
