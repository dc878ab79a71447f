/**
 * Decides whether a user may read a room: its members may; for channels the members of the
 * workspace only, for public rooms all users who are not banned.
 */

import { ChatError, type MessageId, type RoomId, type UserId } from '@parley/protocol';
import type { Message } from '../../model/message.ts';
import type { Room } from '../../model/room.ts';
import type { FoundRoom } from '../../model/room-member.ts';
import { isKnownToOthers } from '../../model/room-policy.ts';
import type { Store } from '../../ports/store.ts';
import { banned } from '../errors.ts';

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
  if (isForeign) throw new ChatError('FORBIDDEN');
  if (ban !== undefined) throw banned(ban);
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

/** Those of these rooms that the user is a member of and may read; no others. */
export async function findReadableRooms(
  { store }: ReadPermissionDependencies,
  userId: UserId,
  roomIds: readonly RoomId[],
): Promise<ReadonlyMap<RoomId, Room>> {
  const ids = [...new Set(roomIds)];
  const found = await Promise.all(
    ids.map((id) => store.rooms.findRoom({ kind: 'id', id }, userId)),
  );
  return new Map(
    found.flatMap((each) => {
      try {
        const { room, role } = requireReadPermission(each);
        // A room that the user has left is not one of theirs, also if it is public.
        return role === undefined ? [] : [[room.id, room] as const];
      } catch {
        return [];
      }
    }),
  );
}

/** A message that is not deleted, and its room; undefined also if the user cannot read it now. */
export async function findReadableMessage(
  { store }: { readonly store: Pick<Store, 'log' | 'rooms'> },
  userId: UserId,
  messageId: MessageId,
): Promise<(FoundRoom & { readonly message: Message }) | undefined> {
  const roomId = await store.log.findRoomOfMessage(messageId);
  if (roomId === undefined) return undefined;
  try {
    const found = await findReadable({ store }, userId, roomId);
    const message = await store.log.readMessage(roomId, messageId);
    return message === undefined || message.isDeleted ? undefined : { ...found, message };
  } catch (error) {
    const { code } = ChatError.from(error);
    if (code === 'FORBIDDEN' || code === 'NOT_FOUND') return undefined;
    throw error;
  }
}
