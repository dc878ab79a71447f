/** Writes output queued outside of a connection's own read, once per turn of the event loop. */
import { afterTurn } from '../clock.ts';
import type { TrafficCounter } from '../metrics/instrumentation.ts';
import { FrameRun } from './frame-run.ts';
import { ReplyBatchBuffer } from './reply-batch-buffer.ts';

export interface Flushable {
  flush(): void;
}

/** Writes per turn; then sockets are read again: a large group must not block the others. */
const FLUSHES_PER_TURN = 64;

export class FlushQueue {
  readonly #waiting: Flushable[] = [];
  #isScheduled = false;
  /** The latest run that began, for the other receivers of its frame. */
  #run: FrameRun | undefined;
  readonly #replyBatch = new ReplyBatchBuffer();
  /** Has replies in it after a read. */
  #keeper: Flushable | undefined;
  readonly sent: TrafficCounter | undefined;

  /** @param sent Counts frames and accepted bytes of all connections together. */
  constructor(sent?: TrafficCounter) {
    this.sent = sent;
  }

  /** Flushes it at the end of this turn; the caller adds each connection once. */
  add(item: Flushable): void {
    this.#waiting.push(item);
    this.#schedule();
  }

  /** The buffer for replies to a read; the connection that keeps it is flushed first. */
  acquireReplyBatch(): ReplyBatchBuffer | undefined {
    this.#flushKeeper();
    return this.#replyBatch.acquire();
  }

  /** Flushes it before another connection is read, or at the end of this turn. */
  keepReplyBatch(keeper: Flushable): void {
    this.#keeper = keeper;
    this.#schedule();
  }

  /** A run of this frame, which the next connection shares if it begins with the same frame. */
  startRun(frame: Uint8Array): FrameRun {
    if (this.#run?.isOnly(frame) !== true) this.#run = new FrameRun(frame);
    return this.#run;
  }

  #schedule(): void {
    if (this.#isScheduled) return;
    this.#isScheduled = true;
    afterTurn(this.#flush);
  }

  readonly #flush = (): void => {
    this.#isScheduled = false;
    this.#flushKeeper();
    // Removed before the flush: under steady load the queue is never empty.
    for (const item of this.#waiting.splice(0, FLUSHES_PER_TURN)) item.flush();
    this.#run = undefined;
    if (this.#waiting.length > 0) this.#schedule();
  };

  #flushKeeper(): void {
    const keeper = this.#keeper;
    this.#keeper = undefined;
    keeper?.flush();
  }
}
