/**
 * Ends of logs as this node knows them, and what must be finished before a room can be written to:
 * changes of earlier buckets, and copies of keys and positions to the indexes.
 */
import type { RoomId } from '@parley/protocol';
import type { Client } from 'cassandra-driver';
import type { LoggedKey, LogTail } from '../../ports/message-log.ts';
import { StoreUnavailable } from '../../ports/store.ts';
import { inSteps } from './chunks.ts';
import { CONDITIONAL, INDEX_WRITES, QUORUM, SERIAL, toStoreError } from './connection.ts';
import { indexStatements, toRequests } from './indexes.ts';
import {
  type Buckets,
  type Fold,
  long,
  messageBody,
  type StoredEvent,
  toEvent,
  WHERE_BUCKET,
  writeReactions,
} from './room-log.ts';

/** Events of a batch. */
const BATCH_EVENTS_MAX = 100;
/** Rooms whose end is remembered. */
const ROOMS_MAX = 20_000;
/** Requests for one room at once. */
const REQUESTS_MAX = 32;

/** The end of a log, with what is known of its indexes. */
export interface KnownTail {
  readonly tail: LogTail;
  /** Up to here, keys and positions are in the indexes. The rest is being copied. */
  readonly copied: number;
  /** Keys of the events above `copied`, by name. */
  readonly keys: Map<string, LoggedKey>;
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
  /** Resolves when what this node knows of the log is copied, by room. */
  readonly #copying = new Map<RoomId, Promise<void>>();

  constructor(client: Client, buckets: Buckets) {
    this.#client = client;
    this.#buckets = buckets;
  }

  get(roomId: RoomId): KnownTail | undefined {
    return this.#known.get(roomId);
  }

  /** Forgets the end of a log because another node has written, or its state is uncertain. */
  forget(roomId: RoomId): void {
    this.#known.delete(roomId);
  }

