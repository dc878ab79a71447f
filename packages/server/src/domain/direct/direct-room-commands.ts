/** Commands on a direct room by its id, for its two users: read, subscribe, mark as read. */

import { ChatError, type MessageId, type RoomId, type UserId } from '@parley/protocol';
import type { Message } from '../../model/message.ts';
import type { MarkedRead } from '../../model/read-receipt.ts';
import type { Room } from '../../model/room.ts';
import type { LogHead, RoomEvent } from '../../model/room-event.ts';
import type { Position } from '../../model/room-state.ts';
import type { User } from '../../model/user.ts';
import type { ChatConnection } from '../delivery/chat-connection.ts';
import { unavailable } from '../errors.ts';
import { type HistoryDependencies, type HistoryRequest, readHistory } from '../messages/history.ts';
import { type MarkReadDependencies, markRead } from '../messages/read-receipts.ts';
import { requireReadPermission } from '../rooms/read-permission.ts';
import {
  type SubscribeDependencies,
  subscribeWithSnapshot,
} from '../rooms/subscribe-with-snapshot.ts';
import {
  findReadTimes,
  findReadTimesFrom,
  type ReadTimesDependencies,
} from './direct-read-times.ts';

export type DirectRoomCommandDependencies = ReadTimesDependencies &
  HistoryDependencies &
  MarkReadDependencies &
  SubscribeDependencies;

/** @throws {ChatError} NOT_FOUND if the room is not a direct room of this user. */
export async function findDirectRoom(
  { store }: DirectRoomCommandDependencies,
  userId: UserId,
  roomId: RoomId,
): Promise<Room> {
  const { room, role } = requireReadPermission(
    await store.rooms.findRoom({ kind: 'id', id: roomId }, userId),
  );
  if (room.kind !== 'direct' || role === undefined) throw new ChatError('NOT_FOUND');
  return room;
}

/** Messages of a direct room, and when each was first read by its recipient. */
export interface DirectMessages {
  readonly room: Room;
  readonly messages: readonly Message[];
  readonly readAtMsOf: (message: Message) => number | undefined;
}

/** @throws {ChatError} VALIDATION_ERROR, NOT_FOUND, UNAVAILABLE. */
export async function readDirectHistory(
  dependencies: DirectRoomCommandDependencies,
  { id: userId }: User,
  request: HistoryRequest,
): Promise<DirectMessages & { readonly hasMore: boolean }> {
  const room = await findDirectRoom(dependencies, userId, request.roomId);
  const page = await readHistory(dependencies, userId, request);
  return {
    room,
    ...page,
    readAtMsOf: await findReadTimes(dependencies, room, userId, page.messages),
  };
}

/** The first reply to a subscriber, and the head that it corresponds to. */
export interface DirectSubscription extends DirectMessages {
  readonly head: Pick<LogHead, 'sequence' | 'epoch' | 'firstSequence'>;
  /** Too much was missed: no missed messages are included. */
  readonly truncated: boolean;
  /** Other missed events, as in `RoomState`. */
  readonly events: readonly RoomEvent[];
}

/**
 * Calls `reply` with what was missed since the position, before anything later is sent. The room
 * may be open already; it is open afterwards.
 *
 * @throws {ChatError} NOT_FOUND, UNAVAILABLE.
 */
export async function subscribeToDirectRoom(
  dependencies: DirectRoomCommandDependencies,
  connection: ChatConnection,
  { roomId, position }: { readonly roomId: RoomId; readonly position: Position | undefined },
  reply: (subscription: DirectSubscription) => void,
): Promise<void> {
  const room = await findDirectRoom(dependencies, connection.user.id, roomId);
  const missed = position && {
    from: position.lastSequence + 1,
    limit: dependencies.settings.catchUpEventsMax,
  };
  const readAtMsOf = await findReadTimesFrom(dependencies, room, connection.user.id, missed);
  if (position === undefined && connection.hasOpen(roomId)) {
    const { epoch, firstSequence } = await readHead(dependencies, connection, roomId);
    const subscription = connection.openRoom(roomId);
    if (subscription === undefined) throw unavailable();
    // The subscription goes on unchanged: the reply delays and repeats nothing.
    const head = { sequence: subscription.position, epoch, firstSequence };
    reply({ room, head, truncated: false, messages: [], events: [], readAtMsOf });
    return;
  }
  let rejection: ChatError | undefined;
  await subscribeWithSnapshot(dependencies, connection, [{ room, position }], ([result]) => {
    if (result?.kind !== 'opened') {
      rejection = result?.error;
      return;
    }
    const { head, truncated, history, events } = result.state;
    const messages = position === undefined || truncated ? [] : history;
    reply({ room, head, truncated, messages, events, readAtMsOf });
  });
  if (rejection !== undefined) throw rejection;
}

async function readHead(
  { store }: DirectRoomCommandDependencies,
  { user }: ChatConnection,
  roomId: RoomId,
): Promise<LogHead> {
  const request = { roomId, userId: user.id, position: undefined, bytesMax: 0 };
  const state = await store.log.readRoom({ ...request, historyCount: 0, catchUpMax: 0 });
  if (state === undefined) throw new ChatError('NOT_FOUND');
  return state.head;
}

/** A message of a direct room; its room may be given as well. */
export interface DirectReadMark {
  readonly messageId: MessageId;
  readonly roomId: RoomId | undefined;
}

/** @throws {ChatError} NOT_FOUND, UNAVAILABLE. */
export async function markDirectRead(
  dependencies: DirectRoomCommandDependencies,
  connection: ChatConnection,
  { messageId, roomId: named }: DirectReadMark,
): Promise<MarkedRead & { readonly roomId: RoomId }> {
  const roomId = named ?? (await dependencies.store.log.findRoomOfMessage(messageId));
  if (roomId === undefined) throw new ChatError('NOT_FOUND', { field: 'messageId' });
  await findDirectRoom(dependencies, connection.user.id, roomId);
  return { roomId, ...(await markRead(dependencies, connection, { roomId, messageId })) };
}
