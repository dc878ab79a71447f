/** Deletes events, messages and whole logs. */
import type { RoomId } from '@parley/protocol';
import type { Client } from 'cassandra-driver';
import { StoreUnavailable } from '../../ports/store.ts';
import { CONDITIONAL, QUORUM } from './connection.ts';
import { keySlice, positionSlice } from './indexes.ts';
import { type Buckets, long, type Statement, toEvent, WHERE_BUCKET } from './room-log.ts';
import type { KnownTail, Tails } from './tails.ts';

/** Times that a deletion is repeated because another node has written to the room. */
const ATTEMPTS_MAX = 30;
const ROW_KINDS = ['event', 'message', 'reaction'] as const;

export class Deletion {
  readonly #client: Client;
  readonly #buckets: Buckets;
  readonly #tails: Tails;

  constructor(client: Client, buckets: Buckets, tails: Tails) {
    this.#client = client;
    this.#buckets = buckets;
    this.#tails = tails;
  }

  /**
   * Drops the buckets before the last one: one tombstone instead of one for each row. The last one
   * stays, also if it is empty then, because the end of the log is searched from there.
   */
  async deleteRange(roomId: RoomId, range: { from: number; upTo: number }): Promise<void> {
    const { from, upTo } = range;
    await this.#tails.read(roomId, upTo);
    // Until they are copied, keys are only in the events.
    await this.#tails.copyAll(roomId, upTo);
    const last = this.#buckets.of(upTo);
    // An earlier range has left the bucket before it.
    for (let bucket = this.#buckets.of(Math.max(1, from - 1)); bucket < last; bucket += 1) {
      await this.#drop(roomId, bucket);
    }
    await this.#deleteUpTo(roomId, last, upTo);
    const pins = 'DELETE FROM pins WHERE room_id = ? AND sequence <= ?';
    await this.#client.execute(pins, [roomId, long(upTo)], QUORUM);
  }

  async closeUnused(roomId: RoomId): Promise<boolean> {
    return this.#repeat(async () => {
      const known = await this.#tails.read(roomId, 0);
      if (known.tail.isClosed) return true;
      if (known.tail.ordinal > 0) return false;
      return (await this.#close(roomId, known)) || undefined;
    });
  }

  async deleteLog(roomId: RoomId, atLeast: number): Promise<void> {
    const open = await this.#repeat(async () => {
      const known = await this.#tails.read(roomId, atLeast);
      const { isClosed } = known.tail;
      return isClosed || (await this.#close(roomId, known)) ? this.#openBucket(known) : undefined;
    });
    await this.#tails.copyAll(roomId, atLeast);
    for (let bucket = 0; bucket <= open; bucket += 1) {
      await this.#deleteIndexes(roomId, bucket);
      if (bucket < this.#buckets.of(atLeast)) await this.#drop(roomId, bucket);
      // These buckets keep what says that the log is closed.
      else for (const kind of ROW_KINDS) await this.#deleteKind(roomId, bucket, kind);
    }
    await this.#client.execute('DELETE FROM pins WHERE room_id = ?', [roomId], QUORUM);
    this.#tails.forget(roomId);
  }

  /** Closes the bucket that the next event would be written to. */
  async #close(roomId: RoomId, { tail }: KnownTail): Promise<boolean> {
    const bucket = this.#openBucket({ tail });
    const { sequence, ordinal, lastEventAtMs } = tail;
    const result = await this.#client.execute(
      `UPDATE room_log SET is_closed = true, head = ?, ordinal = ?, last_event_at = ?
       ${WHERE_BUCKET} IF head = ?`,
      [
        ...[long(sequence), long(ordinal), long(lastEventAtMs), roomId, bucket],
        sequence === bucket * this.#buckets.size ? null : long(sequence),
      ],
      CONDITIONAL,
    );
    this.#tails.forget(roomId);
    return result.wasApplied();
  }

  #openBucket({ tail }: Pick<KnownTail, 'tail'>): number {
    return this.#buckets.of(tail.sequence + 1);
  }

  async #drop(roomId: RoomId, bucket: number): Promise<void> {
    await this.#client.execute(`DELETE FROM room_log ${WHERE_BUCKET}`, [roomId, bucket], QUORUM);
  }

  /** In a bucket that is still written to, deletions take their place among the batches. */
  async #deleteUpTo(roomId: RoomId, bucket: number, upTo: number): Promise<void> {
    const end = this.#buckets.endOf(bucket);
    await this.#repeat(async () => {
      const { tail } = await this.#tails.read(roomId, upTo);
      const head = Math.min(tail.sequence, end);
      const condition: Statement = {
        query: `UPDATE room_log SET head = ? ${WHERE_BUCKET} IF head = ?`,
        params: [long(head), roomId, bucket, long(head)],
      };
      const deletions = ROW_KINDS.map((kind) => ({
        query: `DELETE FROM room_log ${WHERE_BUCKET} AND row_kind = ? AND sequence <= ?`,
        params: [roomId, bucket, kind, long(upTo)],
      }));
      const result = await this.#client.batch([condition, ...deletions], CONDITIONAL);
      return result.wasApplied() || undefined;
    });
  }

  async #deleteKind(roomId: RoomId, bucket: number, kind: string): Promise<void> {
    const query = `DELETE FROM room_log ${WHERE_BUCKET} AND row_kind = ?`;
    await this.#client.execute(query, [roomId, bucket, kind], QUORUM);
  }

  async #deleteIndexes(roomId: RoomId, bucket: number): Promise<void> {
    const { rows } = await this.#client.execute(
      `SELECT body FROM room_log ${WHERE_BUCKET} AND row_kind = 'event'`,
      [roomId, bucket],
      { ...QUORUM, fetchSize: this.#buckets.size },
    );
    const run = (query: string, ...params: unknown[]) =>
      this.#client.execute(query, params, QUORUM);
    for (const row of rows) {
      const { kind, targetId, sendKey, parentId } = toEvent(roomId, row['body']);
      if (sendKey !== undefined) {
        const { name } = sendKey;
        const query = 'DELETE FROM send_keys WHERE room_id = ? AND slice = ? AND name = ?';
        await run(query, roomId, keySlice(name), name);
      }
      if (kind === 'message') {
        await run(
          'DELETE FROM message_positions WHERE slice = ? AND message_id = ?',
          positionSlice(targetId),
          targetId,
        );
      }
      if (parentId !== undefined) {
        await run('DELETE FROM threads WHERE room_id = ? AND parent_id = ?', roomId, parentId);
      }
    }
  }

  async #repeat<Result>(attempt: () => Promise<Result | undefined>): Promise<Result> {
    for (let count = 0; count < ATTEMPTS_MAX; count += 1) {
      const result = await attempt();
      if (result !== undefined) return result;
    }
    throw new StoreUnavailable('Other nodes keep writing to the room');
  }
}
