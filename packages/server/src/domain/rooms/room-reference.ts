/**
 * Resolves how clients refer to rooms: a value in id format is an id, everything else is the name of
 * a public room. Channels, groups and direct rooms have no names of their own: they go by their ids.
 */

import { ChatError, isUuid, type RoomId, type UserId } from '@parley/protocol';
import type { Room, RoomReference } from '../../model/room.ts';
import { isKnownToOthers } from '../../model/room-policy.ts';
import type { User } from '../../model/user.ts';
import { DEFAULT_WORKSPACE_ID } from '../../model/workspace.ts';
import type { RoomStore } from '../../ports/room-store.ts';
import type { Subscription } from '../delivery/chat-connection.ts';
import { type RoomName, toRoomName } from './room-name.ts';

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

/** A user, and the rooms that are open on the connection. */
interface RoomSearcher {
  readonly user: Pick<User, 'id'>;
  readonly openRooms?: readonly Pick<Subscription, 'stream'>[];
}

export class RoomIds {
  readonly #rooms: Pick<RoomStore, 'findRoom'>;

  constructor(rooms: Pick<RoomStore, 'findRoom'>) {
    this.#rooms = rooms;
  }

  /**
   * The id of the room that a user refers to by its id or name. An unknown name is returned as it
   * is, for the command to reject, like that of a room that is hidden from the user. The command also
   * checks whether the user may access the room.
   */
  find({ user, openRooms = [] }: RoomSearcher, requested: string): RoomId | Promise<RoomId> {
    // The command checks that the room exists.
    if (isUuid(requested)) return requested.toLowerCase() as RoomId;
    const named = toNamedRoom(requested);
    if (named === undefined) return requested as RoomId;
    if (!('name' in named)) return named.reference.id;
    const open = openRooms.map(({ stream }) => stream.room);
    return findOpen(open, named.reference)?.id ?? this.#findStored(user.id, named, requested);
  }

  async #findStored(userId: UserId, { reference }: NamedRoom, requested: string): Promise<RoomId> {
    const found = await this.#rooms.findRoom(reference, userId);
    const isVisible =
      found?.role !== undefined || (found && !found.isGuest && isKnownToOthers(found.room));
    return found && isVisible ? found.room.id : (requested as RoomId);
  }
}

function findOpen(
  open: readonly Room[],
  { workspaceId, nameKey }: Extract<RoomReference, { kind: 'key' }>,
): Room | undefined {
  return open.find((room) => room.workspaceId === workspaceId && room.nameKey === nameKey);
}

/** Undefined if it is not a valid name. */
function toNamedRoom(named: string): NamedRoom | undefined {
  try {
    return toReference(named, 'roomId');
  } catch {
    return undefined;
  }
}
