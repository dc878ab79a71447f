/** Reads the logs of rooms: pages, snapshots, events. `commit.ts` of each database writes them. */
import type { Epoch, MessageId, RoomId, UserId } from '@parley/protocol';
import type { EventsPage, HistoryPage, LogStep } from '../../model/log-page.ts';
import type { Message } from '../../model/message.ts';
import type { KnownHead, MovedHeads } from '../../model/moved-heads.ts';
import { PAGE_BYTES_MAX } from '../../model/page-bytes.ts';
import type { RoomEvent, RoomLogHead } from '../../model/room-event.ts';
import { canCatchUp, type RoomRead, type RoomState } from '../../model/room-state.ts';
import { readVersions } from './message-versions.ts';
import { all, type Feature, type Operation, one, upToBytes } from './operation.ts';
import {
  cutPage,
  type EventRow,
  HEAD_COLUMNS,
  type HeadRow,
  idsWithReactions,
  MESSAGE_COLUMNS,
  type MessageRow,
  type ReactionRow,
  type ReactionsByMessage,
  ROWS_AT_ONCE_MAX,
  SELECT_EVENTS,
  type Sized,
  toEvent,
  toHead,
  toMessage,
  toReactions,
  totalBytes,
} from './rows.ts';

const HEAD = `SELECT ${HEAD_COLUMNS} FROM rooms r WHERE r.id = $1`;

function* readMessage(roomId: RoomId, messageId: MessageId): Operation<Message | undefined> {
  const rows = yield* all<MessageRow>(
    `SELECT ${MESSAGE_COLUMNS} FROM messages m JOIN users u ON u.id = m.user_id
     WHERE m.id = $1 AND m.room_id = $2`,
    messageId,
    roomId,
  );
  return (yield* toMessages(rows))[0];
}

function* readLatest(roomIds: readonly RoomId[]): Operation<ReadonlyMap<RoomId, Message>> {
  const rows = yield* all<MessageRow>({ own: 'latestMessages' }, roomIds);
  const messages = yield* toMessages(rows);
  return new Map(messages.map((message) => [message.roomId, message]));
}

function* findRoomOfMessage(messageId: MessageId): Operation<RoomId | undefined> {
  const sql = 'SELECT room_id FROM messages WHERE id = $1';
  return (yield* one<{ room_id: RoomId }>(sql, messageId))?.room_id;
}

interface MessageRange {
  readonly roomId: RoomId;
  readonly parentId?: MessageId | undefined;
  readonly isPinned?: true | undefined;
  /** If set, messages are ordered oldest first, otherwise newest first. */
  readonly above: number | undefined;
  readonly below: number | undefined;
  readonly limit: number;
  /** The first row beyond it is the last one; a short page is cut after it was read. */
  readonly bytesMax: number;
}

/** The index of all messages of the room would also fit, and be much longer. */
const PINS = '/*+ INDEXED BY messages_pinned */';

function selectMessages(range: MessageRange): Operation<MessageRow[]> {
  return selectColumns<MessageRow>(MESSAGE_COLUMNS, range);
}

/** Selects columns of messages, which include those of `Sized`. */
function selectColumns<Row extends Sized>(columns: string, range: MessageRange): Operation<Row[]> {
  const { roomId, parentId, isPinned, above, below, limit, bytesMax } = range;
  const direction = above === undefined ? 'DESC' : 'ASC';
  const ofThread = parentId === undefined ? '' : 'm.parent_id = $5 AND';
  const [pins, ofPins] = isPinned === true ? [PINS, 'm.is_pinned = 1 AND'] : ['', ''];
  const sql = `SELECT ${columns} FROM messages m ${pins} JOIN users u ON u.id = m.user_id
     WHERE ${ofThread} ${ofPins} m.room_id = $1 AND m.sequence_number > $2 AND m.sequence_number < $3
     ORDER BY m.sequence_number ${direction} LIMIT $4`;
  const thread = parentId === undefined ? [] : [parentId];
  const values = [roomId, above ?? 0, below ?? Number.MAX_SAFE_INTEGER, limit, ...thread];
  return limit <= ROWS_AT_ONCE_MAX
    ? all<Row>(sql, ...values)
    : upToBytes<Row>({ bytesMax, order: `sequence_number ${direction}` }, sql, ...values);
}

