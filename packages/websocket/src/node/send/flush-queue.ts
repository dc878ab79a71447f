/**
 * Output that was queued outside of a connection's own read goes out together,
 * once per turn of the event loop: what several messages of one turn owe to a
 * connection costs one write, not one each.
 */
import { ConcatCache } from './concat-cache.ts';
import { ScratchBuffer } from './scratch-buffer.ts';

export interface Flushable {
  /** Writes what is queued; parts that others are owed too may be joined only once. */
  flush(join: ConcatCache): void;
}

export interface SentCounter {
  addBytesSent(byteCount: number): void;
  countSent(opcode: number): void;
}

/** Writes per turn; then sockets are read again, so that a large room holds nobody up (WS-147). */
const FLUSHES_PER_TURN = 64;

export class FlushQueue {
  #waiting: Flushable[] = [];
  #next = 0;
  #isScheduled = false;
  readonly #join = new ConcatCache();
  /** Where a connection puts the answers to its own read together. */
  readonly scratch = new ScratchBuffer();
  readonly trafficCounters: SentCounter | undefined;

  /** @param traffic Is told of frames, and of the bytes that the system took, of all connections together. */
  constructor(trafficCounters?: SentCounter) {
    this.trafficCounters = trafficCounters;
  }

  /** Flushes it at the end of this turn; the caller adds nothing twice. */
  add(item: Flushable): void {
    this.#waiting.push(item);
    this.#schedule();
  }

  #schedule(): void {
    if (this.#isScheduled) return;
    this.#isScheduled = true;
    setImmediate(() => this.#run());
  }

  #run(): void {
    this.#isScheduled = false;
    const end = Math.min(this.#waiting.length, this.#next + FLUSHES_PER_TURN);
    while (this.#next < end) {
      const item = this.#waiting[this.#next];
      this.#next += 1;
      item?.flush(this.#join);
    }
    this.#join.clear();

    if (this.#next < this.#waiting.length) {
      this.#schedule();
    } else {
      this.#waiting = [];
      this.#next = 0;
    }
  }
}
