/** Creates rooms that only their members know of. */

import type { Room, RoomRole } from '../../model/room.ts';
import type { User } from '../../model/user.ts';
import { DEFAULT_WORKSPACE_ID } from '../../model/workspace.ts';
import type { Clock } from '../../ports/clock.ts';
import type { Store } from '../../ports/store.ts';

export interface CreateRoomDependencies {
  readonly store: Pick<Store, 'rooms'>;
  readonly clock: Pick<Clock, 'nowMs'>;
}

/**
 * Creates a private room of the default workspace with these members, who do not know of it yet. If
 * there is a room with the same key, returns that one.
 */
export async function createPrivateRoom(
  { clock, store }: CreateRoomDependencies,
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
  return store.rooms.createRoom(room, roles, nowMs);
}
