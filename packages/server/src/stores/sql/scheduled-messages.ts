/** Messages that users send later: operations of the store. */
import {
  type ErrorCode,
  fileIdsOf,
  type MessageId,
  type RoomId,
  type UserId,
} from '@parley/protocol';
import {
  keyOfScheduled,
  type ScheduledEdit,
  type ScheduledMessage,
  type ScheduledOutcome,
} from '../../model/scheduled-message.ts';
import { FILE_WAIT_MS } from '../../model/stored-file.ts';
import { areFilesFree, freeFiles, holdFiles } from './files.ts';
import { all, type Feature, type Operation, one, run } from './operation.ts';
import { toAttachments, toAttachmentsCell } from './rows.ts';

interface ScheduledRow {
  readonly user_id: UserId;
  readonly id: string;
  readonly room_id: RoomId;
  readonly parent_id: MessageId | null;
  readonly also_to_room: number;
  readonly content: string;
  readonly attachments: string | null;
  readonly created_at: number;
  readonly send_at: number;
  readonly failure: ErrorCode | null;
}

interface Taken {
  readonly is_taken: number;
}

const COLUMNS =
  'user_id, id, room_id, parent_id, also_to_room, content, attachments, created_at, send_at, failure';
const ITSELF = 'user_id = $1 AND id = $2';

function toScheduled(row: ScheduledRow): ScheduledMessage {
  return {
    ...{ userId: row.user_id, id: row.id, roomId: row.room_id, content: row.content },
    ...{ attachments: toAttachments(row.attachments), alsoToRoom: row.also_to_room === 1 },
    ...{ createdAtMs: row.created_at, sendAtMs: row.send_at },
    ...{ parentId: row.parent_id ?? undefined, failure: row.failure ?? undefined },
  };
}

function* insertScheduled(
  message: Omit<ScheduledMessage, 'failure'>,
  max: number,
): Operation<ScheduledMessage | 'no-files' | undefined> {
  const { userId, id, roomId, parentId, alsoToRoom, content, createdAtMs, sendAtMs } = message;
  const known = yield* findScheduled(userId, id);
  if (known !== undefined) return known;
  const fileIds = fileIdsOf(message.attachments);
  if (!(yield* mayHold({ userId, id }, fileIds, createdAtMs))) return 'no-files';
  const attachments = toAttachmentsCell(message.attachments);
  const row = yield* one<ScheduledRow>(
    `INSERT INTO scheduled_messages
       (user_id, id, room_id, parent_id, content, created_at, send_at, due_at, also_to_room, attachments)
     SELECT $1, $2, $3, $4, $5, $6, $7, $7, $8, $9 WHERE (
       SELECT count(*) FROM (SELECT 1 FROM scheduled_messages WHERE user_id = $1 LIMIT $10) AS s) < $10
     ON CONFLICT (user_id, id) DO UPDATE SET id = excluded.id
     RETURNING ${COLUMNS}`,
    ...[userId, id, roomId, parentId ?? null, content, createdAtMs, sendAtMs],
    ...[alsoToRoom ? 1 : 0, attachments, max],
  );
  // Another request with the key, at the same time, may have had other files.
  if (row?.attachments === attachments) yield* holdFiles(fileIds, keyOfScheduled(id));
  return row && toScheduled(row);
}

function* mayHold(
  { userId, id }: Pick<ScheduledMessage, 'userId' | 'id'>,
  fileIds: readonly string[],
  atMs: number,
): Operation<boolean> {
  if (fileIds.length === 0) return true;
  return yield* areFilesFree({ fileIds, userId, clientMessageId: keyOfScheduled(id), atMs });
}

function* findScheduled(userId: UserId, id: string): Operation<ScheduledMessage | undefined> {
  const sql = `SELECT ${COLUMNS} FROM scheduled_messages WHERE ${ITSELF}`;
  const row = yield* one<ScheduledRow>(sql, userId, id);
  return row && toScheduled(row);
}

function* listScheduled(userId: UserId): Operation<ScheduledMessage[]> {
  const rows = yield* all<ScheduledRow>(
    `SELECT ${COLUMNS} FROM scheduled_messages WHERE user_id = $1 ORDER BY send_at, id`,
    userId,
  );
  return rows.map(toScheduled);
}

