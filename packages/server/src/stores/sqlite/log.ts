/** Reads the logs of rooms in SQLite: pages, snapshots, events. `commit.ts` writes them. */

import type { Epoch, MessageId, RoomId, UserId } from '@parley/protocol';
import type { EventsPage } from '../../model/log-page.ts';
import type { Message } from '../../model/message.ts';
import type { KnownHead, MovedHeads } from '../../model/moved-heads.ts';
import { PAGE_BYTES_MAX } from '../../model/page-bytes.ts';
import type { RoomEvent, RoomLogHead } from '../../model/room-event.ts';
import { canCatchUp, type RoomRead, type RoomState } from '../../model/room-state.ts';
import {
  bytesOf,
  cutPage,
  type EventRow,
  GENERATION,
  HEAD_COLUMNS,
  type HeadRow,
  idsWithReactions,
  MESSAGE_COLUMNS,
  type MessageRow,
  ROWS_AT_ONCE_MAX,
  SELECT_EVENTS,
  type Sized,
  toEvent,
  toHead,
  toMessage,
  totalBytes,
} from '../sql/rows.ts';
import type { Database } from './database.ts';
import { readReactions } from './reactions.ts';

export function readMessage(
  database: Database,
  { roomId, messageId }: { readonly roomId: RoomId; readonly messageId: MessageId },
): Message | undefined {
  const rows = database.all<MessageRow>(
    `SELECT ${MESSAGE_COLUMNS} FROM messages m JOIN users u ON u.id = m.user_id
     WHERE m.id = ? AND m.room_id = ?`,
    messageId,
    roomId,
  );
  return toMessages(database, rows)[0];
}

export function readLatest(
  database: Database,
  { roomIds }: { readonly roomIds: readonly RoomId[] },
): ReadonlyMap<RoomId, Message> {
  const rows = roomIds.flatMap((roomId) => {
    const range = { roomId, above: undefined, below: undefined, limit: 1 };
    return selectMessages(database, { ...range, bytesMax: PAGE_BYTES_MAX });
  });
  return new Map(toMessages(database, rows).map((message) => [message.roomId, message]));
}

export function findRoomOfMessage(
  database: Database,
  { messageId }: { readonly messageId: MessageId },
): RoomId | undefined {
  const sql = 'SELECT room_id FROM messages WHERE id = ?';
  return database.one<{ room_id: RoomId }>(sql, messageId)?.room_id;
}

export interface MessageRange {
  readonly roomId: RoomId;
  readonly parentId?: MessageId | undefined;
  readonly isPinned?: true | undefined;
  /** If set, messages are ordered oldest first, otherwise newest first. */
  readonly above: number | undefined;
  readonly below: number | undefined;
  readonly limit: number;
  /** The first row beyond it is the last one. */
  readonly bytesMax: number;
}

/** The index of all messages of the room would also fit, and be much longer. */
const PINS = 'INDEXED BY messages_pinned';

function selectMessages(database: Database, range: MessageRange): MessageRow[] {
  return selectColumns<MessageRow>(database, MESSAGE_COLUMNS, range);
}

/** Selects columns of messages, which include those of `Sized`. */
export function selectColumns<Row extends Sized>(
  database: Database,
  columns: string,
  range: MessageRange,
): Row[] {
  const { roomId, parentId, isPinned, above, below, limit, bytesMax } = range;
  const direction = above === undefined ? 'DESC' : 'ASC';
  const ofThread = parentId === undefined ? '' : 'm.parent_id = ? AND';
  const [pins, ofPins] = isPinned === true ? [PINS, 'm.is_pinned = 1 AND'] : ['', ''];
  const sql = `SELECT ${columns} FROM messages m ${pins} JOIN users u ON u.id = m.user_id
     WHERE ${ofThread} ${ofPins} m.room_id = ? AND m.sequence_number > ? AND m.sequence_number < ?
     ORDER BY m.sequence_number ${direction} LIMIT ?`;
  const thread = parentId === undefined ? [] : [parentId];
  const values = [...thread, roomId, above ?? 0, below ?? Number.MAX_SAFE_INTEGER, limit];
  return limit <= ROWS_AT_ONCE_MAX
    ? database.all<Row>(sql, ...values)
    : database.until<Row>(beyond(bytesMax), sql, ...values);
}

/** Ends a read with the first row beyond a size, and not before the second, which shows a rest. */
function beyond(bytesMax: number): (row: Sized) => boolean {
  let total = 0;
  let count = 0;
  return (row) => {
    total += bytesOf(row);
    count += 1;
    return total > bytesMax && count > 1;
  };
}

function toMessages(database: Database, rows: readonly MessageRow[]): Message[] {
  const reactions = readReactions(database, idsWithReactions(rows));
  return rows.map((row) => toMessage(row, reactions.get(row.id) ?? []));
}

/** When many users return to a room at once, equal pages are read only once. */
export function readRoom(database: Database, read: RoomRead): RoomState | undefined {
  const { roomId, userId, ...asked } = read;
  const pages = database.once(JSON.stringify(['room', roomId, asked]), () =>
    readPages(database, read),
  );
  return pages && { ...pages, isMember: isMember(database, roomId, userId) };
}

