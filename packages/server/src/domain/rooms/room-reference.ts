/**
 * Resolves how clients refer to rooms: a value in id format is an id, everything else is a name.
 */

import { ChatError, isUuid, type RoomId, type UserId } from '@parley/protocol';
import type { RoomReference } from '../../model/room.ts';
import type { FoundRoom } from '../../model/room-member.ts';
import { DEFAULT_WORKSPACE_ID } from '../../model/workspace.ts';
import type { RoomStore } from '../../ports/room-store.ts';
import { isNamed, type RoomName, toRoomName } from './room-name.ts';

export type NamedRoom =
  | { readonly reference: Extract<RoomReference, { kind: 'id' }> }
  | { readonly reference: Extract<RoomReference, { kind: 'key' }>; readonly name: RoomName };

/**
 * @throws {ChatError} VALIDATION_ERROR for an invalid name; NOT_FOUND for a name whose key is in id
 *   format: the room could not be joined by that name.
 */
export function toReference(requested: string, field: string): NamedRoom {
  const id = requested.trim().toLowerCase();
  // The format was checked; the store finds out whether the room exists.
  if (isUuid(id)) return { reference: { kind: 'id', id: id as RoomId } };
  const name = toRoomName(requested, field);
  const { key: nameKey } = name;
  if (isUuid(nameKey)) throw new ChatError('NOT_FOUND', { field });
  return { reference: { kind: 'key', workspaceId: DEFAULT_WORKSPACE_ID, nameKey }, name };
}

/** Rooms of earlier versions, whose key differs from today's, are found by their own name first. */
export async function findNamedRoom(
  rooms: Pick<RoomStore, 'findRoom'>,
  named: NamedRoom,
  userId: UserId,
): Promise<FoundRoom | undefined> {
  const { reference } = named;
  if ('name' in named && named.name.earlierKey !== undefined) {
    const earlier = { ...named.reference, nameKey: named.name.earlierKey };
    const found = await rooms.findRoom(earlier, userId);
    if (found !== undefined && isNamed(found.room, named.name.key)) return found;
  }
  return rooms.findRoom(reference, userId);
}

/** Undefined if it is not a valid name. */
export function toNamedRoom(named: string): NamedRoom | undefined {
  try {
    return toReference(named, 'roomId');
  } catch {
    return undefined;
  }
}
