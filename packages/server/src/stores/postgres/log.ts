/** The logs of rooms in PostgreSQL: what is read of them. `commit.ts` writes them. */
import type { MessageId, RoomId } from '@parley/protocol';
import { canCatchUp, type LogStore } from '../../ports/log-store.ts';
import type { Message } from '../../ports/model.ts';
import { commit } from './commit.ts';
import type { Database, Queries } from './database.ts';
import {
  HEAD_COLUMNS,
  type HeadRow,
  MESSAGE_COLUMNS,
  type MessageRow,
  toHead,
  toMessage,
} from './rows.ts';

export function logStore(database: Database): LogStore {
  return {
    commit: (commands) => database.transaction((queries) => commit(queries, commands)),

    async readHistory({ roomId, before, after, limit }) {
      const isForward = after !== undefined;
      const range = isForward
        ? { above: after, below: undefined }
        : { above: undefined, below: before };
      const found = await readMessages(database, { roomId, ...range, limit: limit + 1 });
      const messages = found.slice(0, limit);
      if (!isForward) messages.reverse();
      return { messages, hasMore: found.length > limit };
    },

    readRoom: ({ roomId, position, historyCount, catchUpMax }) =>
      database.snapshot(async (queries) => {
        const row = await queries.one<HeadRow>(
          `SELECT ${HEAD_COLUMNS} FROM rooms r WHERE r.id = $1`,
          roomId,
        );
        if (row === undefined) return undefined;
        const head = toHead(row);
        const newest = { roomId, above: undefined, below: undefined, limit: historyCount };
        if (position === undefined) {
          const history = await readMessages(queries, newest);
          return { head, truncated: false, history: history.reverse() };
        }
        const log = {
          headSequence: head.sequence,
          firstSequence: row.first_sequence,
          epoch: head.epoch,
          idAtPosition: await messageIdAt(queries, roomId, position.lastSequence),
        };
        if (canCatchUp(position, log, catchUpMax)) {
          const missed = { ...newest, above: position.lastSequence, limit: catchUpMax };
          return { head, truncated: false, history: await readMessages(queries, missed) };
        }
        const history = await readMessages(queries, newest);
        return { head, truncated: true, history: history.reverse() };
      }),

    async readEvents(roomId, after, limit) {
      const rows = await database.all<MessageRow & { readonly ordinal: number }>(
        `SELECT ${MESSAGE_COLUMNS}, e.ordinal FROM room_events e
         JOIN messages m ON m.id = e.target_id JOIN users u ON u.id = m.user_id
         WHERE e.room_id = $1 AND e.sequence > $2 ORDER BY e.sequence LIMIT $3`,
        roomId,
        after,
        limit,
      );
      return rows.map((row) => ({
        kind: 'message',
        roomId: row.room_id,
        sequence: row.sequence_number,
        ordinal: row.ordinal,
        message: toMessage(row),
      }));
    },
  };
}

interface MessageRange {
  readonly roomId: RoomId;
  /** With it the messages come oldest first, else newest first. */
  readonly above: number | undefined;
  readonly below: number | undefined;
  readonly limit: number;
}

async function readMessages(queries: Queries, range: MessageRange): Promise<Message[]> {
  const { roomId, above, below, limit } = range;
  const direction = above === undefined ? 'DESC' : 'ASC';
  const rows = await queries.all<MessageRow>(
    `SELECT ${MESSAGE_COLUMNS} FROM messages m JOIN users u ON u.id = m.user_id
     WHERE m.room_id = $1 AND m.sequence_number > $2 AND m.sequence_number < $3
     ORDER BY m.sequence_number ${direction} LIMIT $4`,
    roomId,
    above ?? 0,
    below ?? Number.MAX_SAFE_INTEGER,
    limit,
  );
  return rows.map(toMessage);
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
