/**
 * Opens direct and group rooms automatically on every connection of their members, without a join
 * and without join events. Dialects may opt out and join them as other rooms.
 */

import type { RoomId } from '@parley/protocol';
import type { Room } from '../../model/room.ts';
import type { RoomEvent } from '../../model/room-event.ts';
import type { ChatConnection, Opening, Subscription } from '../delivery/connection.ts';
import { EncodedEvent } from '../delivery/fan-out.ts';
import type { DeferredAcknowledgement } from '../delivery/room-stream.ts';
import type { RoomStreamRegistry } from '../delivery/room-stream-registry.ts';
import type { Presence } from '../presence/presence.ts';
import { type ListRoomsDependencies, listOwnRooms, type RoomSummary } from '../rooms/list-rooms.ts';
import {
  announceJoin,
  beginSubscription,
  closeRoom,
  resyncRoom,
  type SubscribeDependencies,
  subscriptionInStream,
} from '../rooms/subscribe.ts';
import { isAutoSubscribed } from './direct-room-identity.ts';

export type AutoSubscribeDependencies = SubscribeDependencies &
  ListRoomsDependencies & {
    readonly streams: Pick<RoomStreamRegistry, 'get' | 'scheduleRepair'>;
    readonly presence: Pick<Presence, 'connectionsOf' | 'isMember'>;
  };

/**
 * Calls `reply` once with the rooms that the user is a member of. Rooms that the dialect opens
 * automatically are open from then on; their streams follow the listed heads.
 */
export async function subscribeOwnConversations(
  dependencies: AutoSubscribeDependencies,
  connection: ChatConnection,
  reply: (rooms: readonly RoomSummary[]) => void,
): Promise<void> {
  const { dialect } = connection.link;
  if (dialect.opens?.length === 0) {
    reply([]);
    return;
  }
  const subscriptions: Subscription[] = [];
  let rooms = await listOwnRooms(dependencies, connection.user.id);
  for (let missing = findUnsubscribed(connection, rooms); missing.length > 0; ) {
    for (const { room } of missing)
      subscriptions.push(await beginSubscription(dependencies, connection, room));
    // Listed again after all are subscribed: there may be new rooms by now.
    rooms = await listOwnRooms(dependencies, connection.user.id);
    missing = findUnsubscribed(connection, rooms);
  }
  if (connection.isClosed) return;
  reply(rooms);
  const heads = new Map(rooms.map(({ room, head }) => [room.id, head.sequence]));
  for (const subscription of subscriptions)
    start(dependencies, subscription, heads.get(subscription.stream.room.id));
}

/** Rooms that the dialect opens automatically and that are not open here. */
function findUnsubscribed({ link, openRooms }: ChatConnection, rooms: readonly RoomSummary[]) {
  return rooms.filter(
    ({ room }) => isAutoSubscribed(link.dialect, room) && !openRooms.has(room.id),
  );
}

/**
 * Opens a direct or group room on a connection that does not have it open, with the event that
 * makes it appear.
 */
export function subscribeConversationAt(
  dependencies: AutoSubscribeDependencies,
  connection: ChatConnection,
  event: RoomEvent,
  author: ChatConnection | undefined,
): Promise<void> {
  const { roomId, sequence } = event;
  return open(dependencies, connection, roomId, async () => {
    const reference = { kind: 'id', id: roomId } as const;
    const found = await dependencies.store.rooms.findRoom(reference, connection.user.id);
    if (found?.role === undefined) return undefined;
    const { room } = found;
    return {
      room,
      sequence,
      // The author's connection gets the acknowledgement in its place.
      show: () => {
        if (connection === author) return;
        new EncodedEvent({ kind: 'logged', event, room }, { isMissed: true }).sendTo(connection);
      },
    };
  });
}

/**
 * Opens a room on every connection of its new members, from the event at `sequence` on. Resolves
 * when all are open; a connection on which that fails gets the room with its next event.
 */
export async function subscribeNewConversation(
  dependencies: AutoSubscribeDependencies,
  { room, sequence }: { readonly room: Room; readonly sequence: number },
  members: readonly { readonly id: ChatConnection['user']['id'] }[],
): Promise<void> {
  const connections = members.flatMap(({ id }) => dependencies.presence.connectionsOf(id));
  const beginning = { room, sequence, show: () => {} };
  const openings = await Promise.allSettled(
    connections
      .filter(({ link }) => isAutoSubscribed(link.dialect, room))
      .map((connection) => open(dependencies, connection, room.id, async () => beginning)),
  );
  for (const opening of openings) {
    if (opening.status === 'fulfilled') continue;
    dependencies.logger.record({ event: 'store.failed', error: opening.reason });
  }
}

/**
 * Where the stream of a room begins: `show` sends the event at `sequence`, if this connection
 * should get it.
 */
interface StreamStart {
  readonly room: Room;
  readonly sequence: number;
  readonly show: () => void;
}

/**
 * Opens a room once: it begins with the first event that needs it, and its stream brings the later
 * ones. The connection's own commands meanwhile are acknowledged in their positions of that stream.
 */
async function open(
  dependencies: AutoSubscribeDependencies,
  connection: ChatConnection,
  roomId: RoomId,
  begin: () => Promise<StreamStart | undefined>,
): Promise<void> {
  if (connection.openings.has(roomId) || isOpenOrSuspended(connection, roomId)) return;
  const opening: Opening = { acknowledgements: [] };
  connection.openings.set(roomId, opening);
  try {
    await connection.welcomed;
    const beginning = isOpenOrSuspended(connection, roomId) ? undefined : await begin();
    if (beginning === undefined || connection.isClosed) return;
    const { room, sequence, show } = beginning;
    const stream = await dependencies.streams.use(room);
    // The client may have opened it meanwhile, or the membership may have ended.
    const isMember = dependencies.presence.isMember(connection.user.id, roomId);
    if (connection.isClosed || isOpenOrSuspended(connection, roomId) || !isMember) {
      dependencies.streams.release(stream);
      return;
    }
    const subscription = subscriptionInStream(dependencies, connection, stream);
    show();
    start(dependencies, subscription, sequence, opening.acknowledgements.splice(0));
    // More events may have come between the event and the subscription.
    dependencies.streams.scheduleRepair(roomId);
  } finally {
    connection.openings.delete(roomId);
    const stream = dependencies.streams.get(roomId);
    for (const { sequence, run } of opening.acknowledgements) {
      if (stream === undefined) run();
      else stream.acknowledgeAt(connection, sequence, run);
    }
  }
}

/** Open, or closed because the client was too far behind: then only the client opens it again. */
function isOpenOrSuspended({ openRooms, suspendedRooms }: ChatConnection, roomId: RoomId): boolean {
  return openRooms.has(roomId) || suspendedRooms.has(roomId);
}

function start(
  dependencies: AutoSubscribeDependencies,
  subscription: Subscription,
  headSequence: number | undefined,
  acknowledgements: readonly DeferredAcknowledgement[] = [],
): void {
  const { stream, connection } = subscription;
  if (connection.openRooms.get(stream.room.id) !== subscription) return;
  if (headSequence === undefined) {
    closeRoom(dependencies, subscription); // No longer a member.
    return;
  }
  if (stream.enter(subscription)) announceJoin(dependencies, subscription);
  if (stream.reaches(headSequence)) {
    stream.start(subscription, headSequence, acknowledgements);
  } else {
    resyncRoom(dependencies, subscription);
    for (const { run } of acknowledgements) run();
  }
}
