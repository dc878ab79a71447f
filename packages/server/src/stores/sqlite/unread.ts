/** Read positions and unread messages in SQLite. */

import { LIMITS, type NotificationLevel, type RoomId, type UserId } from '@parley/protocol';
import type { OwnMembership } from '../../model/listed-room.ts';
import type { MarkedRead, Reader } from '../../model/read-receipt.ts';
import type { LogHead } from '../../model/room-event.ts';
import { toRoomRole } from '../../model/stored-role.ts';
import { countUnread, type MemberUnread, type Unread } from '../../model/unread.ts';
import { deletionsAbove } from '../sql/deletions.ts';
import {
  MARKED_COLUMNS,
  type MarkedRow,
  type NotificationCell,
  type ReaderRow,
  toMarkedRead,
  toNotificationCell,
  toNotificationLevel,
  toReader,
} from '../sql/rows.ts';
import type { Database } from './database.ts';

export interface UnreadRow {
  readonly room_role: string;
  readonly marked_unread: number;
  readonly notification_level: NotificationCell;
  readonly last_read_sequence: number;
  readonly last_read_ordinal: number;
  readonly pruned_ordinal: number;
  readonly first_sequence: number;
}

const MARKED = `${MARKED_COLUMNS} WHERE p.user_id = ? AND p.room_id = ?`;

export const UNREAD_COLUMNS = `m.role AS room_role, m.marked_unread, m.notification_level, p.last_read_sequence, p.last_read_ordinal,
  r.pruned_ordinal, r.first_sequence`;

export function toMembership(
  database: Database,
  row: UnreadRow,
  about: {
    readonly roomId: RoomId;
    readonly userId: UserId;
    readonly head: Pick<LogHead, 'ordinal'>;
  },
): OwnMembership {
  const { last_read_sequence: sequence, last_read_ordinal: ordinal } = row;
  return {
    role: toRoomRole(row.room_role),
    read: { sequence, ordinal },
    unread: toUnread(database, row, about),
    notificationLevel: toNotificationLevel(row.notification_level),
  };
}

function toUnread(
  database: Database,
  row: UnreadRow,
  about: {
    readonly roomId: RoomId;
    readonly userId: UserId;
    readonly head: Pick<LogHead, 'ordinal'>;
  },
): Unread {
  const { roomId, userId, head } = about;
  const { last_read_sequence: above } = row;
  const isMarkedUnread = row.marked_unread === 1;
  const later = countUnread(head.ordinal, row.last_read_ordinal, row.pruned_ordinal);
  const unreadCount = later === 0 ? 0 : later - countDeleted(database, roomId, row);
  // The usual case: nothing more to query.
  if (unreadCount === 0) {
    return { unreadCount, mentionCount: 0, firstSequence: undefined, isMarkedUnread };
  }
  const first = database.one<{ sequence_number: number }>(
    `SELECT sequence_number FROM messages WHERE room_id = ? AND sequence_number > ?
     ORDER BY sequence_number LIMIT 1`,
    roomId,
    above,
  );
  const mentions = database.one<{ count: number }>(
    `SELECT count(*) AS count FROM (SELECT 1 FROM mentions
       WHERE room_id = ? AND user_id IN (?, '') AND sequence > ? LIMIT ?)`,
    roomId,
    userId,
    above,
    LIMITS.mentionCountMax,
  );
  return {
    unreadCount,
    mentionCount: mentions?.count ?? 0,
    firstSequence: first?.sequence_number,
    isMarkedUnread,
  };
}

function countDeleted(database: Database, roomId: RoomId, row: UnreadRow): number {
  const position = Math.max(row.last_read_sequence, row.first_sequence - 1);
  const sql = `SELECT ${deletionsAbove('?1', '?2')} AS count`;
  return database.one<{ count: number }>(sql, roomId, position)?.count ?? 0;
}

export function readUnread(
  database: Database,
  query: { readonly roomId: RoomId; readonly userIds: readonly UserId[] },
): { readonly headSequence: number; readonly members: readonly MemberUnread[] } {
  const { roomId, userIds } = query;
  const room = database.one<{ head_sequence: number; head_ordinal: number }>(
    'SELECT head_sequence, head_ordinal FROM rooms WHERE id = ?',
    roomId,
  );
  if (room === undefined) return { headSequence: 0, members: [] };
  const head = { ordinal: room.head_ordinal };
  const members = userIds.flatMap((userId) => {
    const row = database.one<UnreadRow>(
      `SELECT ${UNREAD_COLUMNS} FROM memberships m JOIN rooms r ON r.id = m.room_id
         JOIN read_receipts p ON p.room_id = m.room_id AND p.user_id = m.user_id
       WHERE m.room_id = ? AND m.user_id = ?`,
      roomId,
      userId,
    );
    if (row === undefined) return [];
    return [{ userId, unread: toUnread(database, row, { roomId, userId, head }) }];
  });
  return { headSequence: room.head_sequence, members };
}