export function readHeads(
  database: Database,
  { roomIds }: { readonly roomIds: readonly RoomId[] },
): RoomLogHead[] {
  const rows = database.all<HeadRow & { readonly id: RoomId }>(
    `SELECT r.id, ${HEAD_COLUMNS} FROM json_each(?) n CROSS JOIN rooms r ON r.id = n.value`,
    JSON.stringify(roomIds),
  );
  return rows.map((row) => ({ roomId: row.id, head: toHead(row) }));
}

/** Compared in SQL: decoding the heads of all rooms takes more than twice as long. */
export function readMovedHeads(
  database: Database,
  { known }: { readonly known: readonly KnownHead[] },
): MovedHeads {
  const rows = database.all<HeadRow & { readonly known_id: RoomId; readonly id: RoomId | null }>(
    `SELECT n.value ->> 0 AS known_id, r.id, ${HEAD_COLUMNS}
     FROM json_each(?) n LEFT JOIN rooms r ON r.id = n.value ->> 0
     WHERE r.id IS NULL
       OR n.value ->> 1 IS NOT r.head_sequence || ' ' || r.log_id || '.' || ${GENERATION}`,
    JSON.stringify(
      known.map(({ roomId, head }) => [roomId, head && `${head.sequence} ${head.epoch}`]),
    ),
  );
  return {
    moved: rows.flatMap((row) => (row.id === null ? [] : { roomId: row.id, head: toHead(row) })),
    missing: rows.flatMap((row) => (row.id === null ? row.known_id : [])),
  };
}

function readPages(
  database: Database,
  { roomId, position, historyCount, catchUpMax, bytesMax }: RoomRead,
): Omit<RoomState, 'isMember'> | undefined {
  const row = database.one<HeadRow>(`SELECT ${HEAD_COLUMNS} FROM rooms r WHERE r.id = ?`, roomId);
  if (row === undefined) return undefined;
  const head = toHead(row);
  const log = {
    headSequence: head.sequence,
    firstSequence: row.first_sequence,
    epoch: head.epoch,
    idAtPosition: position && messageIdAt(database, roomId, position.lastSequence),
  };
  if (position !== undefined && canCatchUp(position, log, catchUpMax)) {
    const { lastSequence: above } = position;
    const range = { roomId, above, below: undefined, limit: catchUpMax, bytesMax };
    const missed = selectMessages(database, range);
    const changes = selectOlderChanges(database, { roomId, position: above, bytesMax });
    if (totalBytes(missed) + totalBytes(changes) <= bytesMax) {
      const history = toMessages(database, missed);
      return { head, truncated: false, history, events: toEvents(database, changes, head.epoch) };
    }
  }
  const range = { roomId, above: undefined, below: undefined, limit: historyCount, bytesMax };
  const newest = cutPage(selectMessages(database, range), historyCount, bytesMax);
  const history = toMessages(database, newest.reverse());
  return { head, truncated: position !== undefined, history, events: [] };
}

function messageIdAt(database: Database, roomId: RoomId, sequence: number): MessageId | undefined {
  return database.one<{ target_id: MessageId }>(
    "SELECT target_id FROM room_events WHERE room_id = ? AND sequence = ? AND kind = 'message'",
    roomId,
    sequence,
  )?.target_id;
}

function isMember(database: Database, roomId: RoomId, userId: UserId): boolean {
  const sql = 'SELECT 1 FROM memberships WHERE room_id = ? AND user_id = ?';
  return database.one(sql, roomId, userId) !== undefined;
}

/** Selects events above a position about messages at or below it, and losses of access. */
function selectOlderChanges(
  database: Database,
  range: { readonly roomId: RoomId; readonly position: number; readonly bytesMax: number },
): EventRow[] {
  const { roomId, position, bytesMax } = range;
  return database.until<EventRow>(
    beyond(bytesMax),
    `${SELECT_EVENTS} WHERE e.room_id = ? AND e.sequence > ? AND e.kind <> 'message'
       AND (m.sequence_number IS NULL OR m.sequence_number <= ?) ORDER BY e.sequence`,
    roomId,
    position,
    position,
  );
}

export function readEvents(
  database: Database,
  query: { readonly roomId: RoomId; readonly after: number; readonly limit: number },
): EventsPage {
  const sql = `SELECT ${HEAD_COLUMNS} FROM rooms r WHERE r.id = ?`;
  const room = database.one<HeadRow>(sql, query.roomId);
  if (room === undefined) return { head: undefined, firstSequence: 1, events: [] };
  const rows = database.until<EventRow>(
    beyond(PAGE_BYTES_MAX),
    `${SELECT_EVENTS} WHERE e.room_id = ? AND e.sequence > ? ORDER BY e.sequence LIMIT ?`,
    query.roomId,
    query.after,
    query.limit,
  );
  const { sequence, epoch } = toHead(room);
  const events = toEvents(database, cutPage(rows, query.limit), epoch);
  return { head: { sequence, epoch }, firstSequence: room.first_sequence, events };
}

function toEvents(database: Database, rows: readonly EventRow[], epoch: Epoch): RoomEvent[] {
  const reactions = readReactions(database, idsWithReactions(rows));
  return rows.map((row) => toEvent(row, epoch, reactions));
}
