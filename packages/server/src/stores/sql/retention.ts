/** Retention. Reactions are deleted in steps of their own: a message may have any number. */
import type { MessageId, RoomId } from '@parley/protocol';
import type { LogStart, Pruned } from '../../model/pruned-log.ts';
import { leftOutBlocks } from './deletions.ts';
import { RELEASE } from './files.ts';
import { all, type Feature, type Operation, one, run, runAll } from './operation.ts';
import { type LogStartRow, toLogStart } from './rows.ts';
import { PLACED } from './tables.ts';
import { forgetReplies } from './threads.ts';

function* listLogStarts(page: {
  readonly after: RoomId | undefined;
  readonly limit: number;
}): Operation<LogStart[]> {
  const rows = yield* all<LogStartRow>(
    `SELECT r.id, e.created_at FROM rooms r
     LEFT JOIN room_events e ON e.room_id = r.id AND e.sequence = r.first_sequence
     WHERE r.id > $1 ORDER BY r.id LIMIT $2`,
    page.after ?? '',
    page.limit,
  );
  return rows.map(toLogStart);
}

function* deleteMessagesOlderThan(
  roomId: RoomId,
  { beforeMs, eventsMax }: { readonly beforeMs: number; readonly eventsMax: number },
): Operation<Pruned> {
  // The lock comes first: another node that deletes the same events has finished, or waits.
  const room = yield* one<{ first_sequence: number }>(
    'SELECT first_sequence FROM rooms WHERE id = $1 FOR NO KEY UPDATE',
    roomId,
  );
  // Times never decrease within a room: everything before an old event is old.
  const last = yield* one<{ sequence: number; ordinal: number }>(
    `SELECT sequence, ordinal FROM room_events
     WHERE room_id = $1 AND sequence < $2 AND created_at < $3 ORDER BY sequence DESC LIMIT 1`,
    roomId,
    (room?.first_sequence ?? 0) + eventsMax,
    beforeMs,
  );
  if (last === undefined) return { events: 0, messages: 0, hasMore: false };
  const { sequence, ordinal } = last;
  const reactions = yield* run({ own: 'deleteReactionsUpTo' }, roomId, sequence, eventsMax);
  if (reactions === eventsMax) return { events: 0, messages: 0, hasMore: true };
  const messages = yield* run(
    'DELETE FROM messages WHERE room_id = $1 AND sequence_number <= $2',
    roomId,
    sequence,
  );
  yield* deleteBeside(roomId, sequence);
  const events = yield* run(
    'DELETE FROM room_events WHERE room_id = $1 AND sequence <= $2',
    roomId,
    sequence,
  );
  yield* run(
    'UPDATE rooms SET first_sequence = $2, pruned_ordinal = $3 WHERE id = $1',
    roomId,
    sequence + 1,
    ordinal,
  );
  return { events, messages, hasMore: events === eventsMax };
}

/** Deletes what stands beside the log up to a sequence. */
export function* deleteBeside(roomId: RoomId, upTo: number): Operation<void> {
  yield* runAll([
    [`${RELEASE} WHERE room_id = $1 AND sequence <= $2`, roomId, upTo],
    ...forgetReplies(roomId, 'u.sequence <= $2', upTo),
    ...PLACED.map(
      ([table, column]) =>
        [`DELETE FROM ${table} WHERE room_id = $1 AND ${column} <= $2`, roomId, upTo] as const,
    ),
    // Only blocks that end at or below the sequence.
    ...leftOutBlocks(upTo + 1).map(
      ({ level, block }) =>
        [
          'DELETE FROM deletion_counts WHERE room_id = $1 AND level = $2 AND block < $3',
          roomId,
          level,
          block,
        ] as const,
    ),
  ]);
}

function* deleteLeftoverReactions(rowsMax: number): Operation<boolean> {
  // Another node that deletes the same reactions is not waited for.
  const row = yield* one<{ message_id: MessageId }>(
    'SELECT message_id FROM leftover_reactions LIMIT 1 FOR UPDATE SKIP LOCKED',
  );
  if (row === undefined) return false;
  const deleted = yield* run({ own: 'deleteReactionsOf' }, row.message_id, rowsMax);
  if (deleted < rowsMax) {
    yield* run('DELETE FROM leftover_reactions WHERE message_id = $1', row.message_id);
  }
  return true;
}

export const RETENTION = {
  reads: { listLogStarts },
  writes: {},
  transactions: { deleteMessagesOlderThan, deleteLeftoverReactions },
} satisfies Feature;
