/**
 * Decides whether a user may read a room: its members may; for channels the members of the
 * workspace only, for public rooms all users who are not banned.
 */

import { ChatError, type RoomId, type UserId } from '@parley/protocol';
import type { FoundRoom } from '../../model/room-member.ts';
import { isKnownToOthers } from '../../model/room-policy.ts';
import type { Store } from '../../ports/store.ts';

interface ReadPermissionDependencies {
  readonly store: Pick<Store, 'rooms'>;
}

/**
 * @throws {ChatError} NOT_FOUND for a room that does not exist or is hidden from the user;
 *   FORBIDDEN for a banned user, or a channel of another workspace.
 */
export function requireReadPermission(found: FoundRoom | undefined): FoundRoom {
  if (found === undefined) throw new ChatError('NOT_FOUND');
  const { room, role, ban, isGuest = false, workspaceRole } = found;
  // A removal from the workspace ends the membership later, in the log of the channel.
  const isForeign = room.kind === 'channel' && workspaceRole === undefined;
  if (role !== undefined && !isForeign) return found;
  if (isGuest || !isKnownToOthers(room)) throw new ChatError('NOT_FOUND');
  if (ban !== undefined || isForeign) throw new ChatError('FORBIDDEN');
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
