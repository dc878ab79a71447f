/** Reading a room that one has the right to read: history, members, read positions. */
import { ChatError, LIMITS, type MessageId, type RoomId, type UserId } from '@parley/protocol';
import type { Member } from '../ports/chat-event.ts';
import type { HistoryPage } from '../ports/log-store.ts';
import type { Message, ReadPosition } from '../ports/model.ts';
import type { ChatConnection } from './connection.ts';
import { listMembers } from './open-room.ts';
import type { Parts } from './parts.ts';
import { findReadable } from './right-to-read.ts';
import { tell } from './tell.ts';

/** People in a room above which read positions are not told. */
const READERS_TOLD_MAX = 50;

export interface HistoryRequest {
  readonly roomId: RoomId;
  readonly before: number | undefined;
  readonly after: number | undefined;
  readonly limit: number | undefined;
}

export interface MessagesPage {
  readonly messages: readonly Message[];
  readonly hasMore: boolean;
}

/** @throws {ChatError} VALIDATION_ERROR, NOT_FOUND, FORBIDDEN, UNAVAILABLE. */
export async function readHistory(
  parts: Parts,
  userId: UserId,
  request: HistoryRequest,
): Promise<MessagesPage> {
  const page = toPage(request);
  await findReadable(parts, userId, request.roomId);
  return parts.store.log.readHistory(page);
}

/** What was replied to a message. @throws {ChatError} as `readHistory`. */
export async function readThread(
  parts: Parts,
  userId: UserId,
  { parentId, ...request }: HistoryRequest & { readonly parentId: MessageId },
): Promise<MessagesPage & { readonly parent: Message }> {
  const page = toPage(request);
  await findReadable(parts, userId, request.roomId);
  const { log } = parts.store;
  // The parent first: with the replies of a later moment its count may be behind them, never ahead.
  const parent = await log.readMessage(request.roomId, parentId);
  if (parent === undefined) throw new ChatError('NOT_FOUND', { field: 'messageId' });
  return { parent, ...(await log.readHistory({ ...page, parentId })) };
}

function toPage({ roomId, before, after, limit }: HistoryRequest): HistoryPage {
  if (before !== undefined && after !== undefined) {
    const message = "Give 'before' or 'after', not both";
    throw new ChatError('VALIDATION_ERROR', { field: 'after', message });
  }
  return { roomId, before, after, limit: limit ?? LIMITS.historyPageDefault };
}

export interface MembersPage {
  readonly members: readonly Member[];
  readonly memberCount: number;
}

/** Those who are in the room now, by username. @throws {ChatError} NOT_FOUND, FORBIDDEN, UNAVAILABLE. */
export async function readMembers(
  parts: Parts,
  userId: UserId,
  page: {
    readonly roomId: RoomId;
    readonly after: UserId | undefined;
    readonly limit: number | undefined;
  },
): Promise<MembersPage> {
  await findReadable(parts, userId, page.roomId);
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
  await findReadable(parts, user.id, roomId);
  const atMs = parts.clock.nowMs();
  const position = await parts.store.rooms.markRead(roomId, user.id, { sequence, atMs });
  if (position === undefined) throw new ChatError('FORBIDDEN');
  tellReadPosition(parts, connection, { roomId, sequence: position.sequence });
  return position;
}

/** Not in rooms of many, where nobody looks who of them has read. */
function tellReadPosition(
  { streams, pace }: Parts,
  connection: ChatConnection,
  { roomId, sequence }: { readonly roomId: RoomId; readonly sequence: number },
): void {
  const { id: userId, username } = connection.user;
  pace.run(`read ${roomId} ${userId}`, () => {
    const stream = streams.get(roomId);
    if (stream === undefined || stream.memberCount > READERS_TOLD_MAX) return;
    const others = [...stream.connections()].filter((other) => other !== connection);
    const position = { kind: 'read-position', roomId, userId, username, sequence } as const;
    stream.noteReadPosition(position);
    tell(position, others);
  });
}

/**
 * Marks a room as unread until it is next marked as read. The position stays.
 *
 * @throws {ChatError} NOT_FOUND; FORBIDDEN for one who is no member; UNAVAILABLE.
 */
export async function markUnread(
  parts: Parts,
  { user }: ChatConnection,
  roomId: RoomId,
): Promise<ReadPosition> {
  await findReadable(parts, user.id, roomId);
  const { rooms } = parts.store;
  // A position below the first event moves nothing, and says where it stands.
  const mark = { sequence: 0, atMs: parts.clock.nowMs() };
  const position = await rooms.markRead(roomId, user.id, mark);
  if (position === undefined || !(await rooms.markUnread(roomId, user.id))) {
    throw new ChatError('FORBIDDEN');
  }
  return position;
}
