/** Retention in PostgreSQL. Reactions are deleted in steps of their own: a message may have any number. */
import type { MessageId, RoomId } from '@parley/protocol';
import type { LogStart, Pruned } from '../../model/pruned-log.ts';
import type { EventLog } from '../../ports/event-log.ts';
import { deletionBlocks } from '../sql/deletions.ts';
import { type LogStartRow, toLogStart } from '../sql/rows.ts';
import { PLACED } from '../sql/tables.ts';
import type { Queries } from './queries.ts';

export async function listLogStarts(
  queries: Queries,
  { after, limit }: Parameters<EventLog['listLogStarts']>[0],
): Promise<LogStart[]> {
  const rows = await queries.all<LogStartRow>(
    `SELECT r.id, e.created_at FROM rooms r
     LEFT JOIN room_events e ON e.room_id = r.id AND e.sequence = r.first_sequence
     WHERE r.id > $1 ORDER BY r.id LIMIT $2`,
    after ?? '',
    limit,
  );
  return rows.map(toLogStart);
}

/** Requires a transaction. */
export async function deleteMessagesOlderThan(
  queries: Queries,
  roomId: RoomId,
  { beforeMs, eventsMax }: Parameters<EventLog['deleteMessagesOlderThan']>[1],
): Promise<Pruned> {
  // The lock comes first: another node that deletes the same events has finished, or waits.
  const room = await queries.one<{ first_sequence: number }>(
    'SELECT first_sequence FROM rooms WHERE id = $1 FOR NO KEY UPDATE',
    roomId,
  );
  // Times never decrease within a room: everything before an old event is old.
  const last = await queries.one<{ sequence: number; ordinal: number }>(
    `SELECT sequence, ordinal FROM room_events
     WHERE room_id = $1 AND sequence < $2 AND created_at < $3 ORDER BY sequence DESC LIMIT 1`,
    roomId,
    (room?.first_sequence ?? 0) + eventsMax,
    beforeMs,
  );
  if (last === undefined) return { events: 0, messages: 0, hasMore: false };
  const { sequence, ordinal } = last;
  const reactions = await queries.run(
    `DELETE FROM reactions WHERE ctid = ANY (ARRAY(
       SELECT t.ctid FROM messages m
       CROSS JOIN LATERAL (SELECT ctid FROM reactions WHERE message_id = m.id LIMIT $3) t
       WHERE m.room_id = $1 AND m.sequence_number <= $2 LIMIT $3))`,
    roomId,
    sequence,
    eventsMax,
  );
  if (reactions === eventsMax) return { events: 0, messages: 0, hasMore: true };
  const messages = await queries.run(
    'DELETE FROM messages WHERE room_id = $1 AND sequence_number <= $2',
    roomId,
    sequence,
  );
  await deleteBeside(queries, roomId, sequence);
  const events = await queries.run(
    'DELETE FROM room_events WHERE room_id = $1 AND sequence <= $2',
    roomId,
    sequence,
  );
  await queries.run(
    'UPDATE rooms SET first_sequence = $2, pruned_ordinal = $3 WHERE id = $1',
    roomId,
    sequence + 1,
    ordinal,
  );
  return { events, messages, hasMore: events === eventsMax };
}

/** Deletes what stands beside the log up to a sequence. */
export async function deleteBeside(queries: Queries, roomId: RoomId, upTo: number): Promise<void> {
  for (const [table, column] of PLACED) {
    await queries.run(`DELETE FROM ${table} WHERE room_id = $1 AND ${column} <= $2`, roomId, upTo);
  }
  // Only blocks that end at or below the sequence.
  for (const { level, block } of deletionBlocks(upTo + 1)) {
    await queries.run(
      'DELETE FROM deletion_counts WHERE room_id = $1 AND level = $2 AND block < $3',
      roomId,
      level,
      block,
    );
  }
}

/** Requires a transaction. */
export async function deleteLeftoverReactions(queries: Queries, rowsMax: number): Promise<boolean> {
  // Another node that deletes the same reactions is not waited for.
  const row = await queries.one<{ message_id: MessageId }>(
    'SELECT message_id FROM leftover_reactions LIMIT 1 FOR UPDATE SKIP LOCKED',
  );
  if (row === undefined) return false;
  const deleted = await queries.run(
    `DELETE FROM reactions
     WHERE ctid = ANY (ARRAY(SELECT ctid FROM reactions WHERE message_id = $1 LIMIT $2))`,
    row.message_id,
    rowsMax,
  );
  if (deleted < rowsMax) {
    await queries.run('DELETE FROM leftover_reactions WHERE message_id = $1', row.message_id);
  }
  return true;
}
