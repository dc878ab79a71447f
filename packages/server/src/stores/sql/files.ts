/** Files that users have uploaded, and the messages that have them. */
import {
  type ClientMessageId,
  fileIdsOf,
  type RoomId,
  type UserId,
  type WorkspaceId,
} from '@parley/protocol';
import type { LogCommand } from '../../model/log-command.ts';
import type { FileClaim } from '../../model/plan-command.ts';
import {
  type FileWithoutThumbnails,
  fileIdOfUrl,
  type NewFile,
  type PlacedFile,
  type StoredFile,
} from '../../model/stored-file.ts';
import type { FilePlace } from '../../ports/file-store.ts';
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
  readonly duration_ms: number | null;
  readonly blur_hash: string | null;
  readonly created_at: number;
  readonly room_id: RoomId | null;
  readonly workspace_id: WorkspaceId | null;
  readonly expires_at: number | null;
}

const COLUMNS =
  'id, user_id, name, type, size, width, height, has_thumbnail, duration_ms, blur_hash, created_at, room_id, expires_at';
const READ = `${COLUMNS}, workspace_id`;

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
    ...(row.duration_ms === null ? {} : { durationMs: row.duration_ms }),
    ...(row.blur_hash === null ? {} : { blurHash: row.blur_hash }),
    createdAtMs: row.created_at,
    roomId: row.room_id ?? undefined,
    ...(row.workspace_id === null ? {} : { workspaceId: row.workspace_id }),
    expiresAtMs: row.expires_at ?? undefined,
  };
}

/** Files that are counted for a share: few users have more, and those count for the largest. */
const COUNTED_MAX = 10_000;

function* insertFile(
  file: NewFile,
  bytesMax: number,
  shareOfFree = Number.POSITIVE_INFINITY,
): Operation<boolean> {
  yield* run('INSERT INTO file_totals (id, bytes) VALUES (1, 0) ON CONFLICT (id) DO NOTHING');
  const add = 'UPDATE file_totals SET bytes = bytes + $1 WHERE id = 1 AND bytes + $1 <= $2';
  if ((yield* run(add, file.size, bytesMax)) === 0) return false;
  // From here, no other file comes in between.
  if (shareOfFree < Number.POSITIVE_INFINITY) {
    const own = file.size + (yield* readUserFileBytes(file.userId));
    if (own > shareOfFree * (bytesMax - (yield* readFileBytes()))) {
      yield* run('UPDATE file_totals SET bytes = bytes - $1 WHERE id = 1', file.size);
      return false;
    }
  }
  yield* run(
    `INSERT INTO files (${COLUMNS}, thumbnails_due_at)
     VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14)`,
    file.id,
    file.userId,
    file.name,
    file.type,
    file.size,
    file.width ?? null,
    file.height ?? null,
    file.hasThumbnail ? 1 : 0,
    file.durationMs ?? null,
    file.blurHash ?? null,
    file.createdAtMs,
    file.roomId ?? null,
    file.expiresAtMs ?? null,
    file.awaitsThumbnails === true ? file.createdAtMs : null,
  );
  return true;
}

function* findFiles(ids: readonly string[]): Operation<StoredFile[]> {
  const sql = `SELECT ${READ} FROM files WHERE id = ANY($1::text[])`;
  return (yield* all<FileRow>(sql, ids)).map(toFile);
}

function* listRoomFiles(
  roomId: RoomId,
  { before, limit }: { readonly before: FilePlace | undefined; readonly limit: number },
): Operation<PlacedFile[]> {
  // Pictures of the room have no sequence.
  const sql = `SELECT ${READ}, sequence FROM files WHERE room_id = $1 AND (sequence, id) < ($2, $3)
    ORDER BY sequence DESC, id DESC LIMIT $4`;
  const { sequence, id } = before ?? { sequence: Number.MAX_SAFE_INTEGER, id: '' };
  const rows = yield* all<FileRow & { sequence: number }>(sql, roomId, sequence, id, limit);
  return rows.map((row) => ({ ...toFile(row), sequence: row.sequence }));
}

function* readFileBytes(): Operation<number> {
  const row = yield* one<{ bytes: number }>('SELECT bytes FROM file_totals WHERE id = 1');
  return row?.bytes ?? 0;
}

