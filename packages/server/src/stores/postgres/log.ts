/** Reads the logs of rooms in PostgreSQL; `commit.ts` writes them. */
import type { Epoch, MessageId, RoomId, UserId } from '@parley/protocol';
import type { CommitOutcome } from '../../model/commit-outcome.ts';
import type { CommandOf, LogCommand } from '../../model/log-command.ts';
import type { Message } from '../../model/message.ts';
import { PAGE_BYTES_MAX } from '../../model/page-bytes.ts';
import type { RoomEvent } from '../../model/room-event.ts';
import { canCatchUp } from '../../model/room-state.ts';
import type { EventLog } from '../../ports/event-log.ts';
import { NotBegun } from '../../ports/store.ts';
import { reportOutage } from '../report-outage.ts';
import {
  cutPage,
  type EventRow,
  GENERATION,
  HEAD_COLUMNS,
  type HeadRow,
  idsWithReactions,
  MESSAGE_COLUMNS,
  type MessageRow,
  ROWS_AT_ONCE_MAX,
  SELECT_EVENTS,
  toEvent,
  toHead,
  toMessage,
  totalBytes,
} from '../sql/rows.ts';
import { decideBatch, isStored } from './commit.ts';
import type { Database } from './database.ts';
import { CommitUnanswered } from './failures.ts';
import { findPlainMessage, findPlainOutcome, storePlainMessage } from './plain-message.ts';
import type { Queries } from './queries.ts';
import { readReactions } from './reactions.ts';
import { deleteLeftoverReactions, deleteMessagesOlderThan, listLogStarts } from './retention.ts';

/** Milliseconds that a batch of several rooms waits for a lock: one of them holds up the others. */
const SHARED_LOCK_MS = 500;

/** Tables that a message is written to. */
const WRITTEN = [
  'rooms',
  'memberships',
  'room_events',
  'messages',
  'send_keys',
  'read_receipts',
  'read_steps',
  'mentions',
  'deletion_counts',
];

/**
 * Checks that a row can be made durable, and that no other session has locked the tables that
 * commits write to; their rows are not touched. Tables are probed one by one, so that a session
 * that locks several is never blocked in between.
 */
const PROBE: readonly string[] = [
  ...WRITTEN.map((table) => `DELETE FROM ${table} WHERE FALSE`),
  `INSERT INTO store_meta (key, value) VALUES ('probe', '1')
   ON CONFLICT (key) DO UPDATE SET value = CASE store_meta.value WHEN '1' THEN '2' ELSE '1' END`,
];

