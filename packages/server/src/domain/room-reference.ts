/** What clients call a room: what has the form of an id is one, all else is a name. */
import { ChatError, isUuid, type RoomId } from '@parley/protocol';
import { DEFAULT_WORKSPACE_ID } from '../ports/model.ts';
import type { RoomReference } from '../ports/room-store.ts';
import type { ChatConnection } from './connection.ts';
import type { Parts } from './parts.ts';
import { toRoomName } from './room-name.ts';

export interface NamedRoom {
  readonly reference: RoomReference;
  readonly shown: string;
}

/**
 * @throws {ChatError} VALIDATION_ERROR for what is neither; NOT_FOUND for a name whose key
 *   has the form of an id: nobody could join it by its name.
 */
export function toReference(wanted: string, field: string): NamedRoom {
  const id = wanted.trim().toLowerCase();
  // The form was just looked at; whether a room has it, the store will say.
  if (isUuid(id)) return { reference: { kind: 'id', id: id as RoomId }, shown: id };
  const { key: nameKey, shown } = toRoomName(wanted, field);
  if (isUuid(nameKey)) throw new ChatError('NOT_FOUND', { field });
  return { reference: { kind: 'key', workspaceId: DEFAULT_WORKSPACE_ID, nameKey }, shown };
}

/** The id of a room that is open on the connection. What names none is left to the command, which says so. */
export function idOfOpenRoom({ openRooms }: ChatConnection, named: string): RoomId {
  const reference = referenceOf(named);
  if (reference?.kind !== 'key') return reference?.id ?? (named as RoomId);
  const { workspaceId, nameKey } = reference;
  const open = openRooms.values().map(({ stream }) => stream.room);
  const found = open.find((room) => room.nameKey === nameKey && room.workspaceId === workspaceId);
  return found?.id ?? (named as RoomId);
}

/** The same for any room; whether the person may know of it is for the command to find out. */
export async function findRoomId(
  { store }: Pick<Parts, 'store'>,
  connection: ChatConnection,
  named: string,
): Promise<RoomId> {
  const id = idOfOpenRoom(connection, named);
  const reference = referenceOf(named);
  if (id !== named || reference?.kind !== 'key') return id;
  return (await store.rooms.findRoom(reference, connection.user.id))?.room.id ?? id;
}

function referenceOf(named: string): RoomReference | undefined {
  try {
    return toReference(named, 'roomId').reference;
  } catch {
    return undefined; // It is no name that a room could have.
  }
}
