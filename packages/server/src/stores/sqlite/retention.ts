/** Retention in SQLite. Reactions are deleted in steps of their own: a message may have any number. */
import type { MessageId, RoomId } from '@parley/protocol';
import type { LogStart, Pruned } from '../../model/pruned-log.ts';
import { deletionBlocks } from '../sql/deletions.ts';
import { type LogStartRow, toLogStart } from '../sql/rows.ts';
import { PLACED } from '../sql/tables.ts';
import type { Database } from './database.ts';

export function listLogStarts(
  database: Database,
  { after, limit }: { readonly after: RoomId | undefined; readonly limit: number },
): LogStart[] {
  return database
    .all<LogStartRow>(
      `SELECT r.id, e.created_at FROM rooms r
       LEFT JOIN room_events e ON e.room_id = r.id AND e.sequence = r.first_sequence
       WHERE r.id > ? ORDER BY r.id LIMIT ?`,
      after ?? '',
      limit,
    )
    .map(toLogStart);
}

export function deleteMessagesOlderThan(
  database: Database,
  cut: { readonly roomId: RoomId; readonly beforeMs: number; readonly eventsMax: number },
): Pruned {
  const { roomId, beforeMs, eventsMax } = cut;
  // Times never decrease within a room: everything before an old event is old.
  const last = database.one<{ sequence: number; ordinal: number }>(
    `SELECT e.sequence, e.ordinal FROM rooms r JOIN room_events e ON e.room_id = r.id
     WHERE r.id = ? AND e.sequence < r.first_sequence + ? AND e.created_at < ?
     ORDER BY e.sequence DESC LIMIT 1`,
    roomId,
    eventsMax,
    beforeMs,
  );
  if (last === undefined) return { events: 0, messages: 0, hasMore: false };
  const { sequence, ordinal } = last;
  const reactions = database.run(
    `DELETE FROM reactions WHERE (message_id, emoji, user_id) IN (
       SELECT t.message_id, t.emoji, t.user_id FROM messages m CROSS JOIN reactions t ON t.message_id = m.id
       WHERE m.room_id = ? AND m.sequence_number <= ? LIMIT ?)`,
    roomId,
    sequence,
    eventsMax,
  );
  if (reactions === eventsMax) return { events: 0, messages: 0, hasMore: true };
  const messages = database.run(
    'DELETE FROM messages WHERE room_id = ? AND sequence_number <= ?',
    roomId,
    sequence,
  );
  deleteBeside(database, roomId, sequence);
  const events = database.run(
    'DELETE FROM room_events WHERE room_id = ? AND sequence <= ?',
    roomId,
    sequence,
  );
  database.run(
    'UPDATE rooms SET first_sequence = ?, pruned_ordinal = ? WHERE id = ?',
    sequence + 1,
    ordinal,
    roomId,
  );
  return { events, messages, hasMore: events === eventsMax };
}

/** Deletes what stands beside the log up to a sequence. */
export function deleteBeside(database: Database, roomId: RoomId, upTo: number): void {
  for (const [table, column] of PLACED) {
    database.run(`DELETE FROM ${table} WHERE room_id = ? AND ${column} <= ?`, roomId, upTo);
  }
  // Only blocks that end at or below the sequence.
  for (const { level, block } of deletionBlocks(upTo + 1)) {
    database.run(
      'DELETE FROM deletion_counts WHERE room_id = ? AND level = ? AND block < ?',
      roomId,
      level,
      block,
    );
  }
}

export function deleteLeftoverReactions(
  database: Database,
  { rowsMax }: { readonly rowsMax: number },
): boolean {
  const row = database.one<{ message_id: MessageId }>(
    'SELECT message_id FROM leftover_reactions LIMIT 1',
  );
  if (row === undefined) return false;
  const deleted = database.run(
    `DELETE FROM reactions WHERE message_id = ?1 AND (emoji, user_id) IN (
       SELECT emoji, user_id FROM reactions WHERE message_id = ?1 LIMIT ?2)`,
    row.message_id,
    rowsMax,
  );
  if (deleted < rowsMax) {
    database.run('DELETE FROM leftover_reactions WHERE message_id = ?', row.message_id);
  }
  return true;
}