  /** Reads the end of a log, and begins to finish what other nodes have left. */
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
    const { head, folds, ...rest } = state ?? EMPTY;
    if (folds.length > 0) await this.applyFolds({ roomId, bucket, head }, folds);
    // A bucket was opened when the indexes of the one before it were complete.
    const copied = Math.min(head, Math.max(rest.copied, bucket * this.#buckets.size));
    const events = copied < head ? await this.#readEvents(roomId, bucket, copied) : [];
    const { ordinal, lastEventAtMs, isClosed } = rest;
    const capacity = this.capacityAfter(head);
    const tail = { sequence: head, ordinal, lastEventAtMs, isClosed, capacity };
    const known = { tail, copied, keys: keysOf(events) };
    this.#set(roomId, known);
    // Awaited before a batch is acknowledged, and before the next bucket is opened.
    if (copied < head) this.#copy(roomId, { after: copied, upTo: head, events }).catch(() => {});
    return known;
  }

  /**
   * Moves the end of a log behind a stored batch, and copies its keys and positions to the indexes.
   *
   * @returns a promise of the copies.
   */
  advance(
    roomId: RoomId,
    {
      from,
      tail,
      events,
    }: {
      readonly from: LogTail;
      readonly tail: LogTail;
      readonly events: readonly StoredEvent[];
    },
  ): Promise<void> {
    const known = this.#known.get(roomId);
    if (known !== undefined) {
      for (const [name, key] of keysOf(events)) known.keys.set(name, key);
      this.#set(roomId, { ...known, tail });
    }
    return this.#copy(roomId, { after: from.sequence, upTo: tail.sequence, events });
  }

  /** Waits until all keys and positions are in the indexes. @param atLeast As in `read`. */
  async copyAll(roomId: RoomId, atLeast: number): Promise<void> {
    await this.#copying.get(roomId);
    if (this.#known.has(roomId)) return;
    await this.read(roomId, atLeast);
    await this.#copying.get(roomId);
  }

  /** Returns keys that are perhaps not in the index yet. */
  async recentKeys(roomId: RoomId, tail: LogTail): Promise<ReadonlyMap<string, LoggedKey>> {
    const known = this.#known.get(roomId) ?? (await this.read(roomId, tail.sequence));
    return known.keys;
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

  async #applyFold(roomId: RoomId, fold: Fold): Promise<void> {
    const { message, reactions, sequence } = fold;
    const bucket = this.#buckets.of(message.sequence);
    await this.#client.batch(
      [
        {
          query: `UPDATE room_log SET body = ?, folded = ? ${WHERE_BUCKET}
            AND row_kind = 'message' AND sequence = ? AND key = '' IF folded < ?`,
          params: [
            ...[messageBody(message), long(sequence), roomId, bucket],
            ...[long(message.sequence), long(sequence)],
          ],
        },
        ...writeReactions({ roomId, bucket }, message, reactions),
      ],
      CONDITIONAL,
    );
  }

  #set(roomId: RoomId, tail: KnownTail): void {
    // The room that was used last comes last.
    this.#known.delete(roomId);
    this.#known.set(roomId, tail);
    const [oldest = roomId] = this.#known.keys();
    if (this.#known.size > ROOMS_MAX) this.#known.delete(oldest);
  }

  /** Copies events, after those that are being copied. */
  #copy(
    roomId: RoomId,
    {
      after,
      upTo,
      events,
    }: { readonly after: number; readonly upTo: number; readonly events: readonly StoredEvent[] },
  ): Promise<void> {
    const copying = this.#copyAfter(this.#copying.get(roomId), roomId, events)
      .then(() => this.#noteCopied(roomId, { after, upTo }))
      .finally(() => {
        if (this.#copying.get(roomId) === copying) this.#copying.delete(roomId);
      });
    this.#copying.set(roomId, copying);
    return copying;
  }

  async #copyAfter(
    earlier: Promise<void> | undefined,
    roomId: RoomId,
    events: readonly StoredEvent[],
  ): Promise<void> {
    try {
      await Promise.all([earlier, this.#writeIndexes(roomId, events)]);
    } catch (error) {
      // The events are stored, but their indexes are not: the next read of the end completes them.
      this.forget(roomId);
      const failed = toStoreError(error);
      if (!(failed instanceof StoreUnavailable)) throw failed;
      throw new StoreUnavailable(failed.message, { cause: error });
    }
  }

  async #writeIndexes(roomId: RoomId, events: readonly StoredEvent[]): Promise<void> {
    const statements = events.flatMap((event) => indexStatements(roomId, event));
    await inSteps(toRequests(statements), REQUESTS_MAX, (request) =>
      this.#client.batch(request, INDEX_WRITES),
    );
  }

  #noteCopied(roomId: RoomId, { after, upTo }: { after: number; upTo: number }): void {
    const known = this.#known.get(roomId);
    if (known === undefined || known.copied < after || known.copied >= upTo) return;
    for (const [name, { sequence }] of known.keys) if (sequence <= upTo) known.keys.delete(name);
    this.#set(roomId, { ...known, copied: upTo });
  }

  async #readEvents(roomId: RoomId, bucket: number, after: number): Promise<StoredEvent[]> {
    const { rows } = await this.#client.execute(
      `SELECT body FROM room_log ${WHERE_BUCKET} AND row_kind = 'event' AND sequence > ?`,
      [roomId, bucket, long(after)],
      { ...QUORUM, fetchSize: this.#buckets.size },
    );
    return rows.map((row) => toEvent(roomId, row['body']));
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

  /** Events that the next batch may have: at most to the end of the bucket. */
  capacityAfter(sequence: number): number {
    return Math.min(BATCH_EVENTS_MAX, this.#buckets.size - (sequence % this.#buckets.size));
  }
}

const EMPTY: BucketState = {
  head: 0,
  ordinal: 0,
  lastEventAtMs: 0,
  isClosed: false,
  copied: 0,
  folds: [],
};

function keysOf(events: readonly StoredEvent[]): Map<string, LoggedKey> {
  return new Map(events.flatMap(({ sendKey }) => (sendKey ? [[sendKey.name, sendKey]] : [])));
}
