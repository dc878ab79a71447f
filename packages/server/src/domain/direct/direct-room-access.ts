/** Direct rooms by id: queries of their two users. */

import { ChatError, type Epoch, type MessageId, type RoomId, type UserId } from '@parley/protocol';
import type { Message } from '../../model/message.ts';
import type { MarkedRead, Reader } from '../../model/read-receipt.ts';
import type { Room } from '../../model/room.ts';
import type { LogHead, RoomEvent } from '../../model/room-event.ts';
import type { Position } from '../../model/room-state.ts';
import type { User } from '../../model/user.ts';
import type { Store } from '../../ports/store.ts';
import type { ChatConnection } from '../delivery/connection.ts';
import { unavailable } from '../errors.ts';
import { type HistoryDependencies, type HistoryRequest, readHistory } from '../messages/history.ts';
import {
  findPrivateReader,
  type ReadReceiptPrivacyDependencies,
} from '../messages/read-receipt-privacy.ts';
import { type MarkReadDependencies, markRead } from '../messages/read-receipts.ts';
import { type OpenRoomsDependencies, openRooms } from '../rooms/open-rooms.ts';
import { requireReadPermission } from '../rooms/read-permission.ts';
import { recipientOf } from './direct-room-identity.ts';

export type ReadTimesDependencies = ReadReceiptPrivacyDependencies & {
  readonly store: Pick<Store, 'rooms'>;
};

export type DirectRoomQueryDependencies = ReadTimesDependencies &
  HistoryDependencies &
  MarkReadDependencies &
  OpenRoomsDependencies;

/** @throws {ChatError} NOT_FOUND if the room is not a direct room of this user. */
export async function findDirectRoom(
  { store }: DirectRoomQueryDependencies,
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
  dependencies: DirectRoomQueryDependencies,
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
  readonly head: Pick<LogHead, 'sequence' | 'epoch'>;
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
  dependencies: DirectRoomQueryDependencies,
  connection: ChatConnection,
  { roomId, position }: { readonly roomId: RoomId; readonly position: Position | undefined },
  reply: (subscription: DirectSubscription) => void,
): Promise<void> {
  const room = await findDirectRoom(dependencies, connection.user.id, roomId);
  const missed = position && {
    from: position.lastSequence + 1,
    limit: dependencies.settings.catchUpEventsMax,
  };
  const readAtMsOf = await readTimesFrom(dependencies, room, connection.user.id, missed);
  if (position === undefined && connection.hasOpen(roomId)) {
    const epoch = await readEpoch(dependencies, connection, roomId);
    const subscription = connection.openRoom(roomId);
    if (subscription === undefined) throw unavailable();
    // The subscription goes on unchanged: the reply delays and repeats nothing.
    const head = { sequence: subscription.position, epoch };
    reply({ room, head, truncated: false, messages: [], events: [], readAtMsOf });
    return;
  }
  let rejection: ChatError | undefined;
  await openRooms(dependencies, connection, [{ room, position }], ([result]) => {
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

async function readEpoch(
  { store }: DirectRoomQueryDependencies,
  { user }: ChatConnection,
  roomId: RoomId,
): Promise<Epoch> {
  const request = { roomId, userId: user.id, position: undefined, bytesMax: 0 };
  const state = await store.log.readRoom({ ...request, historyCount: 0, catchUpMax: 0 });
  if (state === undefined) throw new ChatError('NOT_FOUND');
  return state.head.epoch;
}

/** A message of a direct room; its room may be given as well. */
export interface DirectReadMark {
  readonly messageId: MessageId;
  readonly roomId: RoomId | undefined;
}

/** @throws {ChatError} NOT_FOUND, UNAVAILABLE. */
export async function markDirectRead(
  dependencies: DirectRoomQueryDependencies,
  connection: ChatConnection,
  { messageId, roomId: named }: DirectReadMark,
): Promise<MarkedRead & { readonly roomId: RoomId }> {
  const roomId = named ?? (await dependencies.store.log.findRoomOfMessage(messageId));
  if (roomId === undefined) throw new ChatError('NOT_FOUND', { field: 'messageId' });
  await findDirectRoom(dependencies, connection.user.id, roomId);
  return { roomId, ...(await markRead(dependencies, connection, { roomId, messageId })) };
}

type ReadTimes = (message: Message) => number | undefined;

/**
 * Finds when the recipient first read each of these messages of a direct room, as far as a block
 * does not hide it. The messages are consecutive, oldest first.
 */
export function findReadTimes(
  dependencies: ReadTimesDependencies,
  room: Room,
  viewerId: UserId,
  messages: readonly Message[],
): Promise<ReadTimes> {
  const [first] = messages;
  const page = first && { from: first.sequence, limit: messages.length };
  return readTimesFrom(dependencies, room, viewerId, page);
}

/** For `limit` messages from a sequence on; for none if undefined. */
async function readTimesFrom(
  { store }: ReadTimesDependencies,
  room: Room,
  viewerId: UserId,
  page: { readonly from: number; readonly limit: number } | undefined,
): Promise<ReadTimes> {
  if (page === undefined) return () => undefined;
  const steps = await store.rooms.listReadSteps(room.id, page);
  const hiddenId = await findPrivateReader({ store }, room, viewerId);
  const stepsOf = Map.groupBy(steps, ({ userId }) => userId);
  return ({ sequence, userId }) => {
    const recipientId = recipientOf(room, userId);
    if (recipientId === undefined || recipientId === hiddenId) return undefined;
    return firstStepOver(stepsOf.get(recipientId) ?? [], sequence)?.readAtMs;
  };
}

/** Binary search: a page has up to a thousand messages and as many steps. */
function firstStepOver(steps: readonly Reader[], sequence: number): Reader | undefined {
  let [low, high] = [0, steps.length];
  while (low < high) {
    const middle = (low + high) >>> 1;
    if ((steps[middle]?.sequence ?? 0) < sequence) low = middle + 1;
    else high = middle;
  }
  return steps[low];
}
