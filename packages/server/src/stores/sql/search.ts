/** The index of the texts of messages in both SQL databases. */
import type { Attachment, RoomId, UserId } from '@parley/protocol';
import { toIndexCondition, toIndexTerms } from '../../model/search-terms.ts';
import { type SearchLanguage, stemsIn } from '../../model/stems.ts';
import type { LoggedMessage } from '../../ports/message-log.ts';
import type { UnindexedPart } from '../../ports/relational-store.ts';
import type {
  SearchCandidates,
  SearchPosition,
  SearchStep,
  Unindexed,
} from '../../ports/search-store.ts';
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
export const IS_OPEN = `CASE WHEN (r.visibility = 'public' AND r.kind = 'room')
  OR EXISTS (SELECT 1 FROM memberships m WHERE m.room_id = r.id AND m.user_id = $2)
  OR (r.visibility = 'public' AND r.kind = 'channel' AND EXISTS (SELECT 1 FROM workspace_members w
    WHERE w.workspace_id = r.workspace_id AND w.user_id = $2)) THEN 1 ELSE 0 END`;

/** Rooms of a user in which alone a search looks for matches; with more, it checks the rooms of all matches. */
const SEARCHED_ROOMS_MAX = 100;
/** A smaller share of all rooms than one in this many: of other servers most matches are in them. */
const SEARCHED_SHARE = 4;
const few = (sql: string): string =>
  `SELECT id FROM (${sql} LIMIT ${SEARCHED_ROOMS_MAX + 1}) AS few`;
/** All rooms for which `IS_OPEN` holds, each kind from its own index; some of them if they are many. */
export const OPEN_ROOMS = few(
  [
    'SELECT room_id AS id FROM memberships WHERE user_id = $2',
    "SELECT id FROM rooms WHERE visibility = 'public' AND archived_at IS NULL AND kind = 'room' ORDER BY id",
    "SELECT id FROM rooms WHERE visibility = 'public' AND archived_at IS NOT NULL AND kind = 'room' ORDER BY id",
    `SELECT r.id FROM workspace_members w CROSS JOIN rooms r
    WHERE w.user_id = $2 AND r.workspace_id = w.workspace_id AND r.kind = 'channel' AND r.visibility = 'public'`,
  ]
    .map(few)
    .join(' UNION '),
);
/** Whether this number of `OPEN_ROOMS` is few, and a small share of all rooms. */
export const areFewRooms = (count: string): string =>
  `${count} <= ${SEARCHED_ROOMS_MAX} AND ${SEARCHED_SHARE} * ${count} <
    (SELECT count(*) FROM (SELECT 1 FROM rooms LIMIT ${SEARCHED_SHARE * SEARCHED_ROOMS_MAX + 1}) AS counted)`;

interface IndexedMessage {
  readonly roomId: RoomId;
  readonly userId: UserId;
  readonly content: string;
  readonly attachments: readonly Attachment[];
  readonly createdAtMs: number;
  readonly sequence: number;
}

/** Adds these messages to the index; those that it has keep their place. */
export function* indexTexts(
  messages: readonly IndexedMessage[],
  languages: readonly SearchLanguage[],
): Operation<void> {
  const stemsOf = stemsIn(languages);
  const byPlace = new Map(messages.map((each) => [`${each.roomId} ${each.sequence}`, each]));
  // SQLite's index writes what it has collected before a document that is not the latest.
  const texts = [...byPlace.values()].toSorted((a, b) => a.createdAtMs - b.createdAtMs);
  if (texts.length === 0) return;
  // One statement: SQLite's index writes what it has collected at the end of each.
  yield* run(
    { own: 'indexTexts' },
    JSON.stringify(
      texts.map((each) => [
        each.roomId,
        each.sequence,
        each.createdAtMs,
        toIndexTerms(each, stemsOf),
      ]),
    ),
  );
}

export function* unindexMessage(roomId: RoomId, sequence: number): Operation<void> {
  const sql = 'DELETE FROM search_documents WHERE room_id = $1 AND sequence = $2';
  yield* run(sql, roomId, sequence);
}

interface IndexedRow {
  readonly room_id: RoomId;
  readonly user_id: UserId;
  readonly content: string;
  readonly attachments: string | null;
  readonly created_at: number;
  readonly sequence_number: number;
}

const INDEXED_COLUMNS =
  'm.room_id, m.user_id, m.content, m.attachments, m.created_at, m.sequence_number';

function toIndexed(row: IndexedRow): IndexedMessage {
  return {
    roomId: row.room_id,
    userId: row.user_id,
    content: row.content,
    attachments: toAttachments(row.attachments),
    createdAtMs: row.created_at,
    sequence: row.sequence_number,
  };
}