function* toMessages(rows: readonly MessageRow[]): Operation<Message[]> {
  const reactions = yield* readReactions(idsWithReactions(rows));
  return rows.map((row) => toMessage(row, reactions.get(row.id) ?? []));
}

/** Returns reactions by message, sorted by emoji; users in the order of their reactions. */
export function* readReactions(messageIds: readonly MessageId[]): Operation<ReactionsByMessage> {
  if (messageIds.length === 0) return new Map();
  return toReactions(yield* all<ReactionRow>({ own: 'reactions' }, messageIds));
}

function* readRoom(read: RoomRead): Operation<RoomState | undefined> {
  const pages = yield* readPages(read);
  return pages && { ...pages, isMember: yield* isMember(read.roomId, read.userId) };
}

/** The part of `readRoom` that is the same for every user. */
export function* readPages(
  read: Omit<RoomRead, 'userId'>,
): Operation<Omit<RoomState, 'isMember'> | undefined> {
  const { roomId, position, historyCount, catchUpMax, bytesMax } = read;
  const row = yield* one<HeadRow>(HEAD, roomId);
  if (row === undefined) return undefined;
  const head = toHead(row);
  const log = {
    headSequence: head.sequence,
    firstSequence: row.first_sequence,
    epoch: head.epoch,
    idAtPosition: position && (yield* messageIdAt(roomId, position.lastSequence)),
  };
  const range = { roomId, above: undefined, below: undefined, bytesMax };
  if (position !== undefined && canCatchUp(position, log, catchUpMax)) {
    const { lastSequence: above } = position;
    const missed = yield* selectMessages({ ...range, above, limit: catchUpMax });
    const changes = yield* selectOlderChanges({ roomId, position: above, bytesMax });
    if (totalBytes(missed) + totalBytes(changes) <= bytesMax) {
      const history = yield* toMessages(missed);
      return { head, truncated: false, history, events: yield* toEvents(changes, head.epoch) };
    }
  }
  const rows = yield* selectMessages({ ...range, limit: historyCount });
  const newest = cutPage(rows, historyCount, bytesMax);
  const history = yield* toMessages(newest.reverse());
  return { head, truncated: position !== undefined, history, events: [] };
}

export function* isMember(roomId: RoomId, userId: UserId): Operation<boolean> {
  const sql = 'SELECT 1 AS found FROM memberships WHERE room_id = $1 AND user_id = $2';
  return (yield* one(sql, roomId, userId)) !== undefined;
}

function* messageIdAt(roomId: RoomId, sequence: number): Operation<MessageId | undefined> {
  const row = yield* one<{ target_id: MessageId }>(
    "SELECT target_id FROM room_events WHERE room_id = $1 AND sequence = $2 AND kind = 'message'",
    roomId,
    sequence,
  );
  return row?.target_id;
}

/** Selects events above a position about messages at or below it, and losses of access. */
function selectOlderChanges(range: {
  readonly roomId: RoomId;
  readonly position: number;
  readonly bytesMax: number;
}): Operation<EventRow[]> {
  const { roomId, position, bytesMax } = range;
  return upToBytes<EventRow>(
    { bytesMax, order: 'event_sequence' },
    `${SELECT_EVENTS} WHERE e.room_id = $1 AND e.sequence > $2 AND e.kind <> 'message'
       AND (m.sequence_number IS NULL OR m.sequence_number <= $2) ORDER BY e.sequence`,
    roomId,
    position,
  );
}

function* readHeads(roomIds: readonly RoomId[]): Operation<RoomLogHead[]> {
  const rows = yield* all<HeadRow & { readonly id: RoomId }>(
    `SELECT r.id, ${HEAD_COLUMNS} FROM rooms r WHERE r.id = ANY($1::text[])`,
    roomIds,
  );
  return rows.map((row) => ({ roomId: row.id, head: toHead(row) }));
}

