/** The index of the texts of messages in both SQL databases. */
import type { Attachment, MessageId, RoomId, UserId } from '@parley/protocol';
import type { CommandOf } from '../../model/log-command.ts';
import type { LogPosition } from '../../model/room-event.ts';
import { toIndexCondition, toIndexTerms } from '../../model/search-terms.ts';
import type { SearchCandidates, SearchPosition, SearchStep } from '../../ports/search-store.ts';
import { readReactions } from './log.ts';
import { all, type Feature, type Operation, one, run } from './operation.ts';
import {
  idsWithReactions,
  MESSAGE_COLUMNS,
  type MessageRow,
  toAttachments,
  toMessage,
} from './rows.ts';

/** Key in `store_meta`: how far older messages are indexed. Empty: nothing yet. */
const INDEXED_KEY = 'search';
/** Value of this key when all messages are indexed. */
const ALL_INDEXED = 'all';
/** Later than every time of a message. */
const TIME_END_MS = 253_402_300_800_000;

/** Matches that one statement reads. */
const MATCHES_PER_READ = 500;
/** Matches that one step reads at most, in rooms of any user. */
const MATCHES_PER_STEP = 5000;
/** After fewer matches than these, a search has none left: see `searchMatches`. */
export const FEW_MATCHES = 40;

/** Whether the user `$2` may be allowed to read the room `r`: `requireReadPermission` decides. */
export const IS_OPEN = `CASE WHEN r.visibility = 'public'
  OR EXISTS (SELECT 1 FROM memberships m WHERE m.room_id = r.id AND m.user_id = $2)
  OR (r.kind = 'channel' AND EXISTS (SELECT 1 FROM workspace_members w
    WHERE w.workspace_id = r.workspace_id AND w.user_id = $2)) THEN 1 ELSE 0 END`;

interface IndexedMessage {
  readonly roomId: RoomId;
  readonly userId: UserId;
  readonly content: string;
  readonly attachments: readonly Attachment[];
  readonly createdAtMs: number;
  readonly sequence: number;
}

export function newlyIndexed(
  { roomId, userId, content, attachments }: CommandOf<'message'>,
  { createdAtMs, sequence }: Pick<LogPosition, 'createdAtMs' | 'sequence'>,
): IndexedMessage {
  return { roomId, userId, content, attachments, createdAtMs, sequence };
}

/** Replaces what the index has of the message. */
export function* indexMessage(message: IndexedMessage): Operation<void> {
  const { roomId, sequence, createdAtMs } = message;
  yield* run({ own: 'indexMessage' }, roomId, sequence, createdAtMs, toIndexTerms(message));
}

export function* unindexMessage(roomId: RoomId, sequence: number): Operation<void> {
  const sql = 'DELETE FROM search_documents WHERE room_id = $1 AND sequence = $2';
  yield* run(sql, roomId, sequence);
}

interface IndexedRow {
  readonly user_id: UserId;
  readonly content: string;
  readonly attachments: string | null;
  readonly created_at: number;
  readonly sequence_number: number;
}

const INDEXED_COLUMNS = 'user_id, content, attachments, created_at, sequence_number';

function toIndexed(roomId: RoomId, row: IndexedRow): IndexedMessage {
  return {
    roomId,
    userId: row.user_id,
    content: row.content,
    attachments: toAttachments(row.attachments),
    createdAtMs: row.created_at,
    sequence: row.sequence_number,
  };
}

/** After an edit of a message, which may have been indexed or not. */
export function* indexAgain(roomId: RoomId, messageId: MessageId): Operation<void> {
  const sql = `SELECT ${INDEXED_COLUMNS} FROM messages WHERE id = $1`;
  const row = yield* one<IndexedRow>(sql, messageId);
  if (row !== undefined) yield* indexMessage(toIndexed(roomId, row));
}

interface MatchRow {
  readonly room_id: RoomId;
  readonly sequence: number;
  readonly created_at: number;
  /** In a room that the user may be allowed to read. */
  readonly is_open: number;
}

