/**
 * What a connection has to send, in order, and how it gets into the socket.
 *
 * Frames are queued, and leave together: at the end of the connection's own read
 * (`cork`, `uncork`), otherwise at the end of the turn. The socket gets at most
 * 64 KiB at a time and the next only when it has taken those, so nothing waits
 * where it cannot be counted or dropped, and a slow peer shows progress while a
 * large message drains.
 *
 * It bounds nothing by itself: whoever appends asks `bufferedBytes` first.
 * Requirements WS-092, WS-095 to WS-100.
 */
import type { Duplex } from 'node:stream';
import type { Flushable, FlushQueue } from './flush-queue.ts';
import type { PartJoin } from './part-join.ts';

/** Called once a message's bytes were all taken by the system, or never will be. */
export type SendCallback = (error?: Error) => void;

export interface OutgoingSink {
  /** The socket was given bytes that wait until the peer makes room. */
  handleBlocked(): void;
  /** The system took bytes; `hadToWait` if the peer had to make room for them first. */
  handleWritten(hadToWait: boolean): void;
  /** A sender is to be told; what its callback throws must not come back here. */
  callBack(done: SendCallback, error?: Error): void;
}

/** At most this much is in the socket's hands; small enough to show progress on slow lines. */
const WRITE_BYTES_MAX = 65_536;

/** Parts below this are joined; larger ones cost less as a vector than as a copy (measured). */
const JOINED_PART_BYTES_MAX = 4_096;

const NOTHING = new Uint8Array(0);

interface Pending {
  /** The count of bytes, since the start, at which this message ends. */
  readonly endsAt: number;
  readonly done: SendCallback;
}

export class OutgoingBuffer implements Flushable {
  readonly #socket: Duplex;
  readonly #queue: FlushQueue;
  readonly #sink: OutgoingSink;
  #parts: Uint8Array[] = [];
  /** The first part that is not fully handed over, and how much of it is. */
  #next = 0;
  #offset = 0;
  #queuedBytes = 0;
  #inFlightBytes = 0;
  #takenBytes = 0;
  #pending: Pending[] = [];
  #isCorked = false;
  #isScheduled = false;
  #isEnding = false;
  #isStopped = false;

  constructor(socket: Duplex, queue: FlushQueue, sink: OutgoingSink) {
    this.#socket = socket;
    this.#queue = queue;
    this.#sink = sink;
  }

  /** Bytes that the system has not taken yet. */
  get bufferedBytes(): number {
    return this.#queuedBytes + this.#inFlightBytes;
  }

  /** Bytes that the system has taken since the start. */
  get takenBytes(): number {
    return this.#takenBytes;
  }

  /** Whether the socket holds bytes that the peer has to make room for. */
  get isBlocked(): boolean {
    return this.#inFlightBytes > 0;
  }