export function markRead(
  database: Database,
  mark: {
    readonly roomId: RoomId;
    readonly userId: UserId;
    readonly sequence: number;
    readonly atMs: number;
  },
): MarkedRead | undefined {
  const { roomId, userId, sequence, atMs } = mark;
  let hasMoved = false;
  const event = findMarked(database, roomId, sequence);
  if (event !== undefined) {
    writeReadStep(database, { roomId, userId, ...event, atMs });
    const moved = database.run(
      `UPDATE read_receipts SET last_read_at = ?, last_read_message_id = coalesce(?, last_read_message_id),
         last_read_sequence = ?, last_read_ordinal = ?
       WHERE user_id = ? AND room_id = ? AND last_read_sequence < ?`,
      atMs,
      event.message_id,
      event.sequence,
      event.ordinal,
      userId,
      roomId,
      event.sequence,
    );
    hasMoved = moved === 1;
  }
  database.run(
    'UPDATE memberships SET marked_unread = 0 WHERE room_id = ? AND user_id = ? AND marked_unread = 1',
    roomId,
    userId,
  );
  const row = database.one<MarkedRow>(MARKED, userId, roomId);
  return row && toMarkedRead(row, hasMoved);
}

/** Writes a step in a direct room if the position passes a message; runs before it moves. */
export function writeReadStep(
  database: Database,
  step: {
    readonly roomId: RoomId;
    readonly userId: UserId;
    readonly sequence: number;
    readonly ordinal: number;
    readonly atMs: number;
  },
): void {
  database.run(
    `INSERT INTO read_steps (room_id, user_id, sequence, read_at)
     SELECT p.room_id, p.user_id, ?, ? FROM read_receipts p JOIN rooms r ON r.id = p.room_id
     WHERE p.user_id = ? AND p.room_id = ? AND p.last_read_ordinal < ? AND p.last_read_sequence < ?
       AND r.kind = 'direct'`,
    step.sequence,
    step.atMs,
    step.userId,
    step.roomId,
    step.ordinal,
    step.sequence,
  );
}

interface MarkedEvent {
  readonly sequence: number;
  readonly ordinal: number;
  readonly message_id: string | null;
}

/** The latest event at or below a sequence; if retention has deleted it, its position. */
function findMarked(database: Database, roomId: RoomId, sequence: number): MarkedEvent | undefined {
  const event = database.one<MarkedEvent>(
    `SELECT e.sequence, e.ordinal, CASE e.kind WHEN 'message' THEN e.target_id END AS message_id
     FROM room_events e WHERE e.room_id = ? AND e.sequence <= ? ORDER BY e.sequence DESC LIMIT 1`,
    roomId,
    sequence,
  );
  if (event !== undefined) return event;
  return database.one<MarkedEvent>(
    `SELECT min(?, first_sequence - 1) AS sequence, pruned_ordinal AS ordinal, NULL AS message_id
     FROM rooms WHERE id = ?`,
    sequence,
    roomId,
  );
}

export function listReaders(
  database: Database,
  query: { readonly roomId: RoomId; readonly sequence: number; readonly limit: number },
): Reader[] {
  return database
    .all<ReaderRow>(
      `SELECT user_id, last_read_sequence, last_read_at FROM read_receipts
       WHERE room_id = ? AND last_read_sequence >= ? ORDER BY last_read_sequence DESC, user_id LIMIT ?`,
      query.roomId,
      query.sequence,
      query.limit,
    )
    .map(toReader);
}

export function listReadSteps(
  database: Database,
  query: { readonly roomId: RoomId; readonly from: number; readonly limit: number },
): Reader[] {
  const { roomId, from, limit } = query;
  const people = database.all<{ user_id: UserId }>(
    'SELECT user_id FROM memberships WHERE room_id = ? ORDER BY user_id',
    roomId,
  );
  return people.flatMap(({ user_id }) =>
    database
      .all<ReaderRow>(
        `SELECT user_id, sequence AS last_read_sequence, read_at AS last_read_at FROM (
           SELECT user_id, sequence, read_at FROM read_steps
           WHERE room_id = ? AND user_id = ? AND sequence >= ? ORDER BY sequence LIMIT ?)
         UNION SELECT user_id, last_read_sequence, last_read_at FROM read_receipts
         WHERE user_id = ? AND room_id = ? AND last_read_sequence >= ? ORDER BY last_read_sequence`,
        ...[roomId, user_id, from, limit],
        ...[user_id, roomId, from],
      )
      .map(toReader),
  );
}

export function listFirstReads(
  database: Database,
  {
    points,
  }: { readonly points: readonly { readonly roomId: RoomId; readonly sequence: number }[] },
): ReadonlyMap<RoomId, Reader[]> {
  return new Map(
    points.map(({ roomId, sequence: from }) => {
      const steps = listReadSteps(database, { roomId, from, limit: 1 });
      const firsts = new Map(steps.toReversed().map((reader) => [reader.userId, reader]));
      return [roomId, [...firsts.values()]] as const;
    }),
  );
}

export function markUnread(
  database: Database,
  { roomId, userId }: { readonly roomId: RoomId; readonly userId: UserId },
): boolean {
  const sql = 'UPDATE memberships SET marked_unread = 1 WHERE room_id = ? AND user_id = ?';
  return database.run(sql, roomId, userId) === 1;
}

export function setNotificationLevel(
  database: Database,
  choice: {
    readonly roomId: RoomId;
    readonly userId: UserId;
    readonly level: NotificationLevel;
  },
): boolean {
  const { roomId, userId, level } = choice;
  const sql = 'UPDATE memberships SET notification_level = ? WHERE room_id = ? AND user_id = ?';
  return database.run(sql, toNotificationCell(level), roomId, userId) === 1;
}
