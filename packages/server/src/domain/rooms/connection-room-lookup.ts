/** Finds the room that a command means among those that are open on its connection. */

import { ChatError, type RoomId } from '@parley/protocol';
import type { Room } from '../../model/room.ts';
import type { ChatConnection, Subscription } from '../delivery/chat-connection.ts';
import { isDirectOrGroup } from '../direct/auto-subscribed-kinds.ts';
import { isNamed } from './room-name.ts';
import { toNamedRoom } from './room-reference.ts';

/**
 * The id of a room that is open on the connection. Unknown names are returned as they are, for the
 * command to reject.
 */
export function idOfOpenRoom({ openRooms }: ChatConnection, named: string): RoomId {
  const requested = toNamedRoom(named);
  if (requested === undefined || !('name' in requested)) {
    return requested?.reference.id ?? (named as RoomId);
  }
  const { workspaceId } = requested.reference;
  const { key, earlierKey } = requested.name;
  const open = openRooms
    .map(({ stream }) => stream.room)
    .filter((room) => room.workspaceId === workspaceId);
  const isEarlier = (room: Room) => room.nameKey === earlierKey && isNamed(room, key);
  const found = open.find(isEarlier) ?? open.find(({ nameKey }) => nameKey === key);
  return found?.id ?? (named as RoomId);
}

/**
 * The connection's subscription to an open room; without an id, to the only room that was joined.
 *
 * @throws {ChatError} NOT_IN_ROOM; VALIDATION_ERROR if no room or several rooms are open.
 */
export function openRoomOf(connection: ChatConnection, roomId: RoomId | undefined): Subscription {
  if (roomId !== undefined) {
    const subscription = connection.openRoom(roomId);
    if (subscription === undefined) throw new ChatError('NOT_IN_ROOM');
    return subscription;
  }
  const joined = connection.openRooms.filter(({ stream }) => !isDirectOrGroup(stream.room));
  const [only, ...others] = joined;
  if (only === undefined || others.length > 0) {
    throw new ChatError('VALIDATION_ERROR', {
      field: 'roomId',
      message: `Name a room: ${joined.length} rooms are open on this connection`,
    });
  }
  return only;
}
