/**
 * Direct and group rooms: open on every connection of their members, without a join
 * and without notices.
 */
import type { RoomEvent } from '../ports/model.ts';
import type { ChatConnection } from './connection.ts';
import { isConversation } from './conversation.ts';
import { listOwnRooms, type RoomSummary } from './list-rooms.ts';
import { closeRoom, resyncRoom, takePlace } from './open-room.ts';
import type { Parts } from './parts.ts';
import type { Participant } from './room-stream.ts';
import { Notice } from './tell.ts';

/**
 * Calls `reply` once with the rooms of the person's memberships; direct and group
 * rooms among them are open from there on, their streams behind the heads that they
 * are listed with.
 */
export async function openOwnConversations(
  parts: Parts,
  connection: ChatConnection,
  reply: (rooms: readonly RoomSummary[]) => void,
): Promise<void> {
  if (connection.link.dialect.joinsConversations === true) {
    reply([]);
    return;
  }
  const listed = await listOwnRooms(parts, connection.user.id);
  const conversations = listed.filter(({ room }) => isConversation(room));
  const held: Participant[] = [];
  for (const { room } of conversations) held.push(await takePlace(parts, connection, room));
  // The heads of a moment at which all of them are subscribed.
  const rooms = held.length === 0 ? listed : await listOwnRooms(parts, connection.user.id);
  if (connection.isClosed) return;
  reply(rooms);
  const heads = new Map(rooms.map(({ room, head }) => [room.id, head.sequence]));
  for (const participant of held) start(parts, participant, heads.get(participant.stream.room.id));
}

/** Opens a conversation on a connection that has it not, with the event by which it shows itself. */
export async function openConversationAt(
  parts: Parts,
  connection: ChatConnection,
  event: RoomEvent,
  author: ChatConnection | undefined,
): Promise<boolean> {
  if (connection.link.dialect.joinsConversations === true) return false;
  const { roomId, sequence } = event;
  const reference = { kind: 'id', id: roomId } as const;
  const found = await parts.store.rooms.findRoom(reference, connection.user.id);
  if (found?.role === undefined || connection.isClosed) return false;
  if (connection.openRooms.has(roomId)) return true;
  const participant = await takePlace(parts, connection, found.room);
  // The author has the acknowledgement in its place.
  if (connection !== author) {
    new Notice({ kind: 'logged', event }, { isMissed: true }).sendTo(connection);
  }
  start(parts, participant, sequence);
  // Others may have come between the event and the subscription.
  parts.streams.lookAgain(roomId);
  return true;
}

function start(parts: Parts, participant: Participant, headSequence: number | undefined): void {
  const { stream, connection } = participant;
  if (connection.openRooms.get(stream.room.id) !== participant) return;
  if (headSequence === undefined) {
    closeRoom(parts, participant); // No longer a member.
    return;
  }
  stream.enter(participant);
  if (stream.reaches(headSequence)) stream.start(participant, headSequence);
  else resyncRoom(parts, participant);
}
