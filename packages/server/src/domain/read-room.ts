/** Reading a room that one has the right to read: history, members, read positions. */
import { ChatError, LIMITS, type RoomId, type UserId } from '@parley/protocol';
import type { Member } from '../ports/chat-event.ts';
import type { Message, ReadPosition } from '../ports/model.ts';
import type { FoundRoom } from '../ports/room-store.ts';
import type { ChatConnection } from './connection.ts';
import { listMembers } from './open-room.ts';
import type { Parts } from './parts.ts';
import { tell } from './tell.ts';

export interface HistoryRequest {
  readonly roomId: RoomId;
  readonly before: number | undefined;
  readonly after: number | undefined;
  readonly limit: number | undefined;
}

/** @throws {ChatError} VALIDATION_ERROR, NOT_FOUND, UNAVAILABLE. */
export async function readHistory(
  parts: Parts,
  userId: UserId,
  { roomId, before, after, limit }: HistoryRequest,
): Promise<{ readonly messages: readonly Message[]; readonly hasMore: boolean }> {
  if (before !== undefined && after !== undefined) {
    const message = "Give 'before' or 'after', not both";
    throw new ChatError('VALIDATION_ERROR', { field: 'after', message });
  }
  await requireReadable(parts, userId, roomId);
  const page = { roomId, before, after, limit: limit ?? LIMITS.historyPageDefault };
  return parts.store.log.readHistory(page);
}

export interface MembersPage {
  readonly members: readonly Member[];
  readonly memberCount: number;
}

/** Those who are in the room now, by username. @throws {ChatError} NOT_FOUND, UNAVAILABLE. */
export async function readMembers(
  parts: Parts,
  userId: UserId,
  page: {
    readonly roomId: RoomId;
    readonly after: UserId | undefined;
    readonly limit: number | undefined;
  },
): Promise<MembersPage> {
  await requireReadable(parts, userId, page.roomId);
  const stream = parts.streams.get(page.roomId);
  const members = listMembers(parts, stream?.memberIds() ?? []);
  const first = members.findIndex((member) => member.userId === page.after) + 1;
  const limit = page.limit ?? LIMITS.membersPageDefault;
  return {
    members: members.slice(first, first + limit),
    memberCount: stream?.memberCount ?? 0,
  };
}

/**
 * Moves one's read position and tells the room.
 *
 * @throws {ChatError} NOT_FOUND; FORBIDDEN for one who is no member; UNAVAILABLE.
 */
export async function markRead(
  parts: Parts,
  connection: ChatConnection,
  mark: { readonly roomId: RoomId; readonly sequence: number },
): Promise<ReadPosition> {
  const { roomId, sequence } = mark;
  const { user } = connection;
  const { isMember } = await requireReadable(parts, user.id, roomId);
  const atMs = parts.clock.nowMs();
  const position = isMember
    ? await parts.store.rooms.markRead(roomId, user.id, { sequence, atMs })
    : undefined;
  if (position === undefined) throw new ChatError('FORBIDDEN');
  const others = [...(parts.streams.get(roomId)?.connections() ?? [])].filter(
    (other) => other !== connection,
  );
  const about = { roomId, userId: user.id, username: user.username };
  tell({ kind: 'read-position', ...about, sequence: position.sequence }, others);
  return position;
}

/** @throws {ChatError} NOT_FOUND for a room that is not there or that one may not know of. */
async function requireReadable(
  { store }: Parts,
  userId: UserId,
  roomId: RoomId,
): Promise<FoundRoom> {
  const found = await store.rooms.findRoom({ kind: 'id', id: roomId }, userId);
  if (found === undefined || !(found.isMember || found.room.visibility === 'public')) {
    throw new ChatError('NOT_FOUND');
  }
  return found;
}
