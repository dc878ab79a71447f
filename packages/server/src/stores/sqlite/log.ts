/** The logs of rooms in SQLite: the statements behind the log store. */
import type { MessageId, RoomId } from '@parley/protocol';
import {
  type CommitOutcome,
  canCatchUp,
  type HistoryPage,
  type LogCommand,
  type RoomRead,
  type RoomState,
} from '../../ports/log-store.ts';
import type { Message, RoomEvent } from '../../ports/model.ts';
import type { Database } from './database.ts';
import {
  HEAD_COLUMNS,
  type HeadRow,
  MESSAGE_COLUMNS,
  type MessageRow,
  toHead,
  toMessage,
} from './rows.ts';

/** Where a room's log stands while a batch is being written to it. */
interface OpenLog {
  sequence: number;
  ordinal: number;
  lastEventAtMs: number;
  isMoved: boolean;
}

export function commit(
  database: Database,
  { commands }: { readonly commands: readonly LogCommand[] },
): CommitOutcome[] {
  const logs = new Map<RoomId, OpenLog | undefined>();
  const outcomes = commands.map((command) => {
    if (!logs.has(command.roomId)) logs.set(command.roomId, openLog(database, command.roomId));
    return commitOne(database, command, logs.get(command.roomId));
  });
  for (const [roomId, log] of logs) {
    if (log?.isMoved === true) closeLog(database, roomId, log);
  }
  return outcomes;
}

function openLog(database: Database, roomId: RoomId): OpenLog | undefined {
  const row = database.one<{ head_sequence: number; head_ordinal: number; last_event_at: number }>(
    'SELECT head_sequence, head_ordinal, last_event_at FROM rooms WHERE id = ?',
    roomId,
  );
  return (
    row && {
      sequence: row.head_sequence,
      ordinal: row.head_ordinal,
      lastEventAtMs: row.last_event_at,
      isMoved: false,
    }
  );
}

function closeLog(database: Database, roomId: RoomId, log: OpenLog): void {
  database.run(
    'UPDATE rooms SET head_sequence = ?, head_ordinal = ?, last_event_at = ? WHERE id = ?',
    log.sequence,
    log.ordinal,
    log.lastEventAtMs,
    roomId,
  );
}

function commitOne(
  database: Database,
  command: LogCommand,
  log: OpenLog | undefined,
): CommitOutcome {
  if (log === undefined) return { kind: 'rejected', code: 'NOT_FOUND' };
  const repeated = findRepeated(database, command);
  if (repeated !== undefined) return repeated;
  if (!isMember(database, command)) return { kind: 'rejected', code: 'FORBIDDEN' };

  log.sequence += 1;
  log.ordinal += 1;
  log.lastEventAtMs = Math.max(log.lastEventAtMs, command.admittedAtMs);
  log.isMoved = true;
  const place = { sequence: log.sequence, ordinal: log.ordinal, createdAtMs: log.lastEventAtMs };
  writeMessage(database, command, place);
  return { kind: 'stored', ...place };
}

function findRepeated(database: Database, command: LogCommand): CommitOutcome | undefined {
  if (command.clientMessageId === undefined) return undefined;
  const key = database.one<{
    fingerprint: string;
    event_id: MessageId;
    sequence: number;
    created_at: number;
  }>(
    `SELECT fingerprint, event_id, sequence, created_at FROM send_keys
     WHERE room_id = ? AND sender_id = ? AND client_message_id = ?`,
    command.roomId,
    command.userId,
    command.clientMessageId,
  );
  if (key === undefined) return undefined;
  if (key.fingerprint !== command.fingerprint) return { kind: 'rejected', code: 'CONFLICT' };
  return {
    kind: 'duplicate',
    messageId: key.event_id,
    sequence: key.sequence,
    createdAtMs: key.created_at,
  };
}

function isMember(database: Database, { roomId, userId }: LogCommand): boolean {
  const sql = 'SELECT 1 FROM memberships WHERE room_id = ? AND user_id = ?';
  return database.one(sql, roomId, userId) !== undefined;
}

interface Place {
  readonly sequence: number;
  readonly ordinal: number;
  readonly createdAtMs: number;
}