function* changeScheduled(
  userId: UserId,
  id: string,
  { content, attachments, sendAtMs }: ScheduledEdit,
  nowMs: number,
): Operation<ScheduledMessage | 'taken' | 'no-files' | undefined> {
  const known = yield* one<ScheduledRow & Taken>(
    `SELECT ${COLUMNS}, is_taken FROM scheduled_messages WHERE ${ITSELF} FOR UPDATE`,
    ...[userId, id],
  );
  if (known === undefined || known.is_taken === 1) return known && 'taken';
  const next = attachments ?? toAttachments(known.attachments);
  if (attachments !== undefined) {
    const fileIds = fileIdsOf(attachments);
    if (!(yield* mayHold({ userId, id }, fileIds, nowMs))) return 'no-files';
    const former = fileIdsOf(toAttachments(known.attachments));
    const removed = former.filter((fileId) => !fileIds.includes(fileId));
    yield* freeFiles(removed, nowMs + FILE_WAIT_MS);
    yield* holdFiles(fileIds, keyOfScheduled(id));
  }
  const row = yield* one<ScheduledRow>(
    `UPDATE scheduled_messages SET content = coalesce($3::text, content), send_at = coalesce($4::bigint, send_at),
       due_at = coalesce($4::bigint, due_at), failure = CASE WHEN $4::bigint IS NULL THEN failure END,
       attachments = $5
     WHERE ${ITSELF} RETURNING ${COLUMNS}`,
    ...[userId, id, content ?? null, sendAtMs ?? null, toAttachmentsCell(next)],
  );
  return row && toScheduled(row);
}

function* cancelScheduled(
  userId: UserId,
  id: string,
  nowMs: number,
): Operation<ScheduledMessage | 'taken' | undefined> {
  const row = yield* one<ScheduledRow>(
    `DELETE FROM scheduled_messages WHERE ${ITSELF} AND is_taken = 0 RETURNING ${COLUMNS}`,
    ...[userId, id],
  );
  if (row === undefined) return (yield* findScheduled(userId, id)) && 'taken';
  const cancelled = toScheduled(row);
  yield* freeFiles(fileIdsOf(cancelled.attachments), nowMs + FILE_WAIT_MS);
  return cancelled;
}

/** All of a user, with their files. */
export function* deleteScheduledOf(userId: UserId): Operation<void> {
  const rows = yield* all<Pick<ScheduledRow, 'attachments'>>(
    'DELETE FROM scheduled_messages WHERE user_id = $1 RETURNING attachments',
    userId,
  );
  yield* freeFiles(
    rows.flatMap(({ attachments }) => fileIdsOf(toAttachments(attachments))),
    0,
  );
}

function* hasDueScheduled(nowMs: number): Operation<boolean> {
  const sql = 'SELECT user_id FROM scheduled_messages WHERE due_at <= $1 LIMIT 1';
  return (yield* one(sql, nowMs)) !== undefined;
}

function* takeDueScheduled({
  nowMs,
  dueAtMs,
  limit,
}: {
  readonly nowMs: number;
  readonly dueAtMs: number;
  readonly limit: number;
}): Operation<(ScheduledMessage & { readonly wasTaken: boolean })[]> {
  // Rows that another node takes are not waited for.
  const rows = yield* all<ScheduledRow & Taken>(
    `SELECT ${COLUMNS}, is_taken FROM scheduled_messages WHERE due_at <= $1
     ORDER BY due_at, user_id, id LIMIT $2 FOR UPDATE SKIP LOCKED`,
    ...[nowMs, limit],
  );
  for (const { user_id: userId, id } of rows) {
    const sql = `UPDATE scheduled_messages SET due_at = $3, is_taken = 1 WHERE ${ITSELF}`;
    yield* run(sql, userId, id, dueAtMs);
  }
  return rows.map((row) => ({ ...toScheduled(row), wasTaken: row.is_taken === 1 }));
}

function* settleScheduled(userId: UserId, id: string, outcome: ScheduledOutcome): Operation<void> {
  if (outcome.kind === 'sent') {
    yield* run(`DELETE FROM scheduled_messages WHERE ${ITSELF}`, userId, id);
    return;
  }
  const isFailed = outcome.kind === 'failed';
  yield* run(
    `UPDATE scheduled_messages SET due_at = $3, is_taken = $4, failure = $5 WHERE ${ITSELF}`,
    ...[userId, id, isFailed ? null : outcome.dueAtMs],
    ...[!isFailed && outcome.isTaken ? 1 : 0, isFailed ? outcome.failure : null],
  );
}

export const SCHEDULED_MESSAGES = {
  reads: { findScheduled, listScheduled, hasDueScheduled },
  writes: { settleScheduled },
  transactions: { insertScheduled, changeScheduled, cancelScheduled, takeDueScheduled },
} satisfies Feature;
