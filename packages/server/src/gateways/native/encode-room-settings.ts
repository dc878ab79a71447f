/** Encodes the settings of a room. */
import type { RoomSettingsPayload, ServerFrames } from '@parley/protocol';
import { type CountedRoom, mayManage, visibilityOf } from '../../domain/rooms/room-settings.ts';
import { permits } from '../../model/role-table.ts';
import type { Room } from '../../model/room.ts';
import { isKnownToOthers, mayDeleteRoom, mayGiveRoles } from '../../model/room-policy.ts';
import type { User } from '../../model/user.ts';

export function toRoomChange(room: Room): ServerFrames['room_changed'] {
  const { id: roomId, name, topic = '', posting = 'members', archivedAtMs } = room;
  const archived = archivedAtMs !== undefined;
  return { roomId, name, topic, posting, archived, visibility: visibilityOf(room) };
}

export function toRoomSettings(user: Pick<User, 'role'>, found: CountedRoom): RoomSettingsPayload {
  const { room, role, memberTotal, workspaceRole } = found;
  const holder = { role: user.role, roomRole: role, workspaceRole };
  const { id, name, kind, topic = '', description = '', posting = 'members' } = room;
  return {
    ...{ id, name, kind, topic, description, posting },
    visibility: visibilityOf(room),
    archived: room.archivedAtMs !== undefined,
    memberTotal,
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
