/** Permissions that a room leaves to all its members, or only to moderators. */
import type { RoomListEntry, RoomPermissionsPayload, RoomPosting } from '@parley/client';

export type RoomPermission = keyof RoomPermissionsPayload;

/** The list leaves out what is as by default. */
export function permissionOf(room: RoomListEntry | undefined, of: RoomPermission): RoomPosting {
  const isClosed = of === 'inviting' && room?.visibility === 'private';
  return room?.[of] ?? (isClosed ? 'moderators' : 'members');
}

export function isPermitted(room: RoomListEntry | undefined, permission: RoomPermission): boolean {
  if (permissionOf(room, permission) === 'members') return true;
  return (permission === 'inviting' ? room?.canManage : room?.canModerate) === true;
}
