/** `join_room`: finds the room or makes it, makes the membership, opens it here. */
import { ChatError, isUuid, LIMITS, type RoomId } from '@parley/protocol';
import type { Room } from '../../model/room.ts';
import type { Position } from '../../model/room-state.ts';
import type { ChatConnection } from '../delivery/connection.ts';
import { isDirectOrGroup } from '../direct/direct-room-rules.ts';
import type { Parts } from '../parts.ts';
import { requireReadPermission } from './read-permission.ts';
import { type RoomName, requireNewName } from './room-name.ts';
import { findNamedRoom, type NamedRoom, toReference } from './room-reference.ts';
import { labelOf } from './room-title.ts';
import { type OpenedRoom, openRooms } from './subscribe.ts';

export interface JoinRequest {
  /** A room's id or name. */
  readonly room: string;
  /** It can be an id only: a name finds nothing, and makes nothing. */
  readonly isById?: boolean;
  /** False: a name that no room has is NOT_FOUND instead of a new room. Default: true. */
  readonly mayCreate?: boolean | undefined;
  /** What the client calls it, for the words of a refusal. */
  readonly field: string;
  readonly position: Position | undefined;
}

export interface JoinedRoom extends OpenedRoom {
  /** As a list of rooms shows it. */
  readonly title: string;
}

/** Repeated joins of one room by one connection within this are refused (CA-073). */
export const JOIN_INTERVAL_MS = 1000;

/**
 * Joins a room and calls `reply` with its state before anything later is sent.
 *
 * @throws {ChatError} VALIDATION_ERROR, NOT_FOUND, FORBIDDEN, CONFLICT, RATE_LIMITED, UNAVAILABLE.
 */
export async function joinRoom(
  parts: Parts,
  connection: ChatConnection,
  request: JoinRequest,
  reply: (room: JoinedRoom) => void,
): Promise<void> {
  const room = await findOrCreateRoom(parts, connection, request);
  const { title } = await labelOf(parts, connection.user.id, room);
  if (connection.isClosed) return;
  parts.people.joinedRoom(connection.user.id, room);
  let rejection: ChatError | undefined;
  await openRooms(parts, connection, [{ room, position: request.position }], ([result]) => {
    if (result?.kind === 'opened') reply({ ...result, title });
    else rejection = result?.error;
  });
  if (rejection !== undefined) throw rejection;
}

/** The room, of which the person is a member from now on. */
async function findOrCreateRoom(
  parts: Parts,
  connection: ChatConnection,
  { room: wanted, field, isById, mayCreate = true }: JoinRequest,
): Promise<Room> {
  const { user } = connection;
  const { rooms } = parts.store;
  if (isById === true && !isUuid(wanted.trim())) throw new ChatError('NOT_FOUND', { field });
  const named = toReference(wanted, field);
  const found = await findNamedRoom(rooms, named, user.id);
  if (found === undefined && 'name' in named) {
    if (!mayCreate) throw new ChatError('NOT_FOUND', { field });
    checkOpenRooms(connection, field);
    return createRoom(parts, connection, { ...named, field });
  }
  const { room, role } = requireReadPermission(found);
  if (!connection.openRooms.has(room.id)) checkOpenRooms(connection, field);
  if (role === undefined) parts.userLimits.changes.take(user.id);
  takeJoin(parts, connection, room.id);
  if (role === undefined) await makeMember(parts, connection, room);
  return room;
}

async function createRoom(
  parts: Parts,
  connection: ChatConnection,
  {
    reference,
    name,
    field,
  }: Extract<NamedRoom, { readonly name: RoomName }> & { readonly field: string },
): Promise<Room> {
  parts.userLimits.creations.take(connection.user.id);
  const { workspaceId, nameKey } = reference;
  await requireNewName(parts, name, { workspaceId, userId: connection.user.id, field });
  const { clock, secrets, store, logger } = parts;
  const nowMs = clock.nowMs();
  const room: Room = {
    id: secrets.newId() as RoomId, // Made here, so it is one.
    workspaceId,
    kind: 'room',
    name: name.shown,
    nameKey,
    visibility: 'public',
    createdAtMs: nowMs,
  };
  const stored = await store.rooms.createRoom(
    room,
    [{ userId: connection.user.id, role: 'owner' }],
    nowMs,
  );
  takeJoin(parts, connection, stored.id);
  if (stored.id === room.id) logger.record({ event: 'room.created', roomId: room.id });
  else await makeMember(parts, connection, stored); // Somebody else made it at the same moment.
  return stored;
}

async function makeMember(parts: Parts, { user }: ChatConnection, room: Room): Promise<void> {
  const added = await parts.store.rooms.addMember(room.id, user.id, parts.clock.nowMs());
  if (added === 'no-room') throw new ChatError('NOT_FOUND');
  if (added === 'banned' || added === 'foreign') throw new ChatError('FORBIDDEN');
}

function checkOpenRooms({ openRooms: open }: ChatConnection, field: string): void {
  const joined = [...open.values()].filter(({ stream }) => !isDirectOrGroup(stream.room));
  if (joined.length < LIMITS.openRoomsMax) return;
  const message = `At most ${LIMITS.openRoomsMax} rooms can be open on one connection`;
  throw new ChatError('CONFLICT', { field, message });
}

function takeJoin({ joins }: Parts, { id }: ChatConnection, roomId: RoomId): void {
  const key = `${id} ${roomId}`;
  const waitMs = joins.leftMs(key);
  if (waitMs > 0) {
    throw new ChatError('RATE_LIMITED', {
      retryAfterSeconds: Math.ceil(waitMs / 1000),
      message: 'Please wait before rejoining',
    });
  }
  joins.add(key);
}
