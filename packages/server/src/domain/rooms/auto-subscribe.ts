/**
 * Direct and group rooms: open on every connection of their members, without a join
 * and without notices, but for connections whose dialect joins them as it does other rooms.
 */
import type { RoomId } from '@parley/protocol';
import type { Room } from '../../model/room.ts';
import type { RoomEvent } from '../../model/room-event.ts';
import type { ChatConnection, Opening } from '../delivery/connection.ts';
import { EncodedEvent } from '../delivery/fan-out.ts';
import type { Answer, Subscription } from '../delivery/room-stream.ts';
import { isAutoSubscribed } from '../direct/direct-room-rules.ts';
import type { Parts } from '../parts.ts';
import { listOwnRooms, type RoomSummary } from './list-rooms.ts';
import {
  announceJoin,
  beginSubscription,
  closeRoom,
  resyncRoom,
  subscriptionInStream,
} from './subscribe.ts';

/**
 * Calls `reply` once with the rooms of the person's memberships; those that the
 * dialect opens by itself are open from there on, their streams behind the heads that
 * they are listed with.
 */
export async function subscribeOwnConversations(
  parts: Parts,
  connection: ChatConnection,
  reply: (rooms: readonly RoomSummary[]) => void,
): Promise<void> {
  const { dialect } = connection.link;
  if (dialect.opens?.length === 0) {
    reply([]);
    return;
  }
  const held: Subscription[] = [];
  let rooms = await listOwnRooms(parts, connection.user.id);
  for (let missing = notHeld(connection, rooms); missing.length > 0; ) {
    for (const { room } of missing) held.push(await beginSubscription(parts, connection, room));
    // The heads of a moment at which all of them are subscribed: others may be there by now.
    rooms = await listOwnRooms(parts, connection.user.id);
    missing = notHeld(connection, rooms);
  }
  if (connection.isClosed) return;
  reply(rooms);
  const heads = new Map(rooms.map(({ room, head }) => [room.id, head.sequence]));
  for (const subscription of held)
    start(parts, subscription, heads.get(subscription.stream.room.id));
}

/** What the dialect opens by itself, and is not open here. */
function notHeld({ link, openRooms }: ChatConnection, rooms: readonly RoomSummary[]) {
  return rooms.filter(
    ({ room }) => isAutoSubscribed(link.dialect, room) && !openRooms.has(room.id),
  );
}

/** Opens a conversation on a connection that has it not, with the event by which it shows itself. */
export function subscribeConversationAt(
  parts: Parts,
  connection: ChatConnection,
  event: RoomEvent,
  author: ChatConnection | undefined,
): Promise<void> {
  const { roomId, sequence } = event;
  return open(parts, connection, roomId, async () => {
    const reference = { kind: 'id', id: roomId } as const;
    const found = await parts.store.rooms.findRoom(reference, connection.user.id);
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
  parts: Parts,
  { room, sequence }: { readonly room: Room; readonly sequence: number },
  members: readonly { readonly id: ChatConnection['user']['id'] }[],
): Promise<void> {
  const connections = members.flatMap(({ id }) => parts.people.connectionsOf(id));
  const beginning = { room, sequence, show: () => {} };
  const openings = await Promise.allSettled(
    connections
      .filter(({ link }) => isAutoSubscribed(link.dialect, room))
      .map((connection) => open(parts, connection, room.id, async () => beginning)),
  );
  for (const opening of openings) {
    if (opening.status === 'fulfilled') continue;
    parts.logger.record({ event: 'store.failed', error: opening.reason });
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
  parts: Parts,
  connection: ChatConnection,
  roomId: RoomId,
  begin: () => Promise<Beginning | undefined>,
): Promise<void> {
  if (connection.openings.has(roomId) || isTaken(connection, roomId)) return;
  const opening: Opening = { answers: [] };
  connection.openings.set(roomId, opening);
  try {
    await connection.welcomed;
    const beginning = isTaken(connection, roomId) ? undefined : await begin();
    if (beginning === undefined || connection.isClosed) return;
    const { room, sequence, show } = beginning;
    const stream = await parts.streams.use(room);
    // Meanwhile the client may have opened it itself, or heard that the membership has ended.
    const isMember = parts.people.isMember(connection.user.id, roomId);
    if (connection.isClosed || isTaken(connection, roomId) || !isMember) {
      parts.streams.release(stream);
      return;
    }
    const subscription = subscriptionInStream(parts, connection, stream);
    show();
    start(parts, subscription, sequence, opening.answers.splice(0));
    // Others may have come between the event and the subscription.
    parts.streams.scheduleRepair(roomId);
  } finally {
    connection.openings.delete(roomId);
    const stream = parts.streams.get(roomId);
    for (const { sequence, run } of opening.answers) {
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
  parts: Parts,
  subscription: Subscription,
  headSequence: number | undefined,
  answers: readonly Answer[] = [],
): void {
  const { stream, connection } = subscription;
  if (connection.openRooms.get(stream.room.id) !== subscription) return;
  if (headSequence === undefined) {
    closeRoom(parts, subscription); // No longer a member.
    return;
  }
  if (stream.enter(subscription)) announceJoin(parts, subscription);
  if (stream.reaches(headSequence)) {
    stream.start(subscription, headSequence, answers);
  } else {
    resyncRoom(parts, subscription);
    for (const { run } of answers) run();
  }
}
