/** Reading a room that one has the right to read: history, members, read positions. */
import { ChatError, LIMITS, type MessageId, type RoomId, type UserId } from '@parley/protocol';
import type { Member } from '../../model/client-event.ts';
import type { HistoryPage } from '../../model/log-page.ts';
import type { Message } from '../../model/message.ts';
import type { MarkedRead, ReadPosition } from '../../model/read-receipt.ts';
import type { Room } from '../../model/room.ts';
import type { User } from '../../model/user.ts';
import type { ChatConnection } from '../delivery/connection.ts';
import { broadcast } from '../delivery/fan-out.ts';
import type { Parts } from '../parts.ts';
import { findReadable } from '../rooms/read-permission.ts';
import { compareNames, listMembers } from '../rooms/subscribe.ts';
import { findPrivateReader } from './read-receipt-privacy.ts';

/** People in a room above which read positions are not told. */
const READERS_NOTIFIED_MAX = 50;

export interface HistoryRequest {
  readonly roomId: RoomId;
  /** A place of the log, or a message. */
  readonly before: number | MessageId | undefined;
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
  checkBounds(request);
  await findReadable(parts, userId, request.roomId);
  return parts.store.log.readHistory(await toPage(parts, request));
}

/**
 * What was replied to a message. Replies may be there when retention has taken their parent.
 *
 * @throws {ChatError} as `readHistory`.
 */
export async function readThread(
  parts: Parts,
  userId: UserId,
  { parentId, ...request }: HistoryRequest & { readonly parentId: MessageId },
): Promise<MessagesPage & { readonly parent: Message | undefined }> {
  checkBounds(request);
  await findReadable(parts, userId, request.roomId);
  const page = await toPage(parts, request);
  const { log } = parts.store;
  // The parent first: with the replies of a later moment its count may be behind them, never ahead.
  const parent = await log.readMessage(request.roomId, parentId);
  const replies = await log.readHistory({ ...page, parentId });
  if (parent === undefined && replies.messages.length === 0) {
    throw new ChatError('NOT_FOUND', { field: 'messageId' });
  }
  return { parent, ...replies };
}

function checkBounds({ before, after }: HistoryRequest): void {
  if (before === undefined || after === undefined) return;
  const message = "Give 'before' or 'after', not both";
  throw new ChatError('VALIDATION_ERROR', { field: 'after', message });
}

async function toPage(
  parts: Parts,
  { roomId, before, after, limit = LIMITS.historyPageDefault }: HistoryRequest,
): Promise<HistoryPage> {
  if (typeof before !== 'string') return { roomId, before, after, limit };
  const sequence = await sequenceOf(parts, { roomId, messageId: before }, 'before');
  return { roomId, before: sequence, after, limit };
}

export interface MembersPage {
  readonly members: readonly Member[];
  readonly memberCount: number;
}

/**
 * Those who are in the room now, by username. A page goes on behind its `after` though that
 * person has left meanwhile.
 *
 * @throws {ChatError} VALIDATION_ERROR where `after` is nobody; NOT_FOUND, FORBIDDEN, UNAVAILABLE.
 */
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
  const last = page.after === undefined ? undefined : await usernameOf(parts, page.after);
  const stream = parts.streams.get(page.roomId);
  const members = listMembers(parts, stream?.memberIds() ?? [], userId);
  const rest =
    last === undefined
      ? members
      : members.filter(({ username }) => compareNames(username, last) > 0);
  const limit = page.limit ?? LIMITS.membersPageDefault;
  return { members: rest.slice(0, limit), memberCount: stream?.memberCount ?? 0 };
}

/** @throws {ChatError} VALIDATION_ERROR, UNAVAILABLE. */
async function usernameOf({ people, store }: Parts, after: UserId): Promise<string> {
  const [here] = people.members([after]);
  const found = here ?? (await store.accounts.findUser({ kind: 'id', id: after }));
  if (found !== undefined) return found.username;
  const message = "'after' names nobody";
  throw new ChatError('VALIDATION_ERROR', { field: 'after', message });
}

/** Up to where a room is read: a place of its log, or a message. */
export type ReadMark =
  | { readonly roomId: RoomId; readonly sequence: number }
  | { readonly roomId: RoomId; readonly messageId: MessageId };

/**
 * Moves one's read position and tells the room; where a block closes it, one's own
 * other connections only.
 *
 * @throws {ChatError} NOT_FOUND; FORBIDDEN for one who is no member; UNAVAILABLE.
 */