function* searchMessages(step: SearchStep): Operation<SearchCandidates> {
  const { userId, fromMs, beforeMs, limit } = step;
  const condition = toIndexCondition(step);
  const found: SearchPosition[] = [];
  let position = step.after;
  let matches = 0;
  while (matches < MATCHES_PER_STEP) {
    const rows: MatchRow[] = yield* all<MatchRow>(
      { own: 'searchMatches' },
      condition,
      userId,
      fromMs,
      Math.min(beforeMs, TIME_END_MS),
      position?.createdAtMs ?? TIME_END_MS,
      position?.roomId ?? '',
      position?.sequence ?? 0,
      MATCHES_PER_READ,
    );
    matches += rows.length;
    for (const row of rows) {
      position = toPosition(row);
      if (row.is_open === 1) found.push(position);
      if (found.length === limit) return { found, next: position };
    }
    if (rows.length < FEW_MATCHES) return { found, next: undefined };
  }
  if (position === undefined) return { found, next: undefined };
  // Between two times: the position of a match in another room is not shown to the user. Matches of
  // this time are found again.
  const { createdAtMs } = position;
  return {
    found: found.filter((each) => each.createdAtMs > createdAtMs),
    next: { createdAtMs: createdAtMs + 1, roomId: '' as RoomId, sequence: 0 },
  };
}

function toPosition(row: MatchRow): SearchPosition {
  return { createdAtMs: row.created_at, roomId: row.room_id, sequence: row.sequence };
}

function* readMessagesAt(positions: readonly Pick<SearchPosition, 'roomId' | 'sequence'>[]) {
  // CROSS JOIN keeps the order in SQLite: from the positions.
  const rows = yield* all<MessageRow>(
    `SELECT ${MESSAGE_COLUMNS}
     FROM unnest($1::text[], $2::bigint[]) AS q (room_id, sequence) CROSS JOIN messages m CROSS JOIN users u
     WHERE m.room_id = q.room_id AND m.sequence_number = q.sequence AND u.id = m.user_id`,
    positions.map(({ roomId }) => roomId),
    positions.map(({ sequence }) => sequence),
  );
  const reactions = yield* readReactions(idsWithReactions(rows));
  return rows.map((row) => toMessage(row, reactions.get(row.id) ?? []));
}

/** The room is locked: none of its messages changes between the read and the write. */
function* indexMessages(limit: number): Operation<boolean> {
  // Another node that indexes is not waited for.
  const mark = yield* one<{ value: string }>(
    'SELECT value FROM store_meta WHERE key = $1 FOR UPDATE SKIP LOCKED',
    INDEXED_KEY,
  );
  if (mark === undefined || mark.value === ALL_INDEXED) return false;
  const [last = '', before = ''] = mark.value.split(' ');
  const below = before === '' ? Number.MAX_SAFE_INTEGER : Number(before);
  const room = yield* one<{ id: RoomId }>(
    before === ''
      ? 'SELECT id FROM rooms WHERE id > $1 ORDER BY id LIMIT 1'
      : 'SELECT id FROM rooms WHERE id >= $1 ORDER BY id LIMIT 1',
    last,
  );
  if (room === undefined) {
    yield* noteIndexed(ALL_INDEXED);
    return false;
  }
  yield* one('SELECT id FROM rooms WHERE id = $1 FOR NO KEY UPDATE', room.id);
  const rows = yield* all<IndexedRow>(
    `SELECT ${INDEXED_COLUMNS} FROM messages WHERE room_id = $1 AND sequence_number < $2
     ORDER BY sequence_number DESC LIMIT $3`,
    room.id,
    room.id === last ? below : Number.MAX_SAFE_INTEGER,
    limit,
  );
  for (const row of rows) {
    if (row.content !== '' || row.attachments !== null)
      yield* indexMessage(toIndexed(room.id, row));
  }
  const oldest = rows.at(-1)?.sequence_number;
  yield* noteIndexed(rows.length < limit ? room.id : `${room.id} ${oldest}`);
  return true;
}

function* noteIndexed(value: string): Operation<void> {
  yield* run('UPDATE store_meta SET value = $2 WHERE key = $1', INDEXED_KEY, value);
}

export const SEARCH = {
  reads: { searchMessages, readMessagesAt },
  writes: {},
  transactions: { indexMessages },
} satisfies Feature;
