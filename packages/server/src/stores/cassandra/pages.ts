/** Reads the logs of rooms across their buckets. */
import type { MessageId, RoomId, UserId } from '@parley/protocol';
import type { Client, types } from 'cassandra-driver';
import type {
  LoggedKey,
  LoggedMessage,
  LogRecord,
  MessageRange,
  ReactionChange,
} from '../../ports/message-log.ts';
import { chunksOf, inSteps } from './chunks.ts';
import { QUORUM } from './connection.ts';
import { keySlice, positionSlice, toKey } from './indexes.ts';
import { type Buckets, long, reactionKey, toMessage, toRecord, WHERE_BUCKET } from './room-log.ts';

/** Reads of one call that run at once. */
const CONCURRENCY = 32;
/** Sequences of one statement. */
const SEQUENCES_MAX = 50;
/** Keys of one statement; each may have its own partition. */
const NAMES_MAX = 100;

export class Pages {
  readonly #client: Client;
  readonly #buckets: Buckets;

  constructor(client: Client, buckets: Buckets) {
    this.#client = client;
    this.#buckets = buckets;
  }

  async findKeys(roomId: RoomId, names: readonly string[]): Promise<LoggedKey[]> {
    const rows = await inSteps(chunksOf(names, NAMES_MAX), CONCURRENCY, (chunk) =>
      this.#select(
        'SELECT name, body FROM send_keys WHERE room_id = ? AND slice IN ? AND name IN ?',
        [roomId, [...new Set(chunk.map(keySlice))], chunk],
      ),
    );
    return rows.flat().map(toKey);
  }

  async findPosition(
    messageId: MessageId,
  ): Promise<{ readonly roomId: RoomId; readonly sequence: number } | undefined> {
    const sql =
      'SELECT room_id, sequence FROM message_positions WHERE slice = ? AND message_id = ?';
    const [row] = await this.#select(sql, [positionSlice(messageId), messageId]);
    return row && { roomId: row['room_id'], sequence: Number(row['sequence']) };
  }

  async findMessages(
    roomId: RoomId,
    ids: readonly MessageId[],
  ): Promise<ReadonlyMap<MessageId, LoggedMessage>> {
    const positions = await inSteps(ids, CONCURRENCY, (id) => this.findPosition(id));
    const sequences = positions.flatMap((position) =>
      position?.roomId === roomId ? position.sequence : [],
    );
    const messages = await this.readMessagesAt(roomId, sequences);
    const wanted = new Set(ids);
    return new Map(
      messages.flatMap((message) => (wanted.has(message.id) ? [[message.id, message]] : [])),
    );
  }

  async readMessagesAt(roomId: RoomId, sequences: readonly number[]): Promise<LoggedMessage[]> {
    const byBucket = Map.groupBy(sequences, (sequence) => this.#buckets.of(sequence));
    const parts = [...byBucket].flatMap(([bucket, some]) =>
      chunksOf(some, SEQUENCES_MAX).map((chunk) => ({ bucket, chunk })),
    );
    const rows = await inSteps(parts, CONCURRENCY, ({ bucket, chunk }) =>
      this.#select(
        `SELECT body FROM room_log ${WHERE_BUCKET} AND row_kind = 'message' AND sequence IN ?`,
        [roomId, bucket, chunk.map(long)],
      ),
    );
    return rows
      .flat()
      .map((row) => toMessage(roomId, row['body']))
      .sort((one, other) => one.sequence - other.sequence);
  }

  async readMessages(range: MessageRange): Promise<LoggedMessage[]> {
    if (range.parentId !== undefined || range.isPinned !== undefined)
      return this.#readIndexed(range);
    const { roomId, above, below, order, limit } = range;
    const isForward = order === 'oldest-first';
    const direction = isForward ? 'ASC' : 'DESC';
    const found: LoggedMessage[] = [];
    for (const bucket of this.#bucketsBetween(range)) {
      if (found.length >= limit) break;
      const rows = await this.#select(
        `SELECT body FROM room_log ${WHERE_BUCKET} AND row_kind = 'message' AND sequence > ? AND sequence < ?
         ORDER BY row_kind ${direction}, sequence ${direction}, key ${direction} LIMIT ?`,
        [roomId, bucket, long(above), long(below), limit - found.length],
      );
      found.push(...rows.map((row) => toMessage(roomId, row['body'])));
    }
    return found;
  }

  async readRecords(
    roomId: RoomId,
    range: { readonly after: number; readonly upTo: number; readonly limit: number },
  ): Promise<LogRecord[]> {
    const { after, upTo, limit } = range;
    const found: LogRecord[] = [];
    const last = this.#buckets.of(upTo);
    for (let bucket = this.#buckets.of(after + 1); bucket <= last; bucket += 1) {
      if (found.length >= limit) break;
      const rows = await this.#select(
        `SELECT body FROM room_log ${WHERE_BUCKET} AND row_kind = 'event' AND sequence > ? AND sequence <= ? LIMIT ?`,
        [roomId, bucket, long(after), long(upTo), limit - found.length],
      );
      found.push(...rows.map((row) => toRecord(roomId, row['body'])));
    }
    return found;
  }

  async hasReaction(
    roomId: RoomId,
    { messageSequence, emoji, userId }: Omit<ReactionChange, 'sequence'>,
  ): Promise<boolean> {
    const rows = await this.#select(
      `SELECT key FROM room_log ${WHERE_BUCKET} AND row_kind = 'reaction' AND sequence = ? AND key = ?`,
      [
        ...[roomId, this.#buckets.of(messageSequence), long(messageSequence)],
        reactionKey(emoji, userId),
      ],
    );
    return rows.length > 0;
  }

  /** Reads all users with the reaction: their order is not that of the rows. */
  async listReactionUsers(
    roomId: RoomId,
    { messageSequence, emoji }: Pick<ReactionChange, 'messageSequence' | 'emoji'>,
    limit: number,
  ): Promise<UserId[]> {
    const rows = await this.#select(
      `SELECT key, body FROM room_log ${WHERE_BUCKET} AND row_kind = 'reaction' AND sequence = ?
       AND key > ? AND key < ?`,
      [
        ...[roomId, this.#buckets.of(messageSequence), long(messageSequence)],
        ...[reactionKey(emoji, ''), `${emoji}\u0001`],
      ],
    );
    return rows
      .map((row) => ({ sequence: Number(row['body']), userId: userOf(row['key']) }))
      .sort((one, other) => one.sequence - other.sequence)
      .slice(0, limit)
      .map(({ userId }) => userId);
  }

  /** Reads the messages whose sequences are in the index of a thread or of the pins. */
  async #readIndexed(range: MessageRange): Promise<LoggedMessage[]> {
    const { roomId, parentId, above, below, order, limit } = range;
    const [index, key] =
      parentId === undefined
        ? ['pins WHERE room_id = ?', [roomId]]
        : ['threads WHERE room_id = ? AND parent_id = ?', [roomId, parentId]];
    const direction = order === 'oldest-first' ? 'ASC' : 'DESC';
    const rows = await this.#select(
      `SELECT sequence FROM ${index} AND sequence > ? AND sequence < ?
       ORDER BY sequence ${direction} LIMIT ?`,
      [...key, long(above), long(below), limit],
    );
    const sequences = rows.map((row) => Number(row['sequence']));
    const messages = await this.readMessagesAt(roomId, sequences);
    return order === 'oldest-first' ? messages : messages.reverse();
  }

  #bucketsBetween({ above, below, order }: MessageRange): number[] {
    const [first, last] = [this.#buckets.of(above + 1), this.#buckets.of(below - 1)];
    const all = Array.from({ length: Math.max(0, last - first + 1) }, (_, index) => first + index);
    return order === 'oldest-first' ? all : all.reverse();
  }

  async #select(query: string, params: unknown[]): Promise<types.Row[]> {
    const rows: types.Row[] = [];
    for await (const row of await this.#client.execute(query, params, QUORUM)) rows.push(row);
    return rows;
  }
}

function userOf(key: string): UserId {
  return key.slice(key.indexOf('\0') + 1) as UserId; // Written by `reactionKey`.
}
