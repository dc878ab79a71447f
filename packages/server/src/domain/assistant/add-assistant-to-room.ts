/** Adds the assistant to the rooms in which it is asked. */

import type { UserId } from '@parley/protocol';
import type { Room } from '../../model/room.ts';
import type { Clock } from '../../ports/clock.ts';
import type { Store } from '../../ports/store.ts';

interface AddAssistantToRoomDependencies {
  readonly store: Pick<Store, 'rooms' | 'workspaces'>;
  readonly clock: Pick<Clock, 'nowMs'>;
}

/** Adds the assistant; workspaces need not invite it. Returns false if it is banned. */
export async function addAssistantToRoom(
  { store, clock }: AddAssistantToRoomDependencies,
  userId: UserId,
  { id, workspaceId }: Pick<Room, 'id' | 'workspaceId'>,
): Promise<boolean> {
  const nowMs = clock.nowMs();
  const added = await store.rooms.addMember(id, userId, nowMs, userId);
  if (added !== 'foreign') return typeof added === 'object';
  await store.workspaces.admitToWorkspace({ workspaceId, userId, nowMs });
  return typeof (await store.rooms.addMember(id, userId, nowMs, userId)) === 'object';
}