export async function markRead(
  parts: Parts,
  connection: ChatConnection,
  mark: ReadMark,
): Promise<MarkedRead> {
  const { roomId } = mark;
  const { user } = connection;
  parts.userLimits.readMarks.take(user.id);
  const { room } = await findReadable(parts, user.id, roomId);
  const sequence = 'sequence' in mark ? mark.sequence : await sequenceOf(parts, mark, 'messageId');
  const atMs = parts.clock.nowMs();
  const marked = await parts.store.rooms.markRead(roomId, user.id, { sequence, atMs });
  if (marked === undefined) throw new ChatError('FORBIDDEN');
  await broadcastReadPosition(parts, connection, { room, isRead: true, ...marked });
  return marked;
}

/** @throws {ChatError} NOT_FOUND naming the field, as every dialect spells it, that named the message. */
async function sequenceOf(
  { store }: Parts,
  { roomId, messageId }: { readonly roomId: RoomId; readonly messageId: MessageId },
  field: 'before' | 'messageId',
): Promise<number> {
  const message = await store.log.readMessage(roomId, messageId);
  if (message === undefined) throw new ChatError('NOT_FOUND', { field });
  return message.sequence;
}

/** People that one message names as its readers. */
const READERS_NAMED_MAX = 100;

/**
 * Who has read each of the messages, as far as read positions tell, and a block does not
 * hide it; the readers of a page are those of one instant. For who may read the room,
 * which is not checked again.
 */
export async function findReaders(
  { store }: Pick<Parts, 'store'>,
  { id: userId }: Pick<User, 'id'>,
  {
    roomId,
    messages,
  }: { readonly roomId: RoomId; readonly messages: readonly Pick<Message, 'sequence'>[] },
): Promise<(message: Pick<Message, 'sequence' | 'userId'>) => UserId[]> {
  if (messages.length === 0) return () => [];
  const lowest = Math.min(...messages.map(({ sequence }) => sequence));
  // Those who are furthest have read each of them, if anybody has.
  const readers = await store.rooms.listReaders(roomId, lowest, READERS_NAMED_MAX);
  const ids = readers.map((reader) => reader.userId);
  const hidden = new Set(await store.accounts.listBlockedBetween(userId, ids));
  return ({ sequence, userId: authorId }) =>
    readers
      .filter((reader) => reader.sequence >= sequence)
      .map((reader) => reader.userId)
      .filter((id) => !hidden.has(id) || id === authorId); // Who writes has read: that is no secret.
}

/** Not in rooms of many, where nobody looks who of them has read. */
async function broadcastReadPosition(
  parts: Parts,
  connection: ChatConnection,
  {
    room,
    isRead,
    position,
    ...read
  }: MarkedRead & { readonly room: Room; readonly isRead: boolean },
): Promise<void> {
  const { streams, throttle, people } = parts;
  const { id: roomId } = room;
  const { id: userId, username } = connection.user;
  const isBlocked = (await findPrivateReader(parts, room, userId)) !== undefined;
  const { sequence } = position;
  const event = { kind: 'read-position', roomId, userId, username, sequence, ...read } as const;
  // Each kind by itself: one that has moved is not forgotten for one that has not.
  throttle.run(`read ${roomId} ${userId} ${read.hasMoved}`, () => {
    const stream = streams.get(roomId);
    if (stream === undefined || stream.memberCount > READERS_NOTIFIED_MAX) return;
    const others = [...stream.connections()].filter(
      (other) =>
        other !== connection &&
        !(isBlocked && other.user.id !== userId) &&
        !people.isHidden(userId, other.user.id),
    );
    // News to whoever missed it.
    if (isRead && !isBlocked) stream.noteReadPosition({ ...event, hasMoved: true });
    broadcast(event, others);
  });
}

/**
 * Marks a room as unread until it is next marked as read. The position stays, and is told
 * as it is when a room is marked as read once more: the list of rooms has the mark.
 *
 * @throws {ChatError} NOT_FOUND; FORBIDDEN for one who is no member; UNAVAILABLE.
 */
export async function markUnread(
  parts: Parts,
  connection: ChatConnection,
  roomId: RoomId,
): Promise<ReadPosition> {
  const { user } = connection;
  parts.userLimits.readMarks.take(user.id);
  const { room } = await findReadable(parts, user.id, roomId);
  const { rooms } = parts.store;
  // A position below the first event moves nothing, and says where it stands.
  const atMs = parts.clock.nowMs();
  const marked = await rooms.markRead(roomId, user.id, { sequence: 0, atMs });
  if (marked === undefined || !(await rooms.markUnread(roomId, user.id))) {
    throw new ChatError('FORBIDDEN');
  }
  await broadcastReadPosition(parts, connection, { room, isRead: false, ...marked });
  return marked.position;
}
