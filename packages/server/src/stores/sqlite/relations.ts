/** Relational data for logs that are outside the database. */
import { randomUUID } from 'node:crypto';
import type { Mentions, MessageId, RoomId, RoomKind, UserId } from '@parley/protocol';
import { authorizeCommand } from '../../model/authorize-command.ts';
import { type Rejection, rejected } from '../../model/commit-outcome.ts';
import type { CommandOf, LogCommand } from '../../model/log-command.ts';
import { decideNow, planEndOfMembership } from '../../model/plan-command.ts';
import type { ReadPosition } from '../../model/read-receipt.ts';
import type { LogRecord } from '../../ports/message-log.ts';
import type {
  CommandFacts,
  LogEffects,
  LoggedRoom,
  LogRelations,
  PendingLoss,
} from '../../ports/relational-store.ts';
import {
  LOGGED_ROOM_COLUMNS,
  LOSS_COLUMNS,
  type LoggedRoomRow,
  type LossRow,
  ownMessages,
  toLoggedRoom,
  toPendingLoss,
} from '../sql/relations.ts';
import { deleteBeside } from '../sql/retention.ts';
import { LOG_KEY } from '../sql/tables.ts';
import { movePosition, readStep } from '../sql/unread.ts';
import type { Database } from './database.ts';
import { countDeletion, factsOf, findMentioned, isClosed, writeEffect } from './effects.ts';
import { RoomLogWriter } from './room-log-writer.ts';
import { runNow } from './run-now.ts';

export function bindLog(
  database: Database,
  { logId }: { readonly logId: string | undefined },
): boolean {
  const bound = database.one<{ value: string }>(
    'SELECT value FROM store_meta WHERE key = ?',
    LOG_KEY,
  )?.value;
  if (bound !== undefined || logId === undefined) return bound === logId;
  // The logs of a database with events are in the database.
  if (database.one('SELECT 1 FROM room_events LIMIT 1') !== undefined) return false;
  database.run('INSERT INTO store_meta (key, value) VALUES (?, ?)', LOG_KEY, logId);
  return true;
}

export function readLoggedRooms(
  database: Database,
  { roomIds }: { readonly roomIds: readonly RoomId[] },
): LoggedRoom[] {
  return database
    .all<LoggedRoomRow>(
      `SELECT ${LOGGED_ROOM_COLUMNS} FROM json_each(?) n CROSS JOIN rooms r ON r.id = n.value`,
      JSON.stringify(roomIds),
    )
    .map(toLoggedRoom);
}

export function listLoggedRooms(
  database: Database,
  { after, limit }: { readonly after: RoomId | undefined; readonly limit: number },
): LoggedRoom[] {
  const sql = `SELECT ${LOGGED_ROOM_COLUMNS} FROM rooms r WHERE r.id > ? ORDER BY r.id LIMIT ?`;
  return database.all<LoggedRoomRow>(sql, after ?? '', limit).map(toLoggedRoom);
}

export function isMember(
  database: Database,
  { roomId, userId }: { readonly roomId: RoomId; readonly userId: UserId },
): boolean {
  const sql = 'SELECT 1 FROM memberships WHERE room_id = ? AND user_id = ?';
  return database.one(sql, roomId, userId) !== undefined;
}

export function readPositions(
  database: Database,
  { roomId, userIds }: { readonly roomId: RoomId; readonly userIds: readonly UserId[] },
): ReadonlyMap<UserId, number> {
  const rows = database.all<{ user_id: UserId; last_read_sequence: number }>(
    `SELECT p.user_id, p.last_read_sequence FROM json_each(?) n
     CROSS JOIN read_receipts p ON p.user_id = n.value AND p.room_id = ?`,
    JSON.stringify(userIds),
    roomId,
  );
  return new Map(rows.map((row) => [row.user_id, row.last_read_sequence]));
}

