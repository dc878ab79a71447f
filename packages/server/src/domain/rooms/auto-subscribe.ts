/**
 * Direct and group rooms: open on every connection of their members, without a join
 * and without notices, but for connections whose dialect joins them as it does other rooms.
 */

import type { RoomId } from '@parley/protocol';
import type { Room } from '../../model/room.ts';
import type { RoomEvent } from '../../model/room-event.ts';
import type { ChatConnection, Opening, Subscription } from '../delivery/connection.ts';
import { EncodedEvent } from '../delivery/fan-out.ts';
import type { DeferredAcknowledgement } from '../delivery/room-stream.ts';
import type { RoomStreamRegistry } from '../delivery/room-stream-registry.ts';
import { isAutoSubscribed } from '../direct/direct-room-rules.ts';
import type { Presence } from '../presence/presence.ts';
import { type ListRoomsDependencies, listOwnRooms, type RoomSummary } from './list-rooms.ts';
import {
  announceJoin,
  beginSubscription,
  closeRoom,
  resyncRoom,
  type SubscribeDependencies,
  subscriptionInStream,
} from './subscribe.ts';

export type AutoSubscribeDependencies = SubscribeDependencies &
  ListRoomsDependencies & {
    readonly streams: Pick<RoomStreamRegistry, 'get' | 'scheduleRepair'>;
    readonly presence: Pick<Presence, 'connectionsOf' | 'isMember'>;
  };

/**
 * Calls `reply` once with the rooms of the person's memberships; those that the
 * dialect opens by itself are open from there on, their streams behind the heads that
 * they are listed with.
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
  const held: Subscription[] = [];
  let rooms = await listOwnRooms(dependencies, connection.user.id);
  for (let missing = findUnsubscribed(connection, rooms); missing.length > 0; ) {
    for (const { room } of missing)
      held.push(await beginSubscription(dependencies, connection, room));
    // The heads of a moment at which all of them are subscribed: others may be there by now.
    rooms = await listOwnRooms(dependencies, connection.user.id);
    missing = findUnsubscribed(connection, rooms);
  }
  if (connection.isClosed) return;
  reply(rooms);
  const heads = new Map(rooms.map(({ room, head }) => [room.id, head.sequence]));
  for (const subscription of held)
    start(dependencies, subscription, heads.get(subscription.stream.room.id));
}

/** What the dialect opens by itself, and is not open here. */
function findUnsubscribed({ link, openRooms }: ChatConnection, rooms: readonly RoomSummary[]) {
  return rooms.filter(
    ({ room }) => isAutoSubscribed(link.dialect, room) && !openRooms.has(room.id),
  );
}

/** Opens a conversation on a connection that has it not, with the event by which it shows itself. */
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
      // The author has the acknowledgement in its place.
      show: () => {
        if (connection === author) return;
        new EncodedEvent({ kind: 'logged', event, room }, { isMissed: true }).sendTo(connection);
      },
    };
  });
}

/**
 * Opens a room on every connection of people who have just become its members, behind the
 * event at `sequence`. Resolves when all have it; one where that fails gets it with its next event.
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

/** From where a room is opened: `show` tells the event at `sequence`, if that is for this connection. */
interface Beginning {
  readonly room: Room;
  readonly sequence: number;
  readonly show: () => void;
}

/**
 * One opening at a time: it begins at the first event that it is for, and its stream
 * brings the later ones. Own commands that are carried out meanwhile are answered in
 * their places of that stream.
 */
async function open(
  dependencies: AutoSubscribeDependencies,
  connection: ChatConnection,
  roomId: RoomId,
  begin: () => Promise<Beginning | undefined>,
): Promise<void> {
  if (connection.openings.has(roomId) || isTaken(connection, roomId)) return;
  const opening: Opening = { acknowledgements: [] };
  connection.openings.set(roomId, opening);
  try {
    await connection.welcomed;
    const beginning = isTaken(connection, roomId) ? undefined : await begin();
    if (beginning === undefined || connection.isClosed) return;
    const { room, sequence, show } = beginning;
    const stream = await dependencies.streams.use(room);
    // Meanwhile the client may have opened it itself, or heard that the membership has ended.
    const isMember = dependencies.presence.isMember(connection.user.id, roomId);
    if (connection.isClosed || isTaken(connection, roomId) || !isMember) {
      dependencies.streams.release(stream);
      return;
    }
    const subscription = subscriptionInStream(dependencies, connection, stream);
    show();
    start(dependencies, subscription, sequence, opening.acknowledgements.splice(0));
    // Others may have come between the event and the subscription.
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

/** Open, or closed because the client was too far behind: then only the client opens it anew. */
function isTaken({ openRooms, suspendedRooms }: ChatConnection, roomId: RoomId): boolean {
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
