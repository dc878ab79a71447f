/** Read positions and unread messages: operations of the room store. */
import { LIMITS, type NotificationLevel, type RoomId, type UserId } from '@parley/protocol';
import type { OwnMembership } from '../../model/listed-room.ts';
import type { MarkedRead, Reader } from '../../model/read-receipt.ts';
import { toMuteIfAny } from '../../model/restriction.ts';
import { toRoomRole } from '../../model/stored-role.ts';
import { countUnread, type MemberUnread, type Unread } from '../../model/unread.ts';
import { leftOutAbove } from './deletions.ts';
import { all, type Feature, type Operation, one, run, runAll } from './operation.ts';
import {
  type NotificationCell,
  type ReaderRow,
  toNotificationCell,
  toNotificationLevel,
  toReader,
} from './rows.ts';
import { REPLIES_ABOVE } from './threads.ts';

export interface UnreadRow {
  readonly head_ordinal: number;
  readonly room_role: string;
  readonly muted_until: number | null;
  readonly mute_reason: string | null;
  readonly marked_unread: number;
  readonly notification_level: NotificationCell;
  readonly last_read_sequence: number;
  readonly last_read_ordinal: number;
  readonly pruned_ordinal: number;
  readonly left_out: number;
  readonly unread_replies: number;
  readonly first_unread: number | null;
  readonly mention_count: number;
}

/**
 * Columns of a membership `m` and its read position `p`, beside those of the head of the room `r`.
 * Subqueries on other tables run only if something is unread, which is rare.
 */
export const UNREAD_COLUMNS = `m.role AS room_role, m.muted_until, m.mute_reason, m.marked_unread, m.notification_level, p.last_read_sequence,
  p.last_read_ordinal,
  CASE WHEN r.head_ordinal > p.last_read_ordinal THEN
    ${leftOutAbove('r.id', 'greatest(p.last_read_sequence, r.first_sequence - 1)')}
  ELSE 0 END AS left_out,
  CASE WHEN r.head_ordinal > p.last_read_ordinal THEN ${REPLIES_ABOVE} ELSE 0 END AS unread_replies,
  CASE WHEN r.head_ordinal > p.last_read_ordinal THEN
    (SELECT min(s.sequence_number) FROM messages s
       WHERE s.room_id = r.id AND s.sequence_number > p.last_read_sequence AND s.is_deleted = 0)
  END AS first_unread,
  CASE WHEN r.head_ordinal > p.last_read_ordinal THEN
    (SELECT count(*) FROM (SELECT 1 FROM mentions n WHERE n.room_id = r.id AND n.user_id IN (p.user_id, '')
       AND n.sequence > p.last_read_sequence LIMIT ${LIMITS.mentionCountMax}) counted)
  ELSE 0 END AS mention_count`;

export function toMembership(row: UnreadRow): OwnMembership {
  const { last_read_sequence: sequence, last_read_ordinal: ordinal } = row;
  const mute = toMuteIfAny(row);
  return {
    role: toRoomRole(row.room_role),
    read: { sequence, ordinal },
    unread: toUnread(row),
    notificationLevel: toNotificationLevel(row.notification_level),
    ...(mute === undefined ? {} : { mute }),
  };
}

function toUnread(row: UnreadRow): Unread {
  const later = countUnread(row.head_ordinal, row.last_read_ordinal, row.pruned_ordinal);
  const unreadCount = later - row.left_out + row.unread_replies;
  const isNone = unreadCount === 0;
  return {
    unreadCount,
    mentionCount: isNone ? 0 : row.mention_count,
    firstSequence: isNone ? undefined : (row.first_unread ?? undefined),
    isMarkedUnread: row.marked_unread === 1,
  };
}

function* readUnread(
  roomId: RoomId,
  userIds: readonly UserId[],
): Operation<{ readonly headSequence: number; readonly members: readonly MemberUnread[] }> {
  const room = yield* one<{ head_sequence: number }>(
    'SELECT head_sequence FROM rooms WHERE id = $1',
    roomId,
  );
  if (room === undefined) return { headSequence: 0, members: [] };
  const rows = yield* all<UnreadRow & { readonly user_id: UserId }>(
    `SELECT m.user_id, r.head_ordinal, r.pruned_ordinal, ${UNREAD_COLUMNS} FROM memberships m JOIN rooms r ON r.id = m.room_id
       JOIN read_receipts p ON p.room_id = m.room_id AND p.user_id = m.user_id
     WHERE m.room_id = $1 AND m.user_id = ANY($2::text[])`,
    roomId,
    userIds,
  );
  const unreadOf = new Map(rows.map((row) => [row.user_id, toUnread(row)]));
  const members = userIds.flatMap((userId) => {
    const unread = unreadOf.get(userId);
    return unread === undefined ? [] : [{ userId, unread }];
  });
  return { headSequence: room.head_sequence, members };
}

function* markRead(
  roomId: RoomId,
  userId: UserId,
  { sequence, atMs }: { readonly sequence: number; readonly atMs: number },
): Operation<MarkedRead | undefined> {
  const event = yield* findMarked(roomId, sequence);
  if (event === undefined) return undefined;
  const { message_id: messageId, ...to } = event;
  const hasMoved = yield* movePosition({ roomId, userId, ...to, messageId, atMs });
  const row = yield* one<{
    last_read_sequence: number;
    last_read_ordinal: number;
    last_read_at: number;
    message_id: MarkedRead['messageId'] | null;
  }>(
    // With the latest message at or below the position.
    `SELECT p.last_read_sequence, p.last_read_ordinal, p.last_read_at,
       (SELECT s.id FROM messages s WHERE s.room_id = p.room_id AND s.sequence_number <= p.last_read_sequence
        ORDER BY s.sequence_number DESC LIMIT 1) AS message_id
     FROM read_receipts p WHERE p.user_id = $1 AND p.room_id = $2`,
    userId,
    roomId,
  );
  if (row === undefined) return undefined;
  return {
    position: { sequence: row.last_read_sequence, ordinal: row.last_read_ordinal },
    messageId: row.message_id ?? undefined,
    hasMoved,
    readAtMs: row.last_read_at,
  };
}

