/**
 * Writes the output of a connection to its socket, in order: after the connection's own reads
 * (`cork`, `uncork`), otherwise at the end of the turn. The socket gets a part at a time and
 * more only after it has accepted that, so that all other output can be counted and dropped, and a
 * slow peer shows progress. It sets no limit itself: callers check `bufferedBytes`.
 */
import { Buffer } from 'node:buffer';
import { Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import { TLSSocket } from 'node:tls';
import { ConnectionError, type WebSocketError } from '../../protocol/errors.ts';
import type { Clock } from '../clock.ts';
import { BUFFER_POOL, toKept } from '../receive/shared-read-buffer.ts';
import { canWriteDirectly, writeDirectly } from './direct-write.ts';
import type { Flushable, FlushQueue } from './flush-queue.ts';
import { encodeHeader, encodeMessage } from './message-encoder.ts';
import type { ReplyBatchBuffer } from './reply-batch-buffer.ts';
import {
  type Compression,
  ENTRY_BYTES,
  NO_QUEUE,
  type SendCallback,
  SendQueue,
} from './send-queue.ts';
import type { CountedMemory } from './waiting-budget.ts';

export interface OutgoingSink {
  /** The socket was given bytes that it did not accept at once. */
  handleBlocked(): void;
  /**
   * Called after bytes were blocked, until the buffer is empty: the system accepted some, with
   * `hadToWait` if not at once. Bytes that are accepted at once are reported only if `isAwaited`.
   */
  handleProgress(hadToWait: boolean): void;
  /** Nothing more can be sent; ends the connection. */
  handleOutputFailure(error: ConnectionError): void;
  /** Calls back into the application; never throws. */
  callBack(done: SendCallback, error?: WebSocketError): void;
}

/**
 * How far the oldest bytes have come: `accepted` from the application, until the end of the turn;
 * `handed` to the socket, which may complete each write later; `waiting` for the peer to read.
 */
type OutputState = 'accepted' | 'handed' | 'waiting';

/**
 * Output of which the system accepts nothing for this long waits for the peer. It accepts more only
 * when a third of its own buffer, of up to 4 MiB, is free again: after 14 s at 100 kB/s.
 */
const HANDED_MS_MAX = 15_000;

/** Maximum bytes passed to the socket of a peer that keeps up: fewer calls of the system. */
const WRITE_BYTES_MAX = 131_072;

/** Small enough to show progress on slow networks, and for streams that complete writes later. */
const SLOW_BYTES_MAX = 65_536;

/** From this size on a payload is written beside its header and not copied (measured). */
export const SHARED_PAYLOAD_BYTES_MIN = 4_096;

const NO_BYTES = new Uint8Array(0);

/** Of one write, or with the error that ended the connection. */
interface DueCallbacks {
  readonly callbacks: readonly SendCallback[];
  readonly error?: WebSocketError;
}

export class SocketWriter implements Flushable {
  readonly #socket: Duplex;
  readonly #flushQueue: FlushQueue;
  readonly #sink: OutgoingSink;
  readonly #clock: Clock;
  /** Accepted output. */
  #queue: SendQueue = NO_QUEUE;
  /** Collects it while a read is handled, in place of the queue, which is empty then. */
  #replyBatch: ReplyBatchBuffer | undefined;
  #handedBytes = 0;
  #handedSinceMs = 0;
  #isWaiting = false;
  acceptedBytes = 0;
  /** Of the bytes that the socket holds. */
  #callbacks: readonly SendCallback[] | undefined;
  #dueCallbacks: DueCallbacks[] | undefined;
  /** The peer had to read first, and not all queued bytes have been written since. */
  #isBehind = false;
  /** The socket if it may be written directly. */
  readonly #direct: Socket | undefined;
  #isCorked = false;
  /** Reads whose replies the system has not accepted: TLS emits one for each record. */
  #readsInRow = 0;
  /** The last row had two: it pays to write their replies together, not those of longer rows. */
  #expectsSecondRead = false;
  #isScheduled = false;
  #isEnding = false;
  #stopReason: string | undefined;
  /** Callbacks are running, or will run in a moment: no other code runs them. */
  #isNotifying = false;
  /**
   * Whether the socket completes writes at once, as TCP does while the system has space: its other
   * writes wait for the peer. TLS and many Duplex streams complete each write in a later turn.
   */
  #acceptsAtOnce: boolean;
  /** Number of writes that ended: a stream also calls back for one that it accepted at once. */
  #writeCount = 0;
  /** The owner waits for the buffer to drain: bytes accepted at once are reported, too. */
  isAwaited = false;

  constructor(socket: Duplex, flushQueue: FlushQueue, sink: OutgoingSink, clock: Clock) {
    this.#socket = socket;
    this.#direct = canWriteDirectly(socket) ? socket : undefined;
    this.#acceptsAtOnce = socket instanceof Socket && !(socket instanceof TLSSocket);
    this.#flushQueue = flushQueue;
    this.#sink = sink;
    this.#clock = clock;
  }

  /** The state of the oldest bytes that the system has not accepted; `accepted` if there are none. */
  get state(): OutputState {
    if (this.#handedBytes === 0) return 'accepted';
    return this.#isWaiting ? 'waiting' : 'handed';
  }

  /**
   * Notes that output has been waiting for long. Not while something is sent: a process that stood
   * still has not seen yet what the system accepted meanwhile.
   */
  checkProgress(nowMs: number): void {
    this.#isWaiting = this.#handedBytes > 0 && nowMs - this.#handedSinceMs >= HANDED_MS_MAX;
  }

  /** Since when the socket holds the bytes that it has not accepted; `undefined` without them. */
  get handedSinceMs(): number | undefined {
    return this.#handedBytes === 0 ? undefined : this.#handedSinceMs;
  }

  /** Bytes that are ready to be sent. */
  get bufferedBytes(): number {
    return this.#readyBytes() + this.#handedBytes;
  }

  /** The same with the objects that hold them: those of small messages are larger. */
  get occupiedBytes(): number {
    return this.bufferedBytes + this.#queue.readyCount * ENTRY_BYTES;
  }

  /** A method: V8 calls a private getter through its slow runtime, several times per message. */
  #readyBytes(): number {
    return this.#queue.readyBytes + (this.#replyBatch?.byteCount ?? 0);
  }

  /** The same with messages that wait for compression. */
  get pendingBytes(): number {
    return this.bufferedBytes + this.#queue.compressingBytes;
  }

  /**
   * Whether bytes that the system has accepted show that the peer has read since `sinceMs`: a
   * socket that completes each write later also completes those that the peer has not read.
   */
  showsReading(sinceMs: number): boolean {
    return this.#acceptsAtOnce || this.#handedSinceMs < sinceMs;
  }

  /** As for `WaitingPeer`. */
  measure(counted: CountedMemory): number {
    return this.#handedBytes + (this.#replyBatch?.byteCount ?? 0) + this.#queue.measure(counted);
  }

  /** Gives up what has not begun to leave, so that its memory is free; what follows may be sent. */
  discardQueued(reason: string): void {
    const callbacks = this.#queue.discard();
    this.deferCallbacks();
    if (callbacks.length > 0) {
      this.#notifySenders({ callbacks, error: new ConnectionError(reason) });
    }
  }

  countFrame(opcode: number): void {
    this.#flushQueue.sent?.count(opcode);
  }

  /**
   * Queues a frame; its bytes must not change until they are accepted. Nothing follows `end`. A
   * control frame is sent ahead of output that waits, but not within another frame.
   */
  append(frame: Uint8Array, done?: SendCallback, isControl = false): void {
    if (this.#replyBatch?.add(frame, done) !== true) {
      const queue = this.#openQueue();
      const isSmall = !isControl && !done && queue.addSmall(frame, this.#flushQueue);
      if (isControl) queue.insertControl(frame, listOf(done), { isUrgent: this.#isBehind });
      else if (!isSmall) queue.push([frame], listOf(done));
    }
    this.#noteQueued();
  }

  appendChunks(chunks: readonly Uint8Array[], done?: SendCallback): void {
    this.#openQueue().push(chunks, listOf(done));
    this.#noteQueued();
  }

  /** Queues the frame of a message, whose bytes must not change either. */
  appendMessage(opcode: number, data: string | Uint8Array, done?: SendCallback): void {
    if (this.#replyBatch?.addFrame(opcode, data, done) === true) {
      this.#noteQueued();
      return;
    }
    // Full: what was collected is written, and need not be copied for the queue.
    if (this.#replyBatch?.byteCount) this.flushWithinCall();
    if (typeof data === 'string' || data.length < SHARED_PAYLOAD_BYTES_MIN) {
      this.append(encodeMessage(opcode, data), done);
    } else {
      // Other streams may pass bytes on, and still hold them when they call back.
      const isSocket = this.#socket instanceof Socket;
      const isClaimed = isSocket && BUFFER_POOL.claim(data);
      const bytes = isClaimed ? data : isSocket ? toKept(data) : Buffer.from(data);
      const chunks = [encodeHeader(opcode, data.length), bytes];
      this.appendChunks(chunks, isClaimed ? releasing(bytes, done) : done);
    }
  }

  /** Queues a message to compress: at once, or behind others and off the event loop. */
  compress(payload: Uint8Array, compression: Compression, done?: SendCallback): void {
    const { isCompressing } = this.#queue;
    const deflated = isCompressing ? undefined : compression.compress();
    if (deflated instanceof Promise || isCompressing) {
      const compress = deflated === undefined ? compression.compress : () => deflated;
      const queue = this.#openQueue();
      queue.compress(payload, { ...compression, compress }, listOf(done), () => this.#schedule());
      this.#noteQueued();
    } else {
      this.append(compression.encode(deflated), done);
    }
  }

  /** Sends messages that wait for compression as they are, if more than `backlogBytesMax` wait behind the first. */
  sendUncompressed(backlogBytesMax = -1): void {
    if (!this.#queue.isCompressing || this.#queue.backlogBytes <= backlogBytesMax) return;
    this.#queue.sendUncompressed();
    this.#schedule();
  }

  /** Holds output back until `uncork`, for work within one turn. */
  cork(): void {
    this.#isCorked = true;
    const followsRead = this.#handedBytes > 0 || this.#replyBatch !== undefined;
    this.#readsInRow = followsRead ? this.#readsInRow + 1 : 1;
    this.#acquireBatch();
  }

  uncork(): void {
    this.#isCorked = false;
    const isSecondRead = this.#readsInRow === 2;
    const mayWait = isSecondRead || this.#expectsSecondRead;
    this.#expectsSecondRead = isSecondRead;
    const isFree = !this.#acceptsAtOnce && this.#handedBytes === 0;
    if (mayWait && isFree && this.#replyBatch?.byteCount) {
      this.#flushQueue.keepReplyBatch(this);
    } else {
      this.flush();
    }
  }

  flush(): void {
    this.#isScheduled = false;
    this.#writeQueued();
  }

  /** The same within a call of the application, whose callbacks run after the call. */
  flushWithinCall(): void {
    this.deferCallbacks();
    this.#writeQueued();
  }

  /** Writes or copies bytes that wait by reference, whose owner may change them then. */
  flushGivenBytes(): void {
    this.#replyBatch?.copyReturned();
    if (this.#queue.readyBytes > 0) this.flushWithinCall();
  }

  deferCallbacks(): void {
    if (this.#isNotifying) return;
    this.#isNotifying = true;
    process.nextTick(() => {
      this.#isNotifying = false;
      this.#notifySenders();
    });
  }

  end(): void {
    if (this.#isEnding) return;
    this.#isEnding = true;
    if (!this.#isCorked) this.#schedule();
  }

  /** Nothing is written from now on; waiting callbacks are called. */
  stop(reason: string): void {
    this.#stopReason = reason;
    const batched = this.#replyBatch?.callbacks ?? [];
    const callbacks = [...(this.#callbacks ?? []), ...batched, ...this.#queue.clear()];
    this.#callbacks = undefined;
    this.#replyBatch?.release({ isWritten: true });
    this.#replyBatch = undefined;
    this.#handedBytes = 0;
    // Most connections end with none: an error, with its stack, costs a tenth of a handshake.
    if (callbacks.length > 0)
      this.#notifySenders({ callbacks, error: new ConnectionError(reason) });
  }

  /** The queue for output that follows: replies that were collected wait before it as a copy. */
  #openQueue(): SendQueue {
    if (this.#queue === NO_QUEUE) this.#queue = new SendQueue();
    const batch = this.#replyBatch;
    this.#replyBatch = undefined;
    if (batch !== undefined && batch.byteCount > 0) {
      const bytes = BUFFER_POOL.allocate(batch.byteCount);
      bytes.set(batch.chunks[0]);
      const callbacks = [releasing(bytes), ...(batch.callbacks ?? [])];
      // It may contain pongs, which keep their order.
      this.#queue.insertControl(bytes, callbacks, { isUrgent: false });
    }
    batch?.release({ isWritten: true });
    return this.#queue;
  }

  #noteQueued(): void {
    if (!this.#isCorked) this.#schedule();
    else if (this.#readyBytes() >= this.#bytesMax()) this.flushWithinCall();
  }

  #bytesMax(): number {
    return this.#direct === undefined || this.#isBehind ? SLOW_BYTES_MAX : WRITE_BYTES_MAX;
  }

  #writeQueued(): void {
    if (this.#replyBatch !== undefined) this.#writeReplyBatch(this.#replyBatch);
    while (
      this.#queue.readyCount > 0 &&
      this.#handedBytes === 0 &&
      this.#stopReason === undefined
    ) {
      this.#writeNext();
    }
    if (this.#isEnding && this.bufferedBytes === 0 && !this.#socket.writableEnded) {
      this.#socket.end();
    }
    // Later: this may run within a call of the application.
    if (this.isAwaited && this.#handedBytes === 0)
      queueMicrotask(() => this.#sink.handleProgress(false));
    if (this.#isCorked) this.#acquireBatch();
  }

  #schedule(): void {
    // A socket that holds bytes calls back when it has accepted them.
    if (this.#isScheduled || this.#handedBytes > 0 || this.#stopReason !== undefined) return;
    this.#isScheduled = true;
    this.#flushQueue.add(this);
  }

  /** Used if nothing is queued, and the socket copies what a write accepts at once. */
  #acquireBatch(): void {
    const isFree = this.#queue.isEmpty && !(this.#acceptsAtOnce && this.#handedBytes > 0);
    if (!isFree || this.#stopReason !== undefined || !(this.#socket instanceof Socket)) return;
    this.#replyBatch ??= this.#flushQueue.acquireReplyBatch();
  }

  #writeReplyBatch(batch: ReplyBatchBuffer): void {
    // A socket that completes each write later would keep the whole buffer: it gets a copy.
    if (this.#handedBytes > 0 || !this.#acceptsAtOnce) {
      this.#openQueue();
      return;
    }
    this.#replyBatch = undefined;
    const { byteCount } = batch;
    const isWritten = byteCount === 0 || this.#hand(batch.chunks, byteCount, batch.callbacks);
    batch.release({ isWritten });
  }

  #writeNext(): void {
    if (this.#queue.isBroken) {
      const text = 'the memory of a message was transferred or resized before it was sent';
      this.#sink.handleOutputFailure(new ConnectionError(text, 'INVALID_ARGUMENT'));
      return;
    }
    const { readyBytes } = this.#queue;
    const callbacks: SendCallback[] = [];
    const chunks = this.#queue.remove(this.#bytesMax(), callbacks);
    this.#hand(chunks, readyBytes - this.#queue.readyBytes, callbacks);
  }

  /** Passes bytes to the socket, which has none; returns whether they were accepted at once. */
  #hand(chunks: readonly Uint8Array[], byteCount: number, callbacks?: readonly SendCallback[]) {
    this.#handedBytes = byteCount;
    if (callbacks !== undefined && callbacks.length > 0) this.#callbacks = callbacks;
    const outcome = this.#direct && writeDirectly(this.#direct, chunks, this);
    const isRefused = outcome === undefined || outcome === 'refused';
    const isAccepted = isRefused ? this.#tryStream(chunks) : outcome === 'accepted';
    if (isAccepted) {
      this.#settle(false);
    } else {
      this.#isBehind = true;
      this.#handedSinceMs = this.#clock.now();
      this.#sink.handleBlocked();
    }
    return isAccepted;
  }

  /** A stream whose `write` throws must not stop the output of other connections. */
  #tryStream(chunks: readonly Uint8Array[]): boolean {
    try {
      return this.#writeToStream(chunks);
    } catch (cause) {
      const text = 'the socket failed to write';
      this.#sink.handleOutputFailure(new ConnectionError(text, 'CONNECTION_ERROR', { cause }));
      return false;
    }
  }

  /** Whether all bytes were accepted at once; otherwise `handleTaken` is called when they are. */
  #writeToStream(chunks: readonly Uint8Array[]): boolean {
    const socket = this.#socket;
    const last = chunks.length - 1;
    if (last > 0) socket.cork();
    for (let index = 0; index < last; index += 1) socket.write(chunks[index]);
    const end = chunks[last] ?? NO_BYTES;
    if (this.#acceptsAtOnce) socket.write(end);
    else this.#writeWithCallback(end);
    if (last > 0) socket.uncork();

    if (socket.writableLength === 0 && !socket.destroyed && socket.errored === null) {
      this.#acceptsAtOnce = true;
      return true;
    }
    // The callback of an empty write is called after all bytes before it were accepted.
    if (this.#acceptsAtOnce) this.#writeWithCallback(NO_BYTES);
    return false;
  }

  #writeWithCallback(bytes: Uint8Array): void {
    const write = this.#writeCount;
    this.#socket.write(bytes, (error) => {
      // The socket's `error` and `close` report a failure.
      if (!error && write === this.#writeCount) this.handleTaken();
    });
  }

  /** The system has accepted what the last write has left. */
  handleTaken(): void {
    if (this.#stopReason !== undefined) return;
    this.#isWaiting = false;
    this.#settle(true);
    this.flush();
  }

  #settle(hadToWait: boolean): void {
    const wasBehind = this.#isBehind;
    this.#writeCount += 1;
    const { sent } = this.#flushQueue;
    if (sent !== undefined) sent.bytes += this.#handedBytes;
    this.acceptedBytes += this.#handedBytes;
    this.#handedBytes = 0;
    if (this.#readyBytes() === 0) this.#isBehind = false;
    const callbacks = this.#callbacks;
    this.#callbacks = undefined;
    if (callbacks !== undefined) this.#notifySenders({ callbacks });
    if (wasBehind && hadToWait) this.#sink.handleProgress(true);
    // Later: this may run within a call of the application.
    else if (wasBehind) queueMicrotask(() => this.#sink.handleProgress(false));
  }

  /** Calls back in the order of the sends, and never one callback within another. */
  #notifySenders(due?: DueCallbacks): void {
    this.#dueCallbacks ??= [];
    if (due !== undefined) this.#dueCallbacks.push(due);
    if (this.#isNotifying) return;
    this.#isNotifying = true;
    for (let next = this.#dueCallbacks.shift(); next; next = this.#dueCallbacks.shift()) {
      for (const done of next.callbacks) this.#sink.callBack(done, next.error);
    }
    this.#isNotifying = false;
  }
}

function listOf(done: SendCallback | undefined): readonly SendCallback[] | undefined {
  return done && [done];
}

/** Of pooled bytes. After a failure the system may still hold them; they are garbage collected. */
function releasing(bytes: Uint8Array, done?: SendCallback): SendCallback {
  return (error) => {
    if (error === undefined) BUFFER_POOL.release(bytes);
    return done?.(error);
  };
}
