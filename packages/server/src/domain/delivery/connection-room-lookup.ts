/** Finds the room that a command means among those that are open on its connection. */

import { ChatError, type RoomId } from '@parley/protocol';
import { isDirectOrGroup } from './auto-subscribed-kinds.ts';
import type { ChatConnection, Subscription } from './chat-connection.ts';

/**
 * Resolves when the named room is open, if it opens at this moment: the first message to a user is
 * acknowledged before its room is open, and the next command may name it. Otherwise undefined.
 */
export function whenOpened(
  connection: ChatConnection,
  roomId: RoomId | undefined,
): Promise<void> | undefined {
  return roomId === undefined ? undefined : connection.subscriptions.get(roomId)?.whenAttached();
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