interface MarkedEvent {
  readonly sequence: number;
  readonly ordinal: number;
  readonly message_id: string | null;
}

/** The latest event at or below a sequence; if retention has deleted it, its position. */
function* findMarked(roomId: RoomId, sequence: number): Operation<MarkedEvent | undefined> {
  const event = yield* one<MarkedEvent>(
    `SELECT e.sequence, e.ordinal, CASE e.kind WHEN 'message' THEN e.target_id END AS message_id
     FROM room_events e WHERE e.room_id = $1 AND e.sequence <= $2 ORDER BY e.sequence DESC LIMIT 1`,
    roomId,
    sequence,
  );
  if (event !== undefined) return event;
  return yield* one<MarkedEvent>(
    `SELECT least($2::bigint, first_sequence - 1) AS sequence, pruned_ordinal AS ordinal, NULL AS message_id
     FROM rooms WHERE id = $1`,
    roomId,
    sequence,
  );
}

/** Moves a read position forward and ends its mark as unread; returns whether it has moved. */
export function* movePosition(move: {
  readonly roomId: RoomId;
  readonly userId: UserId;
  readonly sequence: number;
  readonly ordinal: number;
  readonly messageId: string | null;
  readonly atMs: number;
}): Operation<boolean> {
  const { roomId, userId, sequence, ordinal, messageId, atMs } = move;
  // In the order in which the end of a membership locks these rows.
  const [, , moved] = yield* runAll([
    [
      'UPDATE memberships SET marked_unread = 0 WHERE room_id = $1 AND user_id = $2 AND marked_unread = 1',
      roomId,
      userId,
    ],
    readStep(move),
    [
      `UPDATE read_receipts SET last_read_at = $3, last_read_message_id = coalesce($4, last_read_message_id),
         last_read_sequence = $5, last_read_ordinal = $6
       WHERE user_id = $1 AND room_id = $2 AND last_read_sequence < $5`,
      userId,
      roomId,
      atMs,
      messageId,
      sequence,
      ordinal,
    ],
  ]);
  return moved === 1;
}

/** Writes a step in a direct room if the position passes a message; runs before it moves. */
export function readStep(step: {
  readonly roomId: RoomId;
  readonly userId: UserId;
  readonly sequence: number;
  readonly ordinal: number;
  readonly atMs: number;
}): readonly [string, ...(string | number)[]] {
  return [
    `INSERT INTO read_steps (room_id, user_id, sequence, read_at)
     SELECT p.room_id, p.user_id, $3::bigint, $5::bigint FROM read_receipts p JOIN rooms r ON r.id = p.room_id
     WHERE p.room_id = $1 AND p.user_id = $2 AND p.last_read_ordinal < $4 AND p.last_read_sequence < $3
       AND r.kind = 'direct'
     ON CONFLICT DO NOTHING`,
    step.roomId,
    step.userId,
    step.sequence,
    step.ordinal,
    step.atMs,
  ];
}

function* listReaders(roomId: RoomId, sequence: number, limit: number): Operation<Reader[]> {
  const rows = yield* all<ReaderRow>(
    `SELECT user_id, last_read_sequence, last_read_at FROM read_receipts
     WHERE room_id = $1 AND last_read_sequence >= $2 ORDER BY last_read_sequence DESC, user_id LIMIT $3`,
    roomId,
    sequence,
    limit,
  );
  return rows.map(toReader);
}

function* listReadSteps(
  roomId: RoomId,
  { from, limit }: { readonly from: number; readonly limit: number },
): Operation<Reader[]> {
  return (yield* all<ReaderRow>({ own: 'readSteps' }, roomId, from, limit)).map(toReader);
}

function* listFirstReads(
  points: readonly { readonly roomId: RoomId; readonly sequence: number }[],
): Operation<ReadonlyMap<RoomId, Reader[]>> {
  const rows = yield* all<ReaderRow & { readonly room_id: RoomId }>(
    { own: 'firstReads' },
    points.map(({ roomId }) => roomId),
    points.map(({ sequence }) => sequence),
  );
  const byRoom = Map.groupBy(rows, (row) => row.room_id);
  return new Map([...byRoom].map(([roomId, readers]) => [roomId, readers.map(toReader)]));
}

function* markUnread(roomId: RoomId, userId: UserId): Operation<boolean> {
  const sql = 'UPDATE memberships SET marked_unread = 1 WHERE room_id = $1 AND user_id = $2';
  return (yield* run(sql, roomId, userId)) === 1;
}

function* setNotificationLevel(
  roomId: RoomId,
  userId: UserId,
  level: NotificationLevel,
): Operation<boolean> {
  const sql = 'UPDATE memberships SET notification_level = $3 WHERE room_id = $1 AND user_id = $2';
  return (yield* run(sql, roomId, userId, toNotificationCell(level))) === 1;
}

export const UNREAD = {
  reads: { readUnread, listReaders, listReadSteps, listFirstReads },
  writes: { markUnread, setNotificationLevel },
  transactions: { markRead },
} satisfies Feature;