/** Compared in SQL: decoding the heads of all rooms takes more than twice as long. */
function* readMovedHeads(known: readonly KnownHead[]): Operation<MovedHeads> {
  const texts = known.map(({ roomId, head }) =>
    head === undefined ? `${roomId} ` : `${roomId} ${head.sequence} ${head.epoch}`,
  );
  const rows = yield* all<HeadRow & { readonly known_id: RoomId; readonly id: RoomId | null }>(
    { own: 'movedHeads' },
    JSON.stringify(texts),
  );
  return {
    moved: rows.flatMap((row) => (row.id === null ? [] : { roomId: row.id, head: toHead(row) })),
    missing: rows.flatMap((row) => (row.id === null ? row.known_id : [])),
  };
}

function* readEvents(roomId: RoomId, after: number, limit: number): Operation<EventsPage> {
  const room = yield* one<HeadRow>(HEAD, roomId);
  if (room === undefined) return { head: undefined, firstSequence: 1, events: [] };
  const rows = yield* upToBytes<EventRow>(
    { bytesMax: PAGE_BYTES_MAX, order: 'event_sequence' },
    `${SELECT_EVENTS} WHERE e.room_id = $1 AND e.sequence > $2 ORDER BY e.sequence LIMIT $3`,
    roomId,
    after,
    limit,
  );
  const { sequence, epoch } = toHead(room);
  const events = yield* toEvents(cutPage(rows, limit), epoch);
  return { head: { sequence, epoch }, firstSequence: room.first_sequence, events };
}

function* toEvents(rows: readonly EventRow[], epoch: Epoch): Operation<RoomEvent[]> {
  const reactions = yield* readReactions(idsWithReactions(rows));
  return rows.map((row) => toEvent(row, epoch, reactions));
}

/** Reads a page of history; SQLite passes it on as a text (`page-codec.ts`). */
export function* readPage<Row extends Sized & Pick<MessageRow, 'id'>>(
  columns: string,
  { roomId, parentId, isPinned, before, after, limit }: HistoryPage,
): Operation<{
  readonly rows: readonly Row[];
  readonly reactions: ReactionsByMessage;
  readonly hasMore: boolean;
}> {
  const isForward = after !== undefined;
  const below = isForward ? undefined : before;
  const range = { roomId, parentId, isPinned, above: after, below };
  // One extra row shows whether there are more.
  const bounds = { limit: limit + 1, bytesMax: PAGE_BYTES_MAX };
  const found = yield* selectColumns<Row>(columns, { ...range, ...bounds });
  const rows = cutPage(found, limit);
  if (!isForward) rows.reverse();
  const reactions = yield* readReactions(idsWithReactions(rows));
  return { rows, reactions, hasMore: found.length > rows.length };
}

function* readHistory(
  page: HistoryPage,
): Operation<{ readonly messages: Message[]; readonly hasMore: boolean }> {
  const { rows, reactions, hasMore } = yield* readPage<MessageRow>(MESSAGE_COLUMNS, page);
  return { messages: rows.map((row) => toMessage(row, reactions.get(row.id) ?? [])), hasMore };
}

/** An index by author would cost a page write with each message. */
function* listMessagesOf(
  userId: UserId,
  { roomId, after, limit }: LogStep,
): Operation<{ readonly messageIds: readonly MessageId[]; readonly next: number | undefined }> {
  const rows = yield* all<Pick<MessageRow, 'id' | 'user_id' | 'is_deleted' | 'sequence_number'>>(
    `SELECT m.id, m.user_id, m.is_deleted, m.sequence_number FROM messages m
     WHERE m.room_id = $1 AND m.sequence_number > $2 ORDER BY m.sequence_number LIMIT $3`,
    roomId,
    after,
    limit,
  );
  const own = rows.filter((row) => row.user_id === userId && row.is_deleted === 0);
  const next = rows.length < limit ? undefined : rows.at(-1)?.sequence_number;
  return { messageIds: own.map(({ id }) => id), next };
}

export const LOG = {
  // `readHistory` may combine two points in time: a change between them is also sent as an event,
  // and applying it twice changes nothing.
  reads: {
    ...{ readHistory, readMessage, readVersions, readLatest, findRoomOfMessage },
    ...{ readHeads, readMovedHeads, listMessagesOf },
  },
  snapshots: { readRoom, readEvents },
  writes: {},
  transactions: {},
} satisfies Feature;
