/** Files that users have uploaded, and the messages that have them. */
import { fileIdsOf, type RoomId, type UserId } from '@parley/protocol';
import type { LogCommand } from '../../model/log-command.ts';
import type { FileClaim } from '../../model/plan-command.ts';
import type { StoredFile } from '../../model/stored-file.ts';
import { all, type Feature, type Operation, one, run } from './operation.ts';

interface FileRow {
  readonly id: string;
  readonly user_id: UserId;
  readonly name: string;
  readonly type: string;
  readonly size: number;
  readonly width: number | null;
  readonly height: number | null;
  readonly has_thumbnail: number;
  readonly created_at: number;
  readonly room_id: RoomId | null;
  readonly expires_at: number | null;
}

const COLUMNS =
  'id, user_id, name, type, size, width, height, has_thumbnail, created_at, room_id, expires_at';

function toFile(row: FileRow): StoredFile {
  return {
    id: row.id,
    userId: row.user_id,
    name: row.name,
    type: row.type,
    size: row.size,
    width: row.width ?? undefined,
    height: row.height ?? undefined,
    hasThumbnail: row.has_thumbnail === 1,
    createdAtMs: row.created_at,
    roomId: row.room_id ?? undefined,
    expiresAtMs: row.expires_at ?? undefined,
  };
}

function* insertFile(file: StoredFile, bytesMax: number): Operation<boolean> {
  yield* run('INSERT INTO file_totals (id, bytes) VALUES (1, 0) ON CONFLICT (id) DO NOTHING');
  const add = 'UPDATE file_totals SET bytes = bytes + $1 WHERE id = 1 AND bytes + $1 <= $2';
  if ((yield* run(add, file.size, bytesMax)) === 0) return false;
  yield* run(
    `INSERT INTO files (${COLUMNS}) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)`,
    file.id,
    file.userId,
    file.name,
    file.type,
    file.size,
    file.width ?? null,
    file.height ?? null,
    file.hasThumbnail ? 1 : 0,
    file.createdAtMs,
    file.roomId ?? null,
    file.expiresAtMs ?? null,
  );
  return true;
}

function* findFiles(ids: readonly string[]): Operation<StoredFile[]> {
  const sql = `SELECT ${COLUMNS} FROM files WHERE id = ANY($1::text[])`;
  return (yield* all<FileRow>(sql, ids)).map(toFile);
}

function* readFileBytes(): Operation<number> {
  const row = yield* one<{ bytes: number }>('SELECT bytes FROM file_totals WHERE id = 1');
  return row?.bytes ?? 0;
}

function* listExpiredFiles(beforeMs: number, limit: number): Operation<string[]> {
  const sql = 'SELECT id FROM files WHERE expires_at < $1 ORDER BY expires_at, id LIMIT $2';
  return (yield* all<{ id: string }>(sql, beforeMs, limit)).map(({ id }) => id);
}

function* deleteFiles(ids: readonly string[], beforeMs: number): Operation<void> {
  const sql = 'DELETE FROM files WHERE id = ANY($1::text[]) AND expires_at < $2 RETURNING size';
  const rows = yield* all<{ size: number }>(sql, ids, beforeMs);
  const bytes = rows.reduce((sum, { size }) => sum + size, 0);
  yield* run('UPDATE file_totals SET bytes = bytes - $1 WHERE id = 1', bytes);
}

const FREE = `SELECT id FROM files WHERE id = ANY($1::text[]) AND user_id = $2 AND expires_at > $3`;

/** Locks them: a message of another room waits, and then finds that they are taken. */
export function* areFilesFree({ fileIds, userId, atMs }: FileClaim): Operation<boolean> {
  const sql = `${FREE} ORDER BY id FOR UPDATE`;
  return (yield* all(sql, fileIds, userId, atMs)).length === fileIds.length;
}

/** The free files among those of each new message, by its index; for logs outside the database. */
export function* findFreeFiles(
  commands: readonly LogCommand[],
): Operation<ReadonlyMap<number, readonly string[]>> {
  const found = new Map<number, readonly string[]>();
  for (const [index, command] of commands.entries()) {
    const fileIds = command.kind === 'message' ? fileIdsOf(command.attachments) : [];
    if (fileIds.length === 0) continue;
    const { userId, admittedAtMs } = command;
    const rows = yield* all<{ id: string }>(FREE, fileIds, userId, admittedAtMs);
    found.set(
      index,
      rows.map(({ id }) => id),
    );
  }
  return found;
}

export function* placeFiles(
  roomId: RoomId,
  { fileIds, sequence }: { readonly fileIds: readonly string[]; readonly sequence: number },
): Operation<void> {
  yield* run(
    `UPDATE files SET room_id = $1, sequence = $2, expires_at = NULL
     WHERE id = ANY($3::text[]) AND sequence IS NULL`,
    roomId,
    sequence,
    fileIds,
  );
}

/** Released files are unreadable at once, and deleted later, in steps. */
export const RELEASE = 'UPDATE files SET room_id = NULL, sequence = NULL, expires_at = 0';

export function* releaseFiles(roomId: RoomId, sequence: number): Operation<void> {
  yield* run(`${RELEASE} WHERE room_id = $1 AND sequence = $2`, roomId, sequence);
}

export const FILES = {
  reads: { findFiles, readFileBytes, listExpiredFiles },
  writes: {},
  transactions: { insertFile, deleteFiles },
} satisfies Feature;
