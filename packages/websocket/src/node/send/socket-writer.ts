/**
 * The output of a connection in order, and how it is written to the socket.
 *
 * Frames are queued, and written together: at the end of the connection's own read (`cork`,
 * `uncork`), otherwise at the end of the turn. The socket gets at most 64 KiB at a time and more
 * only after it has accepted those. Thus all other waiting output can be counted and dropped, and a
 * slow peer shows progress while a large message drains.
 *
 * It sets no limit itself: callers check `bufferedBytes` before they append.
 */
import { Buffer } from 'node:buffer';
import { Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import { ConnectionError, type WebSocketError } from '../../protocol/errors.ts';
import { keepUntilReleased } from '../receive/shared-read-buffer.ts';
import { ChunkQueue } from './chunk-queue.ts';
import type { ConcatCache } from './concat-cache.ts';
import type { Flushable, FlushQueue } from './flush-queue.ts';
import { encodeHeader, encodeMessage } from './message-encoder.ts';
import type { ReplyBatchBuffer } from './reply-batch-buffer.ts';

/** Called once when a message's bytes were all accepted by the system, or were discarded. */
export type SendCallback = (error?: WebSocketError) => void;

export interface OutgoingSink {
  /** The socket was given bytes that it did not accept at once. */
  handleBlocked(): void;
  /**
   * Called after bytes were blocked, until the buffer is empty: the system accepted some, with
   * `hadToWait` if not at once. Bytes that are accepted at once are reported only if `isAwaited`.
   */
  handleProgress(hadToWait: boolean): void;
  /** Calls a send callback; its errors must not reach this class. */
  callBack(done: SendCallback, error?: WebSocketError): void;
}

/** Maximum bytes passed to the socket; small enough to show progress on slow networks. */
const WRITE_BYTES_MAX = 65_536;

/**
 * From this size on a payload is written beside its header instead of copied behind it (measured).
 */
export const SHARED_PAYLOAD_BYTES_MIN = 4_096;

const NO_BYTES = new Uint8Array(0);
const NONE_PENDING: Pending[] = [];

interface Pending {
  /** The total number of bytes at which this message ends. */
  readonly endsAt: number;
  readonly done: SendCallback;
}

export class SocketWriter implements Flushable {
  readonly #socket: Duplex;
  readonly #queue: FlushQueue;
  readonly #sink: OutgoingSink;
  // Queued output is in the reply batch buffer, in a single chunk, or in several chunks.
  #replyBatch: ReplyBatchBuffer | undefined;
  #onlyChunk: Uint8Array | undefined;
  #chunks: ChunkQueue | undefined;
  #queuedBytes = 0;
  #inFlightBytes = 0;
  #acceptedBytes = 0;
  #pending: Pending[] | undefined;
  /** The peer had to read first, and not all queued bytes have been written since. */
  #isBehind = false;
  /** The total number of bytes at which the last control frame ends. */
  #controlEndsAt = 0;
  #isCorked = false;
  #isScheduled = false;
  #isEnding = false;
  /** Set by `stop`. */
  #stopReason: string | undefined;
  /** Callbacks are running, or will run in a moment: no other code runs them. */
  #isNotifying = false;
  /**
   * Whether the socket has completed a write at once. A TCP socket does so while the system has
   * space, so its other writes wait for the peer. TLS, and many Duplex streams, complete each write
   * in a later turn: their waits say nothing about the peer.
   */
  #acceptsAtOnce = false;
  /** A callback of the last write is due; a stale one, of the first write accepted at once. */
  #hasCallback = false;
  #hasStaleCallback = false;
  /**
   * The owner waits for the buffer to drain, and is also notified of bytes that are accepted at
   * once.
   */
  isAwaited = false;

  constructor(socket: Duplex, queue: FlushQueue, sink: OutgoingSink) {
    this.#socket = socket;
    this.#queue = queue;
    this.#sink = sink;
  }

  /** Bytes that the system has not accepted yet. */
  get bufferedBytes(): number {
    return this.#queuedBytes + this.#inFlightBytes;
  }

  /** Total bytes that the system has accepted. */
  get acceptedBytes(): number {
    return this.#acceptedBytes;
  }

  /** Whether the socket holds bytes that it has not accepted yet. */
  get isBlocked(): boolean {
    return this.#inFlightBytes > 0;
  }

  /** Whether bytes held by the socket wait for the peer: the socket accepts others at once. */
  get acceptsAtOnce(): boolean {
    return this.#acceptsAtOnce;
  }

  /** Counts a queued frame. */
  countFrame(opcode: number): void {
    this.#queue.trafficCounters?.countSent(opcode);
  }

  /**
   * Queues bytes; they must not change until they are accepted. After `end` nothing is queued.
   *
   * @param isRest Whether they continue the frame of the previous chunk; otherwise they begin one.
   */
  append(chunk: Uint8Array, done?: SendCallback, isRest = false): void {
    if (this.#replyBatch === undefined || this.#replyBatch.add(chunk) === 0)
      this.#push(chunk, isRest);
    this.#noteQueued(chunk.length, done);
  }

  /**
   * Queues a control frame: ahead of output that waits for the peer, but not within another frame.
   */
  appendControl(frame: Uint8Array, done?: SendCallback): void {
    if (this.#isBehind && this.#queuedBytes > 0) {
      this.insertControl(frame, done);
    } else {
      this.#controlEndsAt = this.#acceptedBytes + this.bufferedBytes + frame.length;
      this.append(frame, done);
    }
  }

  /** Queues the frame of a whole message; bytes must not change until they are accepted. */
  appendMessage(opcode: number, data: string | Uint8Array, done?: SendCallback): void {
    const byteCount = this.#addToScratch(opcode, data);
    if (byteCount > 0) {
      this.#noteQueued(byteCount, done);
    } else if (typeof data === 'string' || data.length < SHARED_PAYLOAD_BYTES_MIN) {
      this.append(encodeMessage(opcode, data), done);
    } else {
      this.append(encodeHeader(opcode, data.length));
      const { bytes, release } = keepUntilReleased(data);
      this.append(bytes, release === undefined ? done : releasing(release, done), true);
    }
  }

  /** Holds output back until `uncork`, for work within one turn. */
  cork(): void {
    this.#isCorked = true;
    this.#acquireScratch();
  }

  uncork(): void {
    this.#isCorked = false;
    this.flush();
  }

  /** Writes what the socket accepts. */
  flush(join?: ConcatCache): void {
    this.#isScheduled = false;
    this.#writeQueued(join);
  }

  /** The same within a call of the application, whose callbacks run after the call. */
  flushWithinCall(): void {
    this.deferCallbacks();
    this.#writeQueued(undefined);
  }

  /** As `flushWithinCall`, if bytes wait by reference, and not as a copy. */
  flushGivenBytes(): void {
    if (this.#chunks !== undefined) this.flushWithinCall();
  }

  /** Defers callbacks until the current call is over. */
  deferCallbacks(): void {
    if (this.#isNotifying || this.#pending === undefined) return;
    this.#isNotifying = true;
    process.nextTick(() => {
      this.#isNotifying = false;
      this.#notifySenders();
    });
  }

  /** Ends the writing side after the queued output. */
  end(): void {
    this.#isEnding = true;
    this.#schedule();
  }

  /** Nothing is written from now on; waiting callbacks are called. */
  stop(reason: string): void {
    this.#stopReason = reason;
    this.#replyBatch?.release({ isWritten: true });
    this.#replyBatch = undefined;
    this.#onlyChunk = undefined;
    this.#chunks = undefined;
    this.#queuedBytes = 0;
    this.#inFlightBytes = 0;
    this.#notifySenders();
  }

  /** Used if output is queued outside of the reply batch buffer. */
  protected insertControl(frame: Uint8Array, done?: SendCallback): void {
    const queueStartsAt = this.#acceptedBytes + this.#inFlightBytes;
    const bytesBeforeMin = this.#controlEndsAt - queueStartsAt;
    const startsAt = queueStartsAt + this.#gatherChunks().insert(frame, bytesBeforeMin);
    this.#controlEndsAt = startsAt + frame.length;
    this.#queuedBytes += frame.length;
    // Messages that it has overtaken end later.
    const behind = (this.#pending ?? [])
      .filter(({ endsAt }) => endsAt > startsAt)
      .map(({ endsAt, done }) => ({ endsAt: endsAt + frame.length, done }));
    const ahead = (this.#pending ?? []).filter(({ endsAt }) => endsAt <= startsAt);
    const own = done === undefined ? [] : [{ endsAt: this.#controlEndsAt, done }];
    const pending = [...ahead, ...own, ...behind];
    this.#pending = pending.length === 0 ? undefined : pending;
  }

  #noteQueued(byteCount: number, done: SendCallback | undefined): void {
    this.#queuedBytes += byteCount;
    if (done !== undefined) {
      this.#pending ??= [];
      this.#pending.push({ endsAt: this.#acceptedBytes + this.bufferedBytes, done });
    }
    if (!this.#isCorked) this.#schedule();
    else if (this.#queuedBytes >= WRITE_BYTES_MAX) this.flushWithinCall();
  }

  #writeQueued(join: ConcatCache | undefined): void {
    if (this.#replyBatch !== undefined) this.#writeReplyBatch(this.#replyBatch);
    while (this.#queuedBytes > 0 && this.#inFlightBytes === 0 && this.#stopReason === undefined) {
      this.#writeChunks(join);
    }
    if (this.#isEnding && this.bufferedBytes === 0 && !this.#socket.writableEnded) {
      this.#socket.end();
    }
    // Later: this may run within a call of the application.
    if (this.isAwaited && !this.isBlocked) queueMicrotask(() => this.#sink.handleProgress(false));
    if (this.#isCorked) this.#acquireScratch();
  }

  #schedule(): void {
    // A blocked socket calls back when it is writable.
    if (this.#isScheduled || this.isBlocked || this.#stopReason !== undefined) return;
    this.#isScheduled = true;
    this.#queue.add(this);
  }

  /**
   * Used only if nothing waits before it, and if the socket copies what a write accepts at once.
   */
  #acquireScratch(): void {
    if (
      this.bufferedBytes > 0 ||
      this.#stopReason !== undefined ||
      !(this.#socket instanceof Socket)
    )
      return;
    this.#replyBatch ??= this.#queue.replyBatch.acquire();
  }

  /** Returns the number of bytes added; 0 if the message must be queued otherwise. */
  #addToScratch(opcode: number, data: string | Uint8Array): number {
    const byteCount = this.#replyBatch?.addFrame(opcode, data) ?? 0;
    if (byteCount > 0 || this.#replyBatch === undefined || this.#queuedBytes === 0)
      return byteCount;
    // Full: after it is written, there may be space.
    this.flushWithinCall();
    return this.#replyBatch?.addFrame(opcode, data) ?? 0;
  }

  #push(chunk: Uint8Array, isRest: boolean): void {
    if (this.#replyBatch !== undefined) this.#keepReplyBatch(this.#replyBatch);
    if (this.#queuedBytes === 0 && !isRest) this.#onlyChunk = chunk;
    else this.#gatherChunks().push(chunk, isRest);
  }

  #gatherChunks(): ChunkQueue {
    this.#chunks ??= new ChunkQueue();
    if (this.#onlyChunk !== undefined) this.#chunks.push(this.#onlyChunk);
    this.#onlyChunk = undefined;
    return this.#chunks;
  }

  /** Turns the content of the reply batch buffer into a chunk: the next frame does not fit. */
  #keepReplyBatch(replyBatch: ReplyBatchBuffer): void {
    if (this.#queuedBytes > 0) this.#onlyChunk = Buffer.from(replyBatch.content);
    replyBatch.release({ isWritten: true });
    this.#replyBatch = undefined;
  }

  #writeReplyBatch(replyBatch: ReplyBatchBuffer): void {
    this.#replyBatch = undefined;
    // A socket that completes each write later would keep the whole buffer: it gets a copy.
    const isLent = this.#acceptsAtOnce;
    if (this.#queuedBytes > 0) {
      this.#moveToFlight(this.#queuedBytes);
      this.#writeLast(isLent ? replyBatch.content : Buffer.from(replyBatch.content));
    }
    replyBatch.release({ isWritten: !isLent || this.#socket.writableLength === 0 });
    if (this.#inFlightBytes > 0) this.#finishWrite();
  }

  #writeChunks(join: ConcatCache | undefined): void {
    const chunk = this.#onlyChunk;
    if (chunk === undefined || chunk.length > WRITE_BYTES_MAX) {
      this.#writeSlice(join);
    } else {
      this.#onlyChunk = undefined;
      this.#moveToFlight(chunk.length);
      this.#writeLast(chunk);
    }
    this.#finishWrite();
  }

  #writeSlice(join: ConcatCache | undefined): void {
    const chunks = this.#gatherChunks();
    const slices = chunks.removeSlice(WRITE_BYTES_MAX, join);
    this.#chunks = chunks.isEmpty ? undefined : chunks;

    if (slices.length > 1) this.#socket.cork();
    for (const [index, slice] of slices.entries()) {
      this.#moveToFlight(slice.length);
      if (index === slices.length - 1) this.#writeLast(slice);
      else this.#socket.write(slice);
    }
    if (slices.length > 1) this.#socket.uncork();
  }

  #moveToFlight(byteCount: number): void {
    this.#queuedBytes -= byteCount;
    this.#inFlightBytes += byteCount;
  }

  /** Writes the last bytes of a batch; a socket that may complete the write later calls back. */
  #writeLast(bytes: Uint8Array): void {
    if (this.#acceptsAtOnce) {
      this.#socket.write(bytes);
    } else {
      this.#hasCallback = true;
      this.#socket.write(bytes, (error) => this.#handleTaken(error));
    }
  }

  #finishWrite(): void {
    if (this.#socket.writableLength === 0 && this.#socket.errored === null) {
      this.#acceptsAtOnce = true;
      // The socket calls back for a write that was settled here.
      if (this.#hasCallback) this.#hasStaleCallback = true;
      this.#hasCallback = false;
      this.#settle(false);
    } else {
      this.#isBehind = true;
      // The callback of an empty write is called after all bytes before it were accepted.
      if (!this.#hasCallback) this.#socket.write(NO_BYTES, (error) => this.#handleTaken(error));
      this.#sink.handleBlocked();
    }
  }

  #handleTaken(error: Error | null | undefined): void {
    if (this.#hasStaleCallback) {
      this.#hasStaleCallback = false;
      return;
    }
    this.#hasCallback = false;
    // The socket's `error` and `close` report a failure.
    if (error || this.#stopReason !== undefined) return;
    this.#settle(true);
    this.flush();
  }

  #settle(hadToWait: boolean): void {
    const wasBehind = this.#isBehind;
    this.#queue.trafficCounters?.addBytesSent(this.#inFlightBytes);
    this.#acceptedBytes += this.#inFlightBytes;
    this.#inFlightBytes = 0;
    if (this.#queuedBytes === 0) this.#isBehind = false;
    if (this.#pending !== undefined) this.#notifySenders();
    if (wasBehind) this.#sink.handleProgress(hadToWait);
  }

  /**
   * Calls back in the order of the sends, and never one callback within another: callbacks of
   * messages that they send are called here too.
   */
  #notifySenders(): void {
    if (this.#isNotifying) return;
    this.#isNotifying = true;
    for (
      let accepted = this.#removeAccepted();
      accepted.length > 0;
      accepted = this.#removeAccepted()
    ) {
      for (const { done } of accepted) this.#sink.callBack(done);
    }
    this.#isNotifying = false;
    if (this.#stopReason !== undefined) this.#reportLost(this.#stopReason);
  }

  #reportLost(reason: string): void {
    const lost = this.#pending;
    if (lost === undefined) return;
    this.#pending = undefined;
    const error = new ConnectionError(reason);
    for (const { done } of lost) this.#sink.callBack(done, error);
  }

  #removeAccepted(): readonly Pending[] {
    const pending = this.#pending ?? NONE_PENDING;
    let count = 0;
    for (const { endsAt } of pending) {
      if (endsAt > this.#acceptedBytes) break;
      count += 1;
    }
    if (count === pending.length) this.#pending = undefined;
    return count === pending.length ? pending : pending.splice(0, count);
  }
}

/**
 * After a failure the system may still hold the bytes: then they are left to the garbage collector.
 */
function releasing(release: () => void, done: SendCallback | undefined): SendCallback {
  return (error) => {
    if (error === undefined) release();
    done?.(error);
  };
}