function writeMessage(database: Database, command: LogCommand, place: Place): void {
  const { roomId, userId, messageId, clientMessageId } = command;
  const { sequence, ordinal, createdAtMs } = place;
  database.run(
    `INSERT INTO room_events (room_id, sequence, kind, actor_id, target_id, ordinal, created_at)
     VALUES (?, ?, 'message', ?, ?, ?, ?)`,
    roomId,
    sequence,
    userId,
    messageId,
    ordinal,
    createdAtMs,
  );
  database.run(
    `INSERT INTO messages (id, room_id, user_id, content, created_at, sequence_number, client_message_id)
     VALUES (?, ?, ?, ?, ?, ?, ?)`,
    messageId,
    roomId,
    userId,
    command.content,
    createdAtMs,
    sequence,
    clientMessageId ?? null,
  );
  if (clientMessageId !== undefined) {
    database.run(
      `INSERT INTO send_keys (room_id, sender_id, client_message_id, fingerprint, event_id, sequence, created_at)
       VALUES (?, ?, ?, ?, ?, ?, ?)`,
      roomId,
      userId,
      clientMessageId,
      command.fingerprint,
      messageId,
      sequence,
      createdAtMs,
    );
  }
  // Who writes has read: so the unread count is a subtraction.
  database.run(
    `UPDATE read_receipts SET last_read_at = ?, last_read_message_id = ?, last_read_sequence = ?, last_read_ordinal = ?
     WHERE user_id = ? AND room_id = ?`,
    createdAtMs,
    messageId,
    sequence,
    ordinal,
    userId,
    roomId,
  );
}

export function readHistory(
  database: Database,
  page: HistoryPage,
): { messages: Message[]; hasMore: boolean } {
  const { roomId, before, after, limit } = page;
  const isForward = after !== undefined;
  const rows = isForward
    ? readMessages(database, { roomId, above: after, below: undefined, limit: limit + 1 })
    : readMessages(database, { roomId, above: undefined, below: before, limit: limit + 1 });
  const messages = rows.slice(0, limit);
  if (!isForward) messages.reverse();
  return { messages, hasMore: rows.length > limit };
}

interface MessageRange {
  readonly roomId: RoomId;
  /** With it the messages come oldest first, else newest first. */
  readonly above: number | undefined;
  readonly below: number | undefined;
  readonly limit: number;
}

function readMessages(database: Database, range: MessageRange): Message[] {
  const { roomId, above, below, limit } = range;
  const direction = above === undefined ? 'DESC' : 'ASC';
  const rows = database.all<MessageRow>(
    `SELECT ${MESSAGE_COLUMNS} FROM messages m JOIN users u ON u.id = m.user_id
     WHERE m.room_id = ? AND m.sequence_number > ? AND m.sequence_number < ?
     ORDER BY m.sequence_number ${direction} LIMIT ?`,
    roomId,
    above ?? 0,
    below ?? Number.MAX_SAFE_INTEGER,
    limit,
  );
  return rows.map(toMessage);
}

export function readRoom(database: Database, read: RoomRead): RoomState | undefined {
  const { roomId, position, historyCount, catchUpMax } = read;
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
    const range = { roomId, above: position.lastSequence, below: undefined, limit: catchUpMax };
    return { head, truncated: false, history: readMessages(database, range) };
  }
  const newest = readMessages(database, {
    roomId,
    above: undefined,
    below: undefined,
    limit: historyCount,
  });
  return { head, truncated: position !== undefined, history: newest.reverse() };
}

function messageIdAt(database: Database, roomId: RoomId, sequence: number): MessageId | undefined {
  return database.one<{ target_id: MessageId }>(
    "SELECT target_id FROM room_events WHERE room_id = ? AND sequence = ? AND kind = 'message'",
    roomId,
    sequence,
  )?.target_id;
}

export function readEvents(
  database: Database,
  query: { readonly roomId: RoomId; readonly after: number; readonly limit: number },
): RoomEvent[] {
  const rows = database.all<MessageRow & { readonly ordinal: number }>(
    `SELECT ${MESSAGE_COLUMNS}, e.ordinal FROM room_events e
     JOIN messages m ON m.id = e.target_id JOIN users u ON u.id = m.user_id
     WHERE e.room_id = ? AND e.sequence > ? ORDER BY e.sequence LIMIT ?`,
    query.roomId,
    query.after,
    query.limit,
  );
  return rows.map((row) => ({
    kind: 'message',
    roomId: row.room_id,
    sequence: row.sequence_number,
    ordinal: row.ordinal,
    message: toMessage(row),
  }));
}