function* readUserFileBytes(userId: UserId): Operation<number> {
  const row = yield* one<{ bytes: number }>(
    `SELECT CAST(COALESCE(SUM(size), 0) AS BIGINT) AS bytes FROM
     (SELECT size FROM files WHERE user_id = $1 AND size > 0 ORDER BY size DESC LIMIT ${COUNTED_MAX}) f`,
    userId,
  );
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

/** The latest first: an import of many pictures does not delay those that users upload meanwhile. */
const FIRST_DUE = `SELECT id, thumbnail_attempts FROM files WHERE thumbnails_due_at <= $1
  ORDER BY thumbnails_due_at DESC, id DESC LIMIT 1`;

interface DueRow {
  readonly id: string;
  readonly thumbnail_attempts: number;
}

function* hasDueThumbnails(nowMs: number): Operation<boolean> {
  return (yield* one(FIRST_DUE, nowMs)) !== undefined;
}

function* takeDueThumbnails({
  nowMs,
  dueAtMs,
  attemptsMax,
}: {
  readonly nowMs: number;
  readonly dueAtMs: number;
  readonly attemptsMax: number;
}): Operation<FileWithoutThumbnails | undefined> {
  // A row that another process takes is not waited for.
  const row = yield* one<DueRow>(`${FIRST_DUE} FOR UPDATE SKIP LOCKED`, nowMs);
  if (row === undefined) return undefined;
  const attempts = row.thumbnail_attempts + 1;
  yield* run(
    'UPDATE files SET thumbnails_due_at = $2, thumbnail_attempts = $3 WHERE id = $1',
    ...[row.id, attempts < attemptsMax ? dueAtMs : null, attempts],
  );
  return { id: row.id, attempts };
}

function* settleThumbnails(id: string, dueAtMs: number | undefined): Operation<void> {
  // Not again after the last attempt, or if the file was released meanwhile.
  const sql = `UPDATE files SET thumbnails_due_at = $2
    WHERE id = $1 AND thumbnails_due_at IS NOT NULL`;
  yield* run(sql, id, dueAtMs ?? null);
}

/** Also those that the message of the key `$4` has already: whether it is a repeated one is decided by its log. */
const FREE = `SELECT id FROM files WHERE id = ANY($1::text[]) AND user_id = $2
  AND (held_for = $4 OR (held_for IS NULL AND expires_at > $3))`;

/** Locks them: a message of another room waits, and then finds that they are taken. */
export function* areFilesFree(claim: FileClaim): Operation<boolean> {
  const { fileIds, userId, atMs, clientMessageId } = claim;
  const sql = `${FREE} ORDER BY id FOR UPDATE`;
  const rows = yield* all(sql, fileIds, userId, atMs, clientMessageId ?? null);
  return rows.length === fileIds.length;
}

/** Later than any clock. Files without a time are pictures, which others may read. */
const HELD_UNTIL_MS = Number.MAX_SAFE_INTEGER;

/** Keeps free files for a message that is sent later: until then they do not expire, and no other takes them. */
export function* holdFiles(fileIds: readonly string[], key: ClientMessageId): Operation<void> {
  if (fileIds.length === 0) return;
  const sql = `UPDATE files SET held_for = $2, expires_at = $3
    WHERE id = ANY($1::text[]) AND sequence IS NULL`;
  yield* run(sql, fileIds, key, HELD_UNTIL_MS);
}

/** Ends that files are held: they expire then, unless another message takes them. */
export function* freeFiles(fileIds: readonly string[], expiresAtMs: number): Operation<void> {
  if (fileIds.length === 0) return;
  const sql = `UPDATE files SET held_for = NULL, expires_at = $2
    WHERE id = ANY($1::text[]) AND held_for IS NOT NULL AND sequence IS NULL`;
  yield* run(sql, fileIds, expiresAtMs);
}

/** The free files among those of each new message, by its index; for logs outside the database. */
export function* findFreeFiles(
  commands: readonly LogCommand[],
): Operation<ReadonlyMap<number, readonly string[]>> {
  const found = new Map<number, readonly string[]>();
  for (const [index, command] of commands.entries()) {
    const fileIds = command.kind === 'message' ? fileIdsOf(command.attachments) : [];
    if (fileIds.length === 0) continue;
    const { userId, admittedAtMs, clientMessageId = null } = command;
    const rows = yield* all<{ id: string }>(FREE, fileIds, userId, admittedAtMs, clientMessageId);
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
export const RELEASE = `UPDATE files SET room_id = NULL, workspace_id = NULL, sequence = NULL, expires_at = 0,
  held_for = NULL, thumbnails_due_at = NULL`;

export function* releaseFiles(roomId: RoomId, sequence: number): Operation<void> {
  yield* run(`${RELEASE} WHERE room_id = $1 AND sequence = $2`, roomId, sequence);
}

/** Uploads of a user that no message has taken. */
export function* releaseUploads(userId: UserId): Operation<void> {
  // As the index has them: files without bytes leave nothing.
  const sql = `${RELEASE} WHERE user_id = $1 AND size > 0 AND sequence IS NULL AND expires_at > 0`;
  yield* run(sql, userId);
}

/**
 * Shows a file of a user as a picture, in place of a former one, which may be deleted: of the user, of a room or
 * workspace, whose readers then read it, or of the server.
 */
export function* placePicture(
  userId: UserId,
  {
    former,
    next,
    roomId,
    workspaceId,
  }: {
    readonly former?: string | undefined;
    readonly next?: string | undefined;
    readonly roomId?: RoomId;
    readonly workspaceId?: WorkspaceId;
  },
): Operation<void> {
  if (former !== undefined && former !== next) yield* releasePicture(former);
  if (next === undefined) return;
  yield* run(
    `UPDATE files SET expires_at = NULL, room_id = $3, workspace_id = $4
     WHERE id = $1 AND user_id = $2 AND sequence IS NULL AND held_for IS NULL`,
    ...[next, userId, roomId ?? null, workspaceId ?? null],
  );
}

export function* releasePicture(id: string): Operation<void> {
  yield* run(`${RELEASE} WHERE id = $1 AND sequence IS NULL`, id);
}

/** As `placePicture`, by the addresses of files. Other addresses are those of another application. */
export function* placeAvatar(
  userId: UserId,
  { former, next }: { readonly former: string | null; readonly next: string | undefined },
): Operation<void> {
  yield* placePicture(userId, {
    former: fileIdOfUrl(former ?? ''),
    next: fileIdOfUrl(next ?? ''),
  });
}

export const FILES = {
  reads: {
    findFiles,
    listRoomFiles,
    readFileBytes,
    readUserFileBytes,
    listExpiredFiles,
    hasDueThumbnails,
  },
  writes: { settleThumbnails },
  transactions: { insertFile, deleteFiles, takeDueThumbnails },
} satisfies Feature;