export function logStore(database: Database): EventLog {
  return {
    async probe() {
      await database.tryAll(PROBE);
    },

    async commit(commands) {
      try {
        return await commitBatch(database, commands);
      } catch (error) {
        return reportOutage(commands, error);
      }
    },

    // May combine two points in time: a change between them is also sent as an event, and applying
    // it twice changes nothing.
    async readHistory({ roomId, parentId, isPinned, before, after, limit }) {
      const isForward = after !== undefined;
      const below = isForward ? undefined : before;
      const range = { roomId, parentId, isPinned, above: after, below };
      // One extra row shows whether there are more.
      const bounds = { limit: limit + 1, bytesMax: PAGE_BYTES_MAX };
      const rows = await selectMessages(database, { ...range, ...bounds });
      const wanted = cutPage(rows, limit);
      if (!isForward) wanted.reverse();
      const hasMore = rows.length > wanted.length;
      return { messages: await toMessages(database, wanted), hasMore };
    },

    async readMessage(roomId, messageId) {
      const rows = await database.all<MessageRow>(
        `SELECT ${MESSAGE_COLUMNS} FROM messages m JOIN users u ON u.id = m.user_id
         WHERE m.id = $1 AND m.room_id = $2`,
        messageId,
        roomId,
      );
      return (await toMessages(database, rows))[0];
    },

    async readLatest(roomIds) {
      const rows = await database.all<MessageRow>(
        `SELECT latest.* FROM unnest($1::text[]) AS q (room_id) CROSS JOIN LATERAL (
           SELECT ${MESSAGE_COLUMNS} FROM messages m JOIN users u ON u.id = m.user_id
           WHERE m.room_id = q.room_id ORDER BY m.sequence_number DESC LIMIT 1) latest`,
        roomIds,
      );
      const messages = await toMessages(database, rows);
      return new Map(messages.map((message) => [message.roomId, message]));
    },

    async findRoomOfMessage(messageId) {
      const sql = 'SELECT room_id FROM messages WHERE id = $1';
      return (await database.one<{ room_id: RoomId }>(sql, messageId))?.room_id;
    },

    readRoom: ({ roomId, userId, position, historyCount, catchUpMax, bytesMax }) =>
      database.snapshot(async (queries) => {
        const row = await queries.one<HeadRow>(
          `SELECT ${HEAD_COLUMNS} FROM rooms r WHERE r.id = $1`,
          roomId,
        );
        if (row === undefined) return undefined;
        const head = toHead(row);
        const about = { head, isMember: await isMember(queries, roomId, userId) };
        const log = {
          headSequence: head.sequence,
          firstSequence: row.first_sequence,
          epoch: head.epoch,
          idAtPosition: position && (await messageIdAt(queries, roomId, position.lastSequence)),
        };
        const range = { roomId, above: undefined, below: undefined, bytesMax };
        if (position !== undefined && canCatchUp(position, log, catchUpMax)) {
          const { lastSequence: above } = position;
          const missed = await selectMessages(queries, { ...range, above, limit: catchUpMax });
          const changes = await selectOlderChanges(queries, { roomId, position: above, bytesMax });
          if (totalBytes(missed) + totalBytes(changes) <= bytesMax) {
            const history = await toMessages(queries, missed);
            const events = await toEvents(queries, changes, head.epoch);
            return { ...about, truncated: false, history, events };
          }
        }
        const rows = await selectMessages(queries, { ...range, limit: historyCount });
        const newest = cutPage(rows, historyCount, bytesMax);
        const history = await toMessages(queries, newest.reverse());
        return { ...about, truncated: position !== undefined, history, events: [] };
      }),

    async readHeads(roomIds) {
      const rows = await database.all<HeadRow & { readonly id: RoomId }>(
        `SELECT r.id, ${HEAD_COLUMNS} FROM rooms r WHERE r.id = ANY($1::text[])`,
        roomIds,
      );
      return rows.map((row) => ({ roomId: row.id, head: toHead(row) }));
    },

    async readMovedHeads(known) {
      const rows = await database.all<HeadRow & { known_id: RoomId; id: RoomId | null }>(
        `SELECT q.id AS known_id, r.id, ${HEAD_COLUMNS}
         FROM ROWS FROM (json_array_elements_text($1::json), json_array_elements_text($2::json))
           AS q (id, head)
         LEFT JOIN rooms r ON r.id = q.id
         WHERE r.id IS NULL
           OR q.head IS DISTINCT FROM concat(r.head_sequence, ' ', r.log_id, '.', ${GENERATION})`,
        // As JSON, because the driver takes long to write arrays.
        JSON.stringify(known.map(({ roomId }) => roomId)),
        JSON.stringify(known.map(({ head }) => head && `${head.sequence} ${head.epoch}`)),
      );
      return {
        moved: rows.flatMap((row) =>
          row.id === null ? [] : { roomId: row.id, head: toHead(row) },
        ),
        missing: rows.flatMap((row) => (row.id === null ? row.known_id : [])),
      };
    },

    readEvents: (roomId, after, limit) =>
      database.snapshot(async (queries) => {
        const sql = `SELECT ${HEAD_COLUMNS} FROM rooms r WHERE r.id = $1`;
        const room = await queries.one<HeadRow>(sql, roomId);
        if (room === undefined) return { head: undefined, firstSequence: 1, events: [] };
        const rows = await queries.all<EventRow>(
          upToBytes(
            `${SELECT_EVENTS} WHERE e.room_id = $1 AND e.sequence > $2 ORDER BY e.sequence LIMIT $3`,
            { order: 'event_sequence', bytesAt: '$4' },
          ),
          roomId,
          after,
          limit,
          PAGE_BYTES_MAX,
        );
        const { sequence, epoch } = toHead(room);
        const events = await toEvents(queries, cutPage(rows, limit), epoch);
        return { head: { sequence, epoch }, firstSequence: room.first_sequence, events };
      }),

    listLogStarts: (page) => listLogStarts(database, page),

    deleteMessagesOlderThan: (roomId, cut) =>
      database.transaction((queries) => deleteMessagesOlderThan(queries, roomId, cut)),

    deleteLeftoverReactions: (rowsMax) =>
      database.transaction((queries) => deleteLeftoverReactions(queries, rowsMax)),
  };
}

async function commitBatch(
  database: Database,
  commands: readonly LogCommand[],
): Promise<CommitOutcome[]> {
  const plain = findPlainMessage(commands);
  const outcome = plain && (await commitPlain(database, plain));
  return outcome ? [outcome] : commitDecided(database, commands);
}

/** Returns undefined if nothing was stored, because something about the message is unusual. */
async function commitPlain(
  database: Database,
  command: CommandOf<'message'>,
): Promise<CommitOutcome | undefined> {
  try {
    return await storePlainMessage(database, command);
  } catch (error) {
    return determineOutcome(error, () => findPlainOutcome(database, command));
  }
}

async function commitDecided(
  database: Database,
  commands: readonly LogCommand[],
): Promise<CommitOutcome[]> {
  const isShared = new Set(commands.map(({ roomId }) => roomId)).size > 1;
  let outcomes: CommitOutcome[] = [];
  try {
    return await database.commit(
      async (queries) => {
        const decided = await decideBatch(queries, commands);
        outcomes = decided.result;
        return decided;
      },
      isShared ? SHARED_LOCK_MS : undefined,
    );
  } catch (error) {
    return determineOutcome(error, async () =>
      (await isStored(database, commands, outcomes)) ? outcomes : undefined,
    );
  }
}

