/**
 * Appends a batch with one conditional write. A write that times out says nothing: the node reads
 * the partition until it knows whether the batch is there, and writes the same batch again if the
 * log still has the old end.
 */
import { randomUUID } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import type { Client } from 'cassandra-driver';
import type { Appended, LogBatch, LogTail } from '../../ports/message-log.ts';
import { NotBegun, StoreUnavailable } from '../../ports/store.ts';
import { CONDITIONAL, SERIAL, toStoreError } from './connection.ts';
import {
  type Buckets,
  type Fold,
  insertEvent,
  long,
  type Statement,
  type StoredEvent,
  WHERE_BUCKET,
  writeMessage,
} from './room-log.ts';
import type { Tails } from './tails.ts';

/** How long an unknown outcome is looked for before the commit is reported as unknown. */
const RESOLVE_MS = 8000;
const RESOLVE_INTERVAL_MS = 100;

interface Prepared {
  readonly bucket: number;
  readonly head: number;
  readonly events: readonly StoredEvent[];
  readonly folds: readonly { readonly key: number; readonly fold: Fold }[];
  readonly statements: readonly Statement[];
  readonly batchId: string;
}

export class Appender {
  readonly #client: Client;
  readonly #buckets: Buckets;
  readonly #tails: Tails;

  constructor(client: Client, buckets: Buckets, tails: Tails) {
    this.#client = client;
    this.#buckets = buckets;
    this.#tails = tails;
  }

  async append(batch: LogBatch): Promise<Appended | 'conflict'> {
    const { roomId, from } = batch;
    // A bucket is opened only when the indexes of the one before it are complete.
    if (this.#isFirst(from)) await this.#tails.copyAll(roomId, from.sequence);
    const prepared = this.#prepare(batch);
    const isStored = await this.#write(batch, prepared);
    if (!isStored) {
      this.#tails.forget(roomId);
      return 'conflict';
    }
    const { bucket, head, events, folds } = prepared;
    try {
      if (folds.length > 0) await this.#tails.applyFolds({ roomId, bucket, head }, folds);
    } catch (error) {
      // The batch is stored, but not complete: the next read of the end completes it.
      this.#tails.forget(roomId);
      const failed = toStoreError(error);
      if (!(failed instanceof StoreUnavailable)) throw failed;
      throw new StoreUnavailable(failed.message, { cause: error });
    }
    const last = batch.records.at(-1);
    const tail = {
      sequence: head,
      ordinal: last?.ordinal ?? from.ordinal,
      lastEventAtMs: last?.createdAtMs ?? from.lastEventAtMs,
      capacity: this.#tails.capacityAfter(head),
      isClosed: false,
    };
    return { tail, findable: this.#tails.advance(roomId, { from, tail, events }) };
  }

  /** Whether the next event is the first of a bucket. */
  #isFirst({ sequence }: LogTail): boolean {
    return sequence % this.#buckets.size === 0;
  }

  #prepare(batch: LogBatch): Prepared {
    const { roomId, from, records, messages, reactions, keys } = batch;
    const bucket = this.#buckets.of(from.sequence + 1);
    const head = from.sequence + records.length;
    const partition = { roomId, bucket };
    const batchId = randomUUID();
    const changes = messages.map((message) => ({
      message,
      reactions: reactions.filter(({ messageSequence }) => messageSequence === message.sequence),
      sequence: head,
    }));
    const isHere = ({ message }: Fold): boolean => this.#buckets.of(message.sequence) === bucket;
    const folds = changes
      .filter((change) => !isHere(change))
      .map((fold) => ({ key: fold.message.sequence, fold }));
    const bySequence = new Map(messages.map((message) => [message.sequence, message]));
    const keyBySequence = new Map(keys.map((key) => [key.sequence, key]));
    const events = records.map((record) => ({
      ...record,
      sendKey: keyBySequence.get(record.sequence),
      parentId: bySequence.get(record.sequence)?.reply?.parentId,
    }));
    const statements = [
      this.#moveHead(batch, { bucket, head, folds }),
      ...events.map((event) => insertEvent(partition, event, batchId)),
      ...changes.filter(isHere).flatMap((change) => writeMessage(partition, change)),
    ];
    return { bucket, head, events, folds, statements, batchId };
  }

  /** The condition of the batch: no other node has moved the end of the log. */
  #moveHead(
    { roomId, from, records }: LogBatch,
    { bucket, head, folds }: Pick<Prepared, 'bucket' | 'head' | 'folds'>,
  ): Statement {
    const last = records.at(-1);
    const isFirst = this.#isFirst(from);
    // If it is unknown, the column keeps its value, and more is copied when the end is next read.
    const copied = this.#tails.get(roomId)?.copied ?? (isFirst ? from.sequence : undefined);
    const pending = new Map(folds.map(({ key, fold }) => [long(key), JSON.stringify(fold)]));
    const changes = [
      ...(copied === undefined ? [] : [{ text: ', copied = ?', value: long(copied) }]),
      ...(pending.size === 0 ? [] : [{ text: ', folds = folds + ?', value: pending }]),
    ];
    return {
      query: `UPDATE room_log SET head = ?, ordinal = ?, last_event_at = ? ${changes.map(({ text }) => text).join('')}
        ${WHERE_BUCKET} IF head = ? AND is_closed = null`,
      params: [
        ...[long(head), long(last?.ordinal ?? from.ordinal)],
        ...[long(last?.createdAtMs ?? from.lastEventAtMs), ...changes.map(({ value }) => value)],
        ...[roomId, bucket, isFirst ? null : long(from.sequence)],
      ],
    };
  }

  async #write(batch: LogBatch, prepared: Prepared): Promise<boolean> {
    const write = async (): Promise<boolean> => {
      const result = await this.#client.batch([...prepared.statements], CONDITIONAL);
      return result.wasApplied();
    };
    try {
      return await write();
    } catch (error) {
      const failed = toStoreError(error);
      if (!(failed instanceof StoreUnavailable) || failed instanceof NotBegun) throw failed;
      this.#tails.forget(batch.roomId);
      return this.#resolve(batch, prepared, { write, error: failed });
    }
  }

  /** Writing the same batch again is safe: at most one of them meets the old end of the log. */
  async #resolve(
    { roomId, from }: LogBatch,
    { bucket, batchId }: Prepared,
    { write, error }: { readonly write: () => Promise<boolean>; readonly error: StoreUnavailable },
  ): Promise<boolean> {
    const deadlineMs = performance.now() + RESOLVE_MS;
    while (performance.now() < deadlineMs) {
      try {
        const { rows } = await this.#client.execute(
          `SELECT batch_id FROM room_log ${WHERE_BUCKET} AND row_kind = 'event' AND sequence = ?`,
          [roomId, bucket, long(from.sequence + 1)],
          SERIAL,
        );
        const found = rows[0]?.['batch_id'];
        if (found !== undefined) return found === batchId;
        if (await write()) return true;
      } catch {
        await delay(RESOLVE_INTERVAL_MS);
      }
    }
    throw error;
  }
}