function* indexRows(
  rows: readonly IndexedRow[],
  languages: readonly SearchLanguage[],
): Operation<void> {
  const texts = rows.filter(({ content, attachments }) => content !== '' || attachments !== null);
  yield* indexTexts(texts.map(toIndexed), languages);
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

function* indexMessages(limit: number, languages: readonly SearchLanguage[]): Operation<Unindexed> {
  const known = yield* one<{ readonly value: string; readonly pending: number | null }>(
    `SELECT value, (SELECT min(id) FROM search_pending) AS pending
     FROM store_meta WHERE key = $1`,
    INDEXED_KEY,
  );
  if (known?.pending === null && known.value === ALL_INDEXED) return 'none';
  // One node indexes at a time: what another one has begun is indexed when this statement returns.
  const mark = yield* one<{ value: string }>(
    'SELECT value FROM store_meta WHERE key = $1 FOR UPDATE',
    INDEXED_KEY,
  );
  if (yield* indexPending(limit, languages)) return 'new';
  if (mark === undefined || mark.value === ALL_INDEXED) return 'none';
  yield* indexOlder(mark.value, { limit, languages });
  return 'older';
}

/** Returns whether there were any. */
function* indexPending(limit: number, languages: readonly SearchLanguage[]): Operation<boolean> {
  const pending = yield* all<{ id: number; room_id: RoomId; sequence: number }>(
    'SELECT id, room_id, sequence FROM search_pending ORDER BY id LIMIT $1',
    limit,
  );
  if (pending.length === 0) return false;
  // No text changes between the read and the write. CROSS JOIN keeps the order in SQLite.
  const rows = yield* all<IndexedRow>(
    `SELECT ${INDEXED_COLUMNS}
     FROM unnest($1::text[], $2::bigint[]) AS q (room_id, sequence) CROSS JOIN messages m
     WHERE m.room_id = q.room_id AND m.sequence_number = q.sequence FOR SHARE OF m`,
    pending.map((each) => each.room_id),
    pending.map(({ sequence }) => sequence),
  );
  yield* indexRows(rows, languages);
  const sql =
    'DELETE FROM search_pending WHERE id IN (SELECT q.id FROM unnest($1::bigint[]) AS q (id))';
  yield* run(
    sql,
    pending.map(({ id }) => id),
  );
  return true;
}

/** @param mark How far they are indexed. */
function* findUnindexed(mark: string): Operation<UnindexedPart> {
  const [last = '', before = ''] = mark.split(' ');
  const room = yield* one<{ id: RoomId }>(
    before === ''
      ? 'SELECT id FROM rooms WHERE id > $1 ORDER BY id LIMIT 1'
      : 'SELECT id FROM rooms WHERE id >= $1 ORDER BY id LIMIT 1',
    last,
  );
  const isBegun = before !== '' && room?.id === last;
  return { mark, roomId: room?.id, below: isBegun ? Number(before) : Number.MAX_SAFE_INTEGER };
}

/** How far the messages are indexed after a part. @param oldest Of a part that others of its room follow. */
function markAfter({ roomId }: UnindexedPart, oldest: number | undefined): string {
  if (roomId === undefined) return ALL_INDEXED;
  return oldest === undefined ? roomId : `${roomId} ${oldest}`;
}

/** The room is locked: none of its texts changes meanwhile. */
function* indexOlder(
  mark: string,
  { limit, languages }: { readonly limit: number; readonly languages: readonly SearchLanguage[] },
): Operation<void> {
  const part = yield* findUnindexed(mark);
  const { roomId, below } = part;
  if (roomId === undefined) {
    yield* noteIndexed(mark, ALL_INDEXED);
    return;
  }
  yield* one('SELECT id FROM rooms WHERE id = $1 FOR NO KEY UPDATE', roomId);
  const rows = yield* all<IndexedRow>(
    `SELECT ${INDEXED_COLUMNS} FROM messages m WHERE m.room_id = $1 AND m.sequence_number < $2
     ORDER BY m.sequence_number DESC LIMIT $3`,
    ...[roomId, below, limit],
  );
  yield* indexRows(rows, languages);
  const oldest = rows.length < limit ? undefined : rows.at(-1)?.sequence_number;
  yield* noteIndexed(mark, markAfter(part, oldest));
}

/** Has no effect if another node has gone on, or all messages are to be indexed again. */
function* noteIndexed(former: string, value: string): Operation<void> {
  const sql = 'UPDATE store_meta SET value = $3 WHERE key = $1 AND value = $2';
  yield* run(sql, INDEXED_KEY, former, value);
}

export function* readUnindexed(): Operation<UnindexedPart | undefined> {
  const sql = 'SELECT value FROM store_meta WHERE key = $1';
  const mark = (yield* one<{ value: string }>(sql, INDEXED_KEY))?.value;
  return mark === undefined || mark === ALL_INDEXED ? undefined : yield* findUnindexed(mark);
}

export function* indexLogged(
  roomId: RoomId,
  messages: readonly LoggedMessage[],
  languages: readonly SearchLanguage[],
): Operation<void> {
  const sql = 'SELECT id FROM rooms WHERE id = $1 FOR NO KEY UPDATE';
  if ((yield* one(sql, roomId)) === undefined) return;
  const texts = messages.filter(
    ({ isDeleted, content, attachments }) =>
      !isDeleted && (content !== '' || attachments.length > 0),
  );
  yield* indexTexts(texts, languages);
}

export function* endIndexedPart(
  part: UnindexedPart,
  { gone, oldest }: { readonly gone: readonly number[]; readonly oldest: number | undefined },
): Operation<void> {
  const { roomId, mark } = part;
  if (roomId !== undefined) {
    for (const sequence of gone) yield* unindexMessage(roomId, sequence);
  }
  yield* noteIndexed(mark, markAfter(part, oldest));
}

export const SEARCH = {
  reads: { searchMessages, readMessagesAt },
  writes: {},
  transactions: { indexMessages },
} satisfies Feature;