/**
 * Finds the outcome of a commit whose answer is lost. No other commit to its rooms runs meanwhile:
 * the caller waits, and other nodes wait for the locks.
 *
 * @param find Returns undefined if nothing is stored.
 * @throws NotBegun if nothing is stored, otherwise the given error if the outcome stays unknown, or
 * if it is another error.
 */
async function determineOutcome<T>(error: unknown, find: () => Promise<T | undefined>): Promise<T> {
  if (!(error instanceof CommitUnanswered)) throw error;
  const outcome = await find().catch(() => {
    throw error;
  });
  if (outcome === undefined) throw new NotBegun('The COMMIT did not arrive', { cause: error });
  return outcome;
}

interface MessageRange {
  readonly roomId: RoomId;
  readonly parentId?: MessageId | undefined;
  readonly isPinned?: true | undefined;
  /** If set, messages are ordered oldest first, otherwise newest first. */
  readonly above: number | undefined;
  readonly below: number | undefined;
  readonly limit: number;
  /** The first row beyond it is the last one; a short page is cut after it was read. */
  readonly bytesMax: number;
}

function selectMessages(queries: Queries, range: MessageRange): Promise<MessageRow[]> {
  const { roomId, parentId, isPinned, above, below, limit, bytesMax } = range;
  const direction = above === undefined ? 'DESC' : 'ASC';
  const ofThread = parentId === undefined ? '' : 'm.parent_id = $5 AND';
  const ofPins = isPinned === true ? 'm.is_pinned = 1 AND' : '';
  const sql = `SELECT ${MESSAGE_COLUMNS} FROM messages m JOIN users u ON u.id = m.user_id
     WHERE ${ofThread} ${ofPins} m.room_id = $1 AND m.sequence_number > $2 AND m.sequence_number < $3
     ORDER BY m.sequence_number ${direction} LIMIT $4`;
  const thread = parentId === undefined ? [] : [parentId];
  const values = [roomId, above ?? 0, below ?? Number.MAX_SAFE_INTEGER, limit, ...thread];
  if (limit <= ROWS_AT_ONCE_MAX) return queries.all<MessageRow>(sql, ...values);
  const bytesAt = `$${values.length + 1}`;
  const cut = upToBytes(sql, { order: `sequence_number ${direction}`, bytesAt });
  return queries.all<MessageRow>(cut, ...values, bytesMax);
}

/**
 * Ends the rows of a statement with the first beyond the bytes in parameter `bytesAt`, and not
 * before the second, which shows a rest. Longer texts stay in their own pages unless their row is
 * returned.
 */
function upToBytes(
  select: string,
  { order, bytesAt }: { readonly order: string; readonly bytesAt: string },
): string {
  const bytes = 'text_bytes + coalesce(reaction_bytes, 0)';
  return `SELECT * FROM (SELECT found.*, sum(${bytes}) OVER w - (${bytes}) AS bytes_before, row_number() OVER w AS place
    FROM (${select}) found WINDOW w AS (ORDER BY ${order} ROWS UNBOUNDED PRECEDING)) counted
    WHERE bytes_before <= ${bytesAt} OR place <= 2 ORDER BY ${order}`;
}

async function toMessages(queries: Queries, rows: readonly MessageRow[]): Promise<Message[]> {
  const reactions = await readReactions(queries, idsWithReactions(rows));
  return rows.map((row) => toMessage(row, reactions.get(row.id) ?? []));
}

async function isMember(queries: Queries, roomId: RoomId, userId: UserId): Promise<boolean> {
  const sql = 'SELECT 1 AS member FROM memberships WHERE room_id = $1 AND user_id = $2';
  return (await queries.one(sql, roomId, userId)) !== undefined;
}

/** Selects events above a position about messages at or below it, and losses of access. */
function selectOlderChanges(
  queries: Queries,
  range: { readonly roomId: RoomId; readonly position: number; readonly bytesMax: number },
): Promise<EventRow[]> {
  return queries.all<EventRow>(
    upToBytes(
      `${SELECT_EVENTS} WHERE e.room_id = $1 AND e.sequence > $2 AND e.kind <> 'message'
         AND (m.sequence_number IS NULL OR m.sequence_number <= $2) ORDER BY e.sequence`,
      { order: 'event_sequence', bytesAt: '$3' },
    ),
    range.roomId,
    range.position,
    range.bytesMax,
  );
}

async function messageIdAt(
  queries: Queries,
  roomId: RoomId,
  sequence: number,
): Promise<MessageId | undefined> {
  const row = await queries.one<{ target_id: MessageId }>(
    "SELECT target_id FROM room_events WHERE room_id = $1 AND sequence = $2 AND kind = 'message'",
    roomId,
    sequence,
  );
  return row?.target_id;
}

async function toEvents(
  queries: Queries,
  rows: readonly EventRow[],
  epoch: Epoch,
): Promise<RoomEvent[]> {
  const reactions = await readReactions(queries, idsWithReactions(rows));
  return rows.map((row) => toEvent(row, epoch, reactions));
}
