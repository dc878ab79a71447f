/** Encodes the settings of a room. */
import type { RoomSettingsPayload, ServerFrames } from '@parley/protocol';
import { type CountedRoom, mayManage } from '../../domain/rooms/room-settings.ts';
import { permits } from '../../model/role-table.ts';
import type { Room } from '../../model/room.ts';
import { heldRole } from '../../model/room-member.ts';
import { permissionsOf } from '../../model/room-permissions.ts';
import { isKnownToOthers, mayDeleteRoom, mayGiveRoles } from '../../model/room-policy.ts';
import { fileUrlOf } from '../../model/stored-file.ts';
import type { User } from '../../model/user.ts';

/** Null for a picture that was removed. */
export function toPicture(fileId: string | null | undefined): {
  readonly pictureUrl?: string | null;
} {
  if (fileId === undefined) return {};
  return { pictureUrl: fileId === null ? null : fileUrlOf(fileId) };
}

export function toRoomChange(room: Room): ServerFrames['room_changed'] {
  const { id: roomId, name, topic = '', slowModeSeconds = 0 } = room;
  const archived = room.archivedAtMs !== undefined;
  const { visibility } = room;
  const shown = { ...permissionsOf(room), ...toPicture(room.pictureFileId) };
  return { roomId, name, topic, slowModeSeconds, archived, visibility, ...shown };
}

export function toRoomSettings(user: Pick<User, 'role'>, found: CountedRoom): RoomSettingsPayload {
  const { room, role, memberTotal, workspaceRole } = found;
  const holder = { role: user.role, roomRole: heldRole(found), workspaceRole };
  const { id, name, kind, topic = '', description = '' } = room;
  return {
    ...{ id, name, kind, topic, description, ...permissionsOf(room) },
    slowModeSeconds: room.slowModeSeconds ?? 0,
    visibility: room.visibility,
    archived: room.archivedAtMs !== undefined,
    memberTotal,
    ...toPicture(room.pictureFileId),
    ...(room.isDefault ? { isDefault: true } : {}),
    ...(role === undefined ? {} : { role }),
    ...(mayManage(user, found) ? { canManage: true } : {}),
    ...(mayGiveRoles(holder, kind) ? { canGiveRoles: true } : {}),
    ...(mayDeleteRoom(holder, kind) ? { canDelete: true } : {}),
    ...(isKnownToOthers(room) && permits('manage-channels', holder, kind)
      ? { canSetDefault: true }
      : {}),
    ...(kind === 'channel' ? { workspaceId: room.workspaceId } : {}),
  };
}
