/** Messages that users have saved for later: operations of the store. */
import type { MessageId, RoomId, UserId } from '@parley/protocol';
import { LIST_START, type TimeCursor } from '../../model/page.ts';
import type { Reminder, SavedMessage } from '../../model/saved-message.ts';
import { all, type Feature, type Operation, one, run } from './operation.ts';

interface SavedRow {
  readonly message_id: MessageId;
  readonly room_id: RoomId;
  readonly saved_at: number;
  readonly remind_at: number | null;
  readonly reminded_at: number | null;
}

const COLUMNS = 'message_id, room_id, saved_at, remind_at, reminded_at';

function toSaved(row: SavedRow): SavedMessage {
  return {
    ...{ messageId: row.message_id, roomId: row.room_id, savedAtMs: row.saved_at },
    ...{ remindAtMs: row.remind_at ?? undefined, remindedAtMs: row.reminded_at ?? undefined },
  };
}

function* saveMessage(
  userId: UserId,
  { messageId, roomId, savedAtMs, remindAtMs }: Omit<SavedMessage, 'remindedAtMs'>,
  max: number,
): Operation<SavedMessage | undefined> {
  const remindAt = remindAtMs ?? null;
  const changed = yield* one<SavedRow>(
    `UPDATE saved_messages SET remind_at = $3, reminded_at = NULL
     WHERE user_id = $1 AND message_id = $2 RETURNING ${COLUMNS}`,
    ...[userId, messageId, remindAt],
  );
  if (changed !== undefined) return toSaved(changed);
  const row = yield* one<SavedRow>(
    `INSERT INTO saved_messages (user_id, message_id, room_id, saved_at, remind_at)
     SELECT $1, $2, $3, $4, $5 WHERE (
       SELECT count(*) FROM (SELECT 1 FROM saved_messages WHERE user_id = $1 LIMIT $6) AS s) < $6
     ON CONFLICT (user_id, message_id) DO UPDATE SET remind_at = excluded.remind_at, reminded_at = NULL
     RETURNING ${COLUMNS}`,
    ...[userId, messageId, roomId, savedAtMs, remindAt, max],
  );
  return row && toSaved(row);
}

function* deleteSaved(userId: UserId, messageIds: readonly MessageId[]): Operation<void> {
  yield* run(
    'DELETE FROM saved_messages WHERE user_id = $1 AND message_id = ANY ($2::text[])',
    userId,
    messageIds,
  );
}

function* listSaved(
  userId: UserId,
  page: {
    readonly after: TimeCursor | undefined;
    readonly limit: number;
    readonly reminded: boolean;
  },
): Operation<SavedMessage[]> {
  const { atMs, id } = page.after ?? LIST_START;
  const time = page.reminded ? 'reminded_at' : 'saved_at';
  const rows = yield* all<SavedRow>(
    `SELECT ${COLUMNS} FROM saved_messages
     WHERE user_id = $1 AND ${time} IS NOT NULL AND (${time}, message_id) < ($2, $3)
     ORDER BY ${time} DESC, message_id DESC LIMIT $4`,
    ...[userId, atMs, id, page.limit],
  );
  return rows.map(toSaved);
}

function* hasDueReminder(nowMs: number): Operation<boolean> {
  const sql = 'SELECT user_id FROM saved_messages WHERE remind_at <= $1 LIMIT 1';
  return (yield* one(sql, nowMs)) !== undefined;
}

function* takeDueReminders({
  nowMs,
  limit,
}: {
  readonly nowMs: number;
  readonly limit: number;
}): Operation<Reminder[]> {
  // Rows that another node takes are not waited for.
  const rows = yield* all<{ user_id: UserId; message_id: MessageId; room_id: RoomId }>(
    `SELECT user_id, message_id, room_id FROM saved_messages WHERE remind_at <= $1
     ORDER BY remind_at, user_id, message_id LIMIT $2 FOR UPDATE SKIP LOCKED`,
    ...[nowMs, limit],
  );
  for (const { user_id: userId, message_id: messageId } of rows) {
    yield* run(
      `UPDATE saved_messages SET remind_at = NULL, reminded_at = $3
       WHERE user_id = $1 AND message_id = $2`,
      ...[userId, messageId, nowMs],
    );
  }
  return rows.map((row) => ({
    ...{ userId: row.user_id, messageId: row.message_id, roomId: row.room_id },
    remindedAtMs: nowMs,
  }));
}

export const SAVED_MESSAGES = {
  reads: { listSaved, hasDueReminder },
  writes: { deleteSaved },
  transactions: { saveMessage, takeDueReminders },
} satisfies Feature;
