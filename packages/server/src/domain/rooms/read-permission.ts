/**
 * Whether a person may read a room: its members; of a channel those of its workspace,
 * of a public room everybody, if they are not banned.
 */

import { ChatError, type RoomId, type UserId } from '@parley/protocol';
import type { FoundRoom } from '../../model/room-member.ts';
import { isKnownToOthers } from '../../model/room-policy.ts';
import type { Store } from '../../ports/store.ts';

export interface ReadPermissionDependencies {
  readonly store: Pick<Store, 'rooms'>;
}

/**
 * @throws {ChatError} NOT_FOUND for a room that is not there or that one may not
 *   know of; FORBIDDEN for one from which one is banned, or a channel of another workspace.
 */
export function requireReadPermission(found: FoundRoom | undefined): FoundRoom {
  if (found === undefined) throw new ChatError('NOT_FOUND');
  const { room, role, isBanned, isOfWorkspace } = found;
  if (role !== undefined) return found;
  if (!isKnownToOthers(room)) throw new ChatError('NOT_FOUND');
  if (isBanned || (room.kind === 'channel' && !isOfWorkspace)) throw new ChatError('FORBIDDEN');
  return found;
}

/** @throws {ChatError} NOT_FOUND, FORBIDDEN, UNAVAILABLE. */
export async function findReadable(
  { store }: ReadPermissionDependencies,
  userId: UserId,
  roomId: RoomId,
): Promise<FoundRoom> {
  return requireReadPermission(await store.rooms.findRoom({ kind: 'id', id: roomId }, userId));
}