export function readUsernames(
  database: Database,
  { userIds }: { readonly userIds: readonly UserId[] },
): ReadonlyMap<UserId, string> {
  const rows = database.all<{ id: UserId; username: string }>(
    'SELECT u.id, u.username FROM json_each(?) n CROSS JOIN users u ON u.id = n.value',
    JSON.stringify(userIds),
  );
  return new Map(rows.map(({ id, username }) => [id, username]));
}

export function readFacts(
  database: Database,
  { commands }: { readonly commands: readonly LogCommand[] },
): CommandFacts[] {
  const rooms = new RoomLogWriter(database);
  return commands.map((command) => {
    const room = rooms.find(command.roomId);
    return {
      actor: room?.findActor(command.userId),
      isBlocked: room?.kind === 'direct' && isClosed(database, command.roomId),
      mentionedIds: 'mentions' in command ? findMentionedIds(database, command) : [],
    };
  });
}

function findMentionedIds(
  database: Database,
  command: Pick<LogCommand, 'roomId' | 'userId'> & { readonly mentions: Mentions },
): UserId[] {
  if (command.mentions.everyone || command.mentions.names.length === 0) return [];
  return findMentioned(database, command);
}

export function endMembership(
  database: Database,
  command: CommandOf<'access-lost'>,
): PendingLoss | { readonly kind: 'unlogged' } | Rejection {
  const room = new RoomLogWriter(database).find(command.roomId);
  if (room === undefined) return rejected('NOT_FOUND');
  const decision = authorizeCommand(command, room, room.findActor(command.userId));
  if (decision.kind === 'rejected') return decision;
  const about = {
    ...{ actor: decision.value, roomKind: room.kind },
    ...{ afterSequence: room.sequence, atMs: command.admittedAtMs },
  };
  const plan = planEndOfMembership(command, about);
  const ended = decideNow(plan, factsOf(database, command.roomId));
  if (ended.kind === 'rejected') return ended;
  for (const effect of ended.effects) writeEffect(database, room, effect);
  if (ended.kind === 'unlogged') return { kind: 'unlogged' };
  const { username } = ended;
  const id = randomUUID();
  database.run(
    `INSERT INTO pending_losses (id, room_id, actor_id, subject_id, username, reason, fingerprint, admitted_at)
     VALUES (?, ?, ?, ?, ?, ?, ?, ?)`,
    id,
    command.roomId,
    command.userId,
    command.subjectId,
    username,
    command.reason,
    command.fingerprint,
    command.admittedAtMs,
  );
  return { id, command, username };
}

export function listPendingLosses(
  database: Database,
  { roomId, limit }: { readonly roomId: RoomId | undefined; readonly limit: number },
): PendingLoss[] {
  const sql = `SELECT ${LOSS_COLUMNS} FROM pending_losses ${roomId === undefined ? '' : 'WHERE room_id = ?'}
    ORDER BY admitted_at, id LIMIT ?`;
  const values = roomId === undefined ? [limit] : [roomId, limit];
  return database.all<LossRow>(sql, ...values).map(toPendingLoss);
}

export function deletePendingLoss(database: Database, { id }: { readonly id: string }): void {
  database.run('DELETE FROM pending_losses WHERE id = ?', id);
}

export function recordEffects(
  database: Database,
  { effects }: { readonly effects: readonly LogEffects[] },
): void {
  for (const { roomId, records } of effects) recordOf(database, roomId, records);
}

function recordOf(database: Database, roomId: RoomId, all: readonly LogRecord[]): void {
  const room = database.one<{ kind: RoomKind; head_sequence: number }>(
    'SELECT kind, head_sequence FROM rooms WHERE id = ?',
    roomId,
  );
  // Effects are recorded once, in order, also if several nodes record them.
  const records = all.filter(({ sequence }) => room && sequence > room.head_sequence);
  const last = records.at(-1);
  if (room === undefined || last === undefined) return;
  database.run(
    'UPDATE rooms SET head_sequence = ?, head_ordinal = ?, last_event_at = ? WHERE id = ?',
    last.sequence,
    last.ordinal,
    last.createdAtMs,
    roomId,
  );
  const own = ownMessages(records, room.kind);
  for (const record of own) moveOwnPosition(database, record);
  if (room.kind === 'direct') for (const record of own) noteWriter(database, record);
  for (const record of records) {
    replaceMentions(database, record);
    const { kind, messageSequence } = record;
    if (kind === 'deletion' && messageSequence !== undefined) {
      countDeletion(database, roomId, messageSequence);
    }
  }
}

