/**
 * Ends of logs as this node knows them, and what must be finished before a room can be written to:
 * changes of earlier buckets, and copies of keys and positions to the indexes.
 */
import type { RoomId } from '@parley/protocol';
import type { Client } from 'cassandra-driver';
import type { LogTail } from '../../ports/message-log.ts';
import { CONDITIONAL, QUORUM, SERIAL } from './connection.ts';
import {
  type Buckets,
  type Fold,
  long,
  type Statement,
  type StoredEvent,
  toEvent,
  WHERE_BUCKET,
  writeReactions,
} from './room-log.ts';

/** Events of a batch. */
const BATCH_EVENTS_MAX = 100;
/** Rooms whose end is remembered. */
const ROOMS_MAX = 20_000;
/** Index writes at once. */
const WRITES_MAX = 64;

/** The end of a log, with what is known of its indexes. */
export interface KnownTail {
  readonly tail: LogTail;
  /** Up to here, keys and positions are in the indexes. */
  readonly copied: number;
}

interface BucketState {
  readonly head: number;
  readonly ordinal: number;
  readonly lastEventAtMs: number;
  readonly isClosed: boolean;
  readonly copied: number;
  readonly folds: readonly { readonly key: number; readonly fold: Fold }[];
}

export class Tails {
  readonly #client: Client;
  readonly #buckets: Buckets;
  readonly #known = new Map<RoomId, KnownTail>();
  /** Rooms whose indexes were complete at some time on this node. */
  readonly #complete = new Set<RoomId>();

  constructor(client: Client, buckets: Buckets) {
    this.#client = client;
    this.#buckets = buckets;
  }

  get(roomId: RoomId): KnownTail | undefined {
    return this.#known.get(roomId);
  }

