/** Creates private rooms: direct rooms and groups. */

import type { Room, RoomRole } from '../../model/room.ts';
import type { User } from '../../model/user.ts';
import { DEFAULT_WORKSPACE_ID } from '../../model/workspace.ts';
import type { Clock } from '../../ports/clock.ts';
import type { Store } from '../../ports/store.ts';
import type { ConnectedUsers } from '../presence/connected-users.ts';

export interface CreateRoomDependencies {
  readonly store: Pick<Store, 'rooms'>;
  readonly clock: Pick<Clock, 'nowMs'>;
  readonly presence: Pick<ConnectedUsers, 'joinedRoom'>;
}

/** Creates a private room of the default workspace with these members. */
export async function createPrivateRoom(
  { clock, store, presence }: CreateRoomDependencies,
  members: readonly User[],
  properties: Pick<Room, 'id' | 'kind' | 'name' | 'nameKey'> & {
    readonly roleOf: (user: User) => RoomRole;
  },
): Promise<Room> {
  const { roleOf, ...named } = properties;
  const nowMs = clock.nowMs();
  const room: Room = {
    workspaceId: DEFAULT_WORKSPACE_ID,
    visibility: 'private',
    createdAtMs: nowMs,
    ...named,
  };
  const roles = members.map((user) => ({ userId: user.id, role: roleOf(user) }));
  const stored = await store.rooms.createRoom(room, roles, nowMs);
  for (const { id } of members) presence.joinedRoom(id, stored);
  return stored;
}