function moveOwnPosition(database: Database, record: LogRecord): void {
  const { roomId, actorId, sequence, ordinal, createdAtMs, targetId } = record;
  // The author has read the earlier messages by now.
  const before = { sequence, ordinal: ordinal - 1, atMs: createdAtMs };
  const [sql, ...values] = readStep({ roomId, userId: actorId, ...before });
  database.run(sql, ...values);
  database.run(
    `UPDATE read_receipts SET last_read_at = ?, last_read_message_id = ?, last_read_sequence = ?, last_read_ordinal = ?
     WHERE user_id = ? AND room_id = ? AND last_read_sequence < ?`,
    createdAtMs,
    targetId,
    sequence,
    ordinal,
    actorId,
    roomId,
    sequence,
  );
}

/**
 * Keeps who has written in a direct room, which invitations depend on, as a key that no client can
 * use: the other keys are in the log.
 */
function noteWriter(database: Database, record: LogRecord): void {
  database.run(
    `INSERT INTO send_keys (room_id, sender_id, client_message_id, fingerprint, event_id, sequence, created_at)
     VALUES (?, ?, '', '', ?, ?, ?) ON CONFLICT (room_id, sender_id, client_message_id) DO NOTHING`,
    record.roomId,
    record.actorId,
    record.targetId,
    record.sequence,
    record.createdAtMs,
  );
}

function replaceMentions(database: Database, record: LogRecord): void {
  const { roomId, kind, mentioned, messageSequence } = record;
  if (mentioned === undefined || messageSequence === undefined) return;
  if (kind !== 'message') {
    const sql = 'DELETE FROM mentions WHERE room_id = ? AND sequence = ?';
    database.run(sql, roomId, messageSequence);
  }
  for (const userId of mentioned === 'everyone' ? [''] : mentioned) {
    database.run(
      'INSERT INTO mentions (room_id, sequence, user_id) VALUES (?, ?, ?) ON CONFLICT DO NOTHING',
      roomId,
      messageSequence,
      userId,
    );
  }
}

export function moveReadPosition(
  database: Database,
  move: {
    readonly roomId: RoomId;
    readonly userId: UserId;
    readonly to: ReadPosition;
    readonly messageId: MessageId | undefined;
    readonly atMs: number;
  },
): Awaited<ReturnType<LogRelations['moveReadPosition']>> {
  const { roomId, userId, to, messageId, atMs } = move;
  const own = { roomId, userId, ...to, messageId: messageId ?? null, atMs };
  const hasMoved = runNow(database, movePosition(own));
  const row = database.one<{
    last_read_sequence: number;
    last_read_ordinal: number;
    last_read_at: number;
  }>(
    `SELECT last_read_sequence, last_read_ordinal, last_read_at FROM read_receipts
     WHERE user_id = ? AND room_id = ?`,
    userId,
    roomId,
  );
  if (row === undefined) return undefined;
  const position = { sequence: row.last_read_sequence, ordinal: row.last_read_ordinal };
  return { position, hasMoved, readAtMs: row.last_read_at };
}

export function recordStart(
  database: Database,
  { roomId, deleted }: { readonly roomId: RoomId; readonly deleted: ReadPosition },
): void {
  const { sequence, ordinal } = deleted;
  database.run(
    'UPDATE rooms SET first_sequence = ?, pruned_ordinal = ? WHERE id = ? AND first_sequence <= ?',
    sequence + 1,
    ordinal,
    roomId,
    sequence,
  );
  runNow(database, deleteBeside(roomId, sequence));
}
