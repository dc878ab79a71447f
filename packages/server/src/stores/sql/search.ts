/** The index of the texts of messages in both SQL databases. */
import type { Attachment, RoomId, UserId } from '@parley/protocol';
import { toIndexCondition, toIndexTerms } from '../../model/search-terms.ts';
import { type SearchLanguage, stemsIn } from '../../model/stems.ts';
import type { LoggedMessage } from '../../ports/message-log.ts';
import type { UnindexedPart } from '../../ports/relational-store.ts';
import type {
  SearchedRoom,
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

/** Deletes documents whose terms do not begin with the mark of their room, as before migration 72. */
function* forgetFormer(roomId: RoomId, from: number, below: number): Operation<void> {
  yield* run(
    `DELETE FROM search_documents WHERE room_id = $1 AND sequence >= $2 AND sequence < $3
       AND CAST(terms AS TEXT) LIKE ':%'`,
    ...[roomId, from, below],
  );
}

/** UTF-16 code units of the texts of one step, beside those of its first message: writers wait for a step. */
const STEP_TEXT_MAX = 256 * 1024;

/** The first of these rows, up to a length of their texts. */
function withinStep<Row extends { readonly content: string }>(
  rows: readonly Row[],
): readonly Row[] {
  let length = 0;
  const end = rows.findIndex(({ content }, index) => {
    length += content.length;
    return index > 0 && length > STEP_TEXT_MAX;
  });
  return end < 0 ? rows : rows.slice(0, end);
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

/** Rooms of each kind up to a limit, each from its own index. */
const rooms = (isOwn: 0 | 1, sql: string): string =>
  `SELECT id, ${isOwn} AS is_own FROM (${sql} LIMIT $2) AS part`;
const OWN_ROOMS = rooms(1, 'SELECT room_id AS id FROM memberships WHERE user_id = $1');
const OPEN_ROOMS = [
  OWN_ROOMS,
  ...[
    "SELECT id FROM rooms WHERE visibility = 'public' AND archived_at IS NULL AND kind = 'room' ORDER BY id",
    "SELECT id FROM rooms WHERE visibility = 'public' AND archived_at IS NOT NULL AND kind = 'room' ORDER BY id",
    `SELECT r.id FROM workspace_members w CROSS JOIN rooms r
    WHERE w.user_id = $1 AND r.workspace_id = w.workspace_id AND r.kind = 'channel' AND r.visibility = 'public'`,
  ].map((sql) => rooms(0, sql)),
].join(' UNION ALL ');

function* listSearchedRooms(
  userId: UserId,
  {
    isGuest,
    limit,
    nowMs,
  }: { readonly isGuest: boolean; readonly limit: number; readonly nowMs: number },
): Operation<SearchedRoom[]> {
  const rows = yield* all<{ id: RoomId; last_event_at: number }>(
    `SELECT r.id, r.last_event_at FROM (${isGuest ? OWN_ROOMS : OPEN_ROOMS}) o CROSS JOIN rooms r
     WHERE r.id = o.id AND NOT EXISTS (SELECT 1 FROM bans b WHERE b.room_id = r.id AND b.user_id = $1
       AND (b.until IS NULL OR b.until > $3))
     GROUP BY r.id, r.last_event_at ORDER BY max(o.is_own) DESC, r.last_event_at DESC LIMIT $2`,
    ...[userId, limit, nowMs],
  );
  return rows.map((row) => ({ roomId: row.id, lastMessageAtMs: row.last_event_at }));
}

interface MatchRow {
  readonly room_id: RoomId;
  readonly sequence: number;
  readonly created_at: number;
  readonly tie: number;
}

function* searchMessages(step: SearchStep): Operation<SearchPosition[]> {
  const { roomIds, fromMs, beforeMs, after, limit } = step;
  if (roomIds.length === 0) return [];
  const rows: MatchRow[] = yield* all<MatchRow>(
    { own: 'searchMatches' },
    roomIds,
    roomIds.map((roomId) => toIndexCondition(step, roomId)),
    fromMs,
    Math.min(beforeMs, TIME_END_MS),
    after?.createdAtMs ?? TIME_END_MS,
    after?.tie ?? 0,
    after?.roomId ?? '',
    after?.sequence ?? 0,
    limit,
  );
  return rows.map((row) => ({
    ...{ createdAtMs: row.created_at, roomId: row.room_id, sequence: row.sequence, tie: row.tie },
  }));
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

function* indexMessages(
  limit: number,
  languages: readonly SearchLanguage[],
  newOnly = false,
): Operation<Unindexed> {
  const known = yield* one<{ readonly value: string; readonly pending: number | null }>(
    `SELECT value, (SELECT min(id) FROM search_pending) AS pending
     FROM store_meta WHERE key = $1`,
    INDEXED_KEY,
  );
  if (known?.pending === null && (newOnly || known.value === ALL_INDEXED)) {
    return known.value === ALL_INDEXED ? 'none' : 'older';
  }
  // One node indexes at a time: what another one has begun is indexed when this statement returns.
  const mark = yield* one<{ value: string }>(
    'SELECT value FROM store_meta WHERE key = $1 FOR UPDATE',
    INDEXED_KEY,
  );
  if (yield* indexPending(limit, languages)) return 'new';
  if (mark === undefined || mark.value === ALL_INDEXED) return 'none';
  if (newOnly) return 'older';
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
  const byPlace = new Map(rows.map((row) => [`${row.room_id} ${row.sequence_number}`, row]));
  const found = pending.map((each) => {
    const row = byPlace.get(`${each.room_id} ${each.sequence}`);
    return { id: each.id, row, content: row?.content ?? '' };
  });
  const step = withinStep(found);
  yield* indexRows(
    step.flatMap(({ row }) => row ?? []),
    languages,
  );
  const sql =
    'DELETE FROM search_pending WHERE id IN (SELECT q.id FROM unnest($1::bigint[]) AS q (id))';
  yield* run(
    sql,
    step.map(({ id }) => id),
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
  const left = yield* all<IndexedRow>(
    `SELECT ${INDEXED_COLUMNS} FROM messages m WHERE m.room_id = $1 AND m.sequence_number < $2
     ORDER BY m.sequence_number DESC LIMIT $3`,
    ...[roomId, below, limit],
  );
  const rows = withinStep(left);
  yield* forgetFormer(roomId, rows.at(-1)?.sequence_number ?? below, below);
  yield* indexRows(rows, languages);
  const isEnd = left.length < limit && rows.length === left.length;
  const oldest = isEnd ? undefined : rows.at(-1)?.sequence_number;
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
  const sequences = messages.map(({ sequence }) => sequence);
  if (sequences.length > 0) {
    yield* forgetFormer(roomId, Math.min(...sequences), Math.max(...sequences) + 1);
  }
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
  reads: { listSearchedRooms, searchMessages, readMessagesAt },
  writes: {},
  transactions: { indexMessages },
} satisfies Feature;