  /** Queues bytes; they must not change until they are taken. After `end` nothing is queued. */
  append(part: Uint8Array, done?: SendCallback): void {
    this.#parts.push(part);
    this.#queuedBytes += part.length;
    if (done !== undefined) {
      this.#pending.push({ endsAt: this.#takenBytes + this.bufferedBytes, done });
    }
    if (!this.#isCorked) this.#schedule();
    else if (this.#queuedBytes >= WRITE_BYTES_MAX) this.flush();
  }

  /** Holds output back until `uncork`, for a stretch of work within one turn. */
  cork(): void {
    this.#isCorked = true;
  }

  uncork(): void {
    this.#isCorked = false;
    this.flush();
  }

  /** Hands over what the socket takes. */
  flush(join?: PartJoin): void {
    this.#isScheduled = false;
    while (this.#queuedBytes > 0 && this.#inFlightBytes === 0 && !this.#isStopped) {
      this.#write(this.#takeSlice(join));
    }
    if (this.#isEnding && this.bufferedBytes === 0 && !this.#socket.writableEnded) {
      this.#socket.end();
    }
  }

  /** Ends the writing side behind what is queued. */
  end(): void {
    this.#isEnding = true;
    this.#schedule();
  }

  /** Nothing is written from now on; whoever still waits is told. */
  stop(error: Error): void {
    this.#isStopped = true;
    this.#parts = [];
    this.#queuedBytes = 0;
    this.#inFlightBytes = 0;
    const pending = this.#pending;
    this.#pending = [];
    for (const { done } of pending) this.#sink.callBack(done, error);
  }

  #schedule(): void {
    // A blocked socket calls back by itself.
    if (this.#isScheduled || this.isBlocked || this.#isStopped) return;
    this.#isScheduled = true;
    this.#queue.add(this);
  }

  #write(pieces: readonly Uint8Array[]): void {
    if (pieces.length > 1) this.#socket.cork();
    for (const piece of pieces) this.#socket.write(piece);
    if (pieces.length > 1) this.#socket.uncork();

    if (this.#socket.writableLength === 0 && this.#socket.errored === null) {
      this.#settle(false);
    } else {
      // An empty write is called back once all before it has been taken.
      this.#socket.write(NOTHING, this.#handleTaken);
      this.#sink.handleBlocked();
    }
  }

  readonly #handleTaken = (error?: Error | null): void => {
    // The socket's `error` and `close` tell of a failure.
    if (error || this.#isStopped) return;
    this.#settle(true);
    this.flush();
  };

  #settle(hadToWait: boolean): void {
    this.#takenBytes += this.#inFlightBytes;
    this.#inFlightBytes = 0;
    this.#callBackDone();
    this.#sink.handleWritten(hadToWait);
  }

  #callBackDone(): void {
    if (this.#pending.length === 0) return;
    let count = 0;
    for (const { endsAt } of this.#pending) {
      if (endsAt > this.#takenBytes) break;
      count += 1;
    }
    for (const { done } of this.#pending.splice(0, count)) this.#sink.callBack(done);
  }

  /** Moves up to a write's worth from the queue into the socket's hands. */
  #takeSlice(join: PartJoin | undefined): readonly Uint8Array[] {
    if (this.#parts.length === 1 && this.#queuedBytes <= WRITE_BYTES_MAX) return this.#takeOnly();
    const pieces: Uint8Array[] = [];
    let small: Uint8Array[] = [];
    let room = WRITE_BYTES_MAX;
    while (room > 0 && this.#next < this.#parts.length) {
      const piece = this.#takePiece(room);
      room -= piece.length;
      if (piece.length < JOINED_PART_BYTES_MAX) {
        small.push(piece);
        continue;
      }
      pushJoined(pieces, small, join);
      small = [];
      pieces.push(piece);
    }
    pushJoined(pieces, small, join);
    this.#forgetTakenParts();

    const byteCount = WRITE_BYTES_MAX - room;
    this.#queuedBytes -= byteCount;
    this.#inFlightBytes += byteCount;
    return pieces;
  }

  /** The common case: one part, which fits. */
  #takeOnly(): readonly Uint8Array[] {
    const pieces = [this.#takePiece(WRITE_BYTES_MAX)];
    this.#parts = [];
    this.#next = 0;
    this.#inFlightBytes = this.#queuedBytes;
    this.#queuedBytes = 0;
    return pieces;
  }

  #takePiece(room: number): Uint8Array {
    const part = this.#parts[this.#next] ?? NOTHING;
    const end = Math.min(part.length, this.#offset + room);
    const isWhole = this.#offset === 0 && end === part.length;
    const piece = isWhole ? part : part.subarray(this.#offset, end);
    if (end === part.length) {
      this.#next += 1;
      this.#offset = 0;
    } else {
      this.#offset = end;
    }
    return piece;
  }

  #forgetTakenParts(): void {
    if (this.#next === this.#parts.length) {
      this.#parts = [];
      this.#next = 0;
    } else if (this.#next * 2 > this.#parts.length) {
      this.#parts.splice(0, this.#next);
      this.#next = 0;
    }
  }
}

function pushJoined(
  pieces: Uint8Array[],
  small: readonly Uint8Array[],
  join: PartJoin | undefined,
): void {
  const [only] = small;
  if (only === undefined) return;
  if (small.length === 1) pieces.push(only);
  else pieces.push(join?.join(small) ?? Buffer.concat(small));
}