  set(roomId: RoomId, tail: KnownTail): void {
    if (this.#known.size >= ROOMS_MAX) this.#known.clear();
    this.#known.set(roomId, tail);
  }

  /** Another node has written: its copies are its own task, unless it ends. */
  outdate(roomId: RoomId): void {
    this.#known.delete(roomId);
  }

  /** The state of the room is uncertain: everything is checked when it is next read. */
  forget(roomId: RoomId): void {
    this.#known.delete(roomId);
    this.#complete.delete(roomId);
  }

  /** Reads the end of a log, and finishes what other nodes have left. */
  async read(roomId: RoomId, atLeast: number): Promise<KnownTail> {
    let bucket = Math.max(0, this.#buckets.of(atLeast));
    let state = await this.#readBucket(roomId, bucket);
    for (;;) {
      if (state?.head !== this.#buckets.endOf(bucket)) break;
      const next = await this.#readBucket(roomId, bucket + 1);
      if (next === undefined) break;
      bucket += 1;
      state = next;
    }
    const known = this.#toKnown(state);
    if (state === undefined) {
      this.set(roomId, known);
      return known;
    }
    const { head, folds } = state;
    if (folds.length > 0) await this.applyFolds({ roomId, bucket, head }, folds);
    let { copied } = known;
    const isAtEnd = head === this.#buckets.endOf(bucket);
    if (copied < head && (isAtEnd || !this.#complete.has(roomId))) {
      await this.#copyAfter(roomId, copied, head);
      copied = head;
    }
    if (this.#complete.size >= ROOMS_MAX) this.#complete.clear();
    this.#complete.add(roomId);
    this.set(roomId, { ...known, copied });
    return { ...known, copied };
  }

  /** Applies changes to messages of earlier buckets; those already applied are skipped. */
  async applyFolds(
    { roomId, bucket, head }: { roomId: RoomId; bucket: number; head: number },
    folds: BucketState['folds'],
  ): Promise<void> {
    await Promise.all(folds.map(({ fold }) => this.#applyFold(roomId, fold)));
    // If the end has moved, another node has applied and removed them.
    const keys = folds.map(({ key }) => long(key));
    await this.#client.execute(
      `UPDATE room_log SET folds = folds - ? ${WHERE_BUCKET} IF head = ?`,
      [keys, roomId, bucket, long(head)],
      { ...CONDITIONAL, hints: ['set<bigint>'] },
    );
  }

  /** Writes the keys and positions of events to the indexes. */
  async copy(roomId: RoomId, events: readonly StoredEvent[]): Promise<void> {
    const statements = events.flatMap((event) => indexStatements(roomId, event));
    for (let from = 0; from < statements.length; from += WRITES_MAX) {
      const some = statements.slice(from, from + WRITES_MAX);
      await Promise.all(
        some.map(({ query, params }) => this.#client.execute(query, params, QUORUM)),
      );
    }
  }

  async #applyFold(roomId: RoomId, fold: Fold): Promise<void> {
    const { message, reactions, sequence } = fold;
    const bucket = this.#buckets.of(message.sequence);
    const { roomId: _, ...body } = message;
    await this.#client.batch(
      [
        {
          query: `UPDATE room_log SET body = ?, folded = ? ${WHERE_BUCKET}
            AND row_kind = 'message' AND sequence = ? AND key = '' IF folded < ?`,
          params: [
            ...[JSON.stringify(body), long(sequence), roomId, bucket],
            ...[long(message.sequence), long(sequence)],
          ],
        },
        ...writeReactions({ roomId, bucket }, message, reactions),
      ],
      CONDITIONAL,
    );
  }

  async #copyAfter(roomId: RoomId, after: number, upTo: number): Promise<void> {
    for (let bucket = this.#buckets.of(after + 1); bucket <= this.#buckets.of(upTo); bucket += 1) {
      const { rows } = await this.#client.execute(
        `SELECT body FROM room_log ${WHERE_BUCKET} AND row_kind = 'event' AND sequence > ?`,
        [roomId, bucket, long(after)],
        { ...QUORUM, fetchSize: this.#buckets.size },
      );
      await this.copy(
        roomId,
        rows.map((row) => toEvent(roomId, row['body'])),
      );
    }
  }

  async #readBucket(roomId: RoomId, bucket: number): Promise<BucketState | undefined> {
    const { rows } = await this.#client.execute(
      `SELECT head, ordinal, last_event_at, is_closed, copied, folds FROM room_log ${WHERE_BUCKET} LIMIT 1`,
      [roomId, bucket],
      SERIAL,
    );
    const row = rows[0];
    if (row === undefined || row['head'] === null) return undefined;
    const folds: Map<unknown, string> = row['folds'] ?? new Map();
    return {
      head: Number(row['head']),
      ordinal: Number(row['ordinal']),
      lastEventAtMs: Number(row['last_event_at']),
      isClosed: row['is_closed'] === true,
      copied: Number(row['copied']),
      folds: [...folds].map(([key, fold]) => ({ key: Number(key), fold: JSON.parse(fold) })),
    };
  }

  #toKnown(state: BucketState | undefined): KnownTail {
    const { head: sequence, copied, ...rest } = state ?? EMPTY;
    const { ordinal, lastEventAtMs, isClosed } = rest;
    const capacity = this.capacityAfter(sequence);
    return { tail: { sequence, ordinal, lastEventAtMs, isClosed, capacity }, copied };
  }

  /** Events that the next batch may have: at most to the end of the bucket. */
  capacityAfter(sequence: number): number {
    return Math.min(BATCH_EVENTS_MAX, this.#buckets.size - (sequence % this.#buckets.size));
  }
}

const EMPTY = { head: 0, ordinal: 0, lastEventAtMs: 0, isClosed: false, copied: 0 };

/** Statements that write the key and the position of an event to the indexes. */
export function indexStatements(
  roomId: RoomId,
  event: Pick<StoredEvent, 'kind' | 'sequence' | 'targetId' | 'sendKey' | 'parentId'>,
): Statement[] {
  const { kind, sequence, targetId, sendKey, parentId } = event;
  const statements: Statement[] = [];
  if (sendKey !== undefined) {
    statements.push({
      query: 'INSERT INTO send_keys (room_id, name, body) VALUES (?, ?, ?)',
      params: [roomId, sendKey.name, JSON.stringify(sendKey)],
    });
  }
  if (kind !== 'message') return statements;
  statements.push({
    query: 'INSERT INTO message_positions (message_id, room_id, sequence) VALUES (?, ?, ?)',
    params: [targetId, roomId, long(sequence)],
  });
  if (parentId !== undefined) {
    statements.push({
      query: 'INSERT INTO threads (room_id, parent_id, sequence) VALUES (?, ?, ?)',
      params: [roomId, parentId, long(sequence)],
    });
  }
  return statements;
}
