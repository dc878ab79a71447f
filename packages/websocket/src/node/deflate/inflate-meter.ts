/**
 * Counts the inflated size of the fragments of an unfinished compressed message, so that one beyond
 * the limit is rejected as soon as that is certain (RFC 7692 sections 6.2 and 7.2.3). The output is
 * discarded, and its memory freed at once: garbage as large as each message would pile up.
 */
import { createInflateRaw, type InflateRaw } from 'node:zlib';
import type { ViolationCode } from '../../protocol/errors.ts';
import { freeNow, PayloadBuffer } from '../../protocol/payload-buffer.ts';
import { type InflateTask, STREAMS_MAX, toErrorCode } from './raw-inflate.ts';
import { SlidingWindow } from './sliding-window.ts';
import type { ZlibQueue } from './zlib-queue.ts';

const DEFLATE_RATIO_MAX = 1_032;

/** Larger than what Node takes from its pool, so that each chunk has memory of its own. */
const OUTPUT_CHUNK_BYTES = 65_536;

/** Memory of a zlib context besides its window, of which the history is a copy. */
const CONTEXT_BYTES = OUTPUT_CHUNK_BYTES + 16_384;

export class InflateMeter {
  readonly #task: InflateTask;
  readonly #queue: ZlibQueue;
  #waiting = new PayloadBuffer();
  #inputBytes = 0;
  /** Inflated bytes so far; the message has at least as many. */
  outputBytes = 0;
  #stream: InflateRaw | undefined;
  #streamCount = 0;
  #chunk: Uint8Array | undefined;
  readonly #history: SlidingWindow;
  #isClosed = false;

  constructor(task: InflateTask, queue: ZlibQueue) {
    this.#task = task;
    this.#queue = queue;
    this.#history = new SlidingWindow(2 ** task.windowBits);
    if (task.history !== undefined) this.#history.append(task.history);
  }

  get heldBytes(): number {
    const contextBytes = 2 ** (this.#task.windowBits + 1) + CONTEXT_BYTES;
    return this.#waiting.heldBytes + (this.#stream === undefined ? 0 : contextBytes);
  }

  add(chunk: Uint8Array): void {
    if (this.#isClosed || chunk.length === 0) return;
    this.#waiting.add(chunk);
    this.#inputBytes += chunk.length;
  }

  /** The violation of the message so far, if it has one; no bytes may be added meanwhile. */
  measure(): Promise<ViolationCode | undefined> | undefined {
    if (this.#isClosed || this.#waiting.heldBytes === 0) return undefined;
    // So few bytes cannot inflate to too many.
    if (this.#inputBytes * DEFLATE_RATIO_MAX <= this.#task.outputBytesMax) return undefined;
    return this.#queue.run(() => this.#measureWaiting());
  }

  /** A running `measure` ends without a result. */
  close(): void {
    this.#isClosed = true;
    this.#waiting.clear();
    this.#stream?.destroy();
    this.#stream = undefined;
  }

  async #measureWaiting(): Promise<ViolationCode | undefined> {
    if (this.#isClosed) return undefined;
    const input = this.#waiting.join();
    this.#waiting = new PayloadBuffer();
    const error = await this.#inflate(input);
    // zlib may still use the memory of a stream that was destroyed meanwhile.
    if (this.#isClosed) return undefined;
    freeNow(input);
    if (error === undefined) return undefined;
    this.close();
    this.#freeChunk();
    return error;
  }

  async #inflate(input: Uint8Array): Promise<ViolationCode | undefined> {
    let rest = input;
    while (rest.length > 0 && !this.#isClosed) {
      this.#stream ??= this.#open();
      const stream = this.#stream;
      const takenBytes = stream.bytesWritten;
      const error = await write(stream, rest);
      if (this.outputBytes > this.#task.outputBytesMax) return 'MESSAGE_TOO_BIG';
      if (error !== undefined) return toErrorCode(error);
      rest = rest.subarray(stream.bytesWritten - takenBytes);
      if (rest.length === 0 || this.#isClosed) return undefined;
      // A stream has ended within the message. Another one follows (section 7.2.3.4).
      stream.destroy();
      this.#stream = undefined;
      this.#freeChunk();
      if (this.#streamCount >= STREAMS_MAX) return 'INVALID_COMPRESSED_DATA';
    }
    return undefined;
  }

  #open(): InflateRaw {
    const { windowBits, outputBytesMax } = this.#task;
    // zlib copies the dictionary when it is opened.
    const dictionary = this.#history.bytes;
    const stream = createInflateRaw({ windowBits, chunkSize: OUTPUT_CHUNK_BYTES, dictionary });
    this.#streamCount += 1;
    stream.on('error', () => {});
    stream.on('data', (chunk: Uint8Array) => {
      this.outputBytes += chunk.length;
      this.#history.append(chunk);
      // The previous chunk was full.
      if (this.#chunk?.buffer !== chunk.buffer) this.#freeChunk();
      this.#chunk = chunk;
      // The rest of the input is not inflated.
      if (this.outputBytes > outputBytesMax) stream.destroy();
    });
    return stream;
  }

  /** Frees the memory at once, unless Node took it from its pool after all. */
  #freeChunk(): void {
    if (this.#chunk?.buffer.byteLength === OUTPUT_CHUNK_BYTES) freeNow(this.#chunk);
    this.#chunk = undefined;
  }
}

/** Resolves when zlib has processed all bytes, or has ended; with its error, if any. */
function write(stream: InflateRaw, bytes: Uint8Array): Promise<unknown> {
  return new Promise((resolve) => {
    const settle = () => {
      stream.off('close', settle);
      resolve(stream.errored ?? undefined);
    };
    // After an error, the callback of the write is not called.
    stream.on('close', settle);
    stream.write(bytes, settle);
  });
}
