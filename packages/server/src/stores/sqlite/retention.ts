/** Retention in SQLite. Rows of reactions are deleted with their messages. */
import type { RoomId } from '@parley/protocol';
import type { LogStart, Pruned } from '../../model/pruned-log.ts';
import { type LogStartRow, toLogStart } from '../sql-rows.ts';
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
  if (last === undefined) return { events: 0, messages: 0 };
  const { sequence, ordinal } = last;
  const upTo = 'WHERE room_id = ? AND sequence <= ?';
  const messages = database.run(
    'DELETE FROM messages WHERE room_id = ? AND sequence_number <= ?',
    roomId,
    sequence,
  );
  for (const table of ['mentions', 'read_steps']) {
    database.run(`DELETE FROM ${table} ${upTo}`, roomId, sequence);
  }
  const events = database.run(`DELETE FROM room_events ${upTo}`, roomId, sequence);
  database.run(
    'UPDATE rooms SET first_sequence = ?, pruned_ordinal = ? WHERE id = ?',
    sequence + 1,
    ordinal,
    roomId,
  );
  return { events, messages };
}
