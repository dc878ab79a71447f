/**
 * Counts the inflated size of the fragments of an unfinished compressed message, so that a message
 * beyond the limit is rejected as soon as that is certain, not at its end.
 *
 * The output is discarded: besides its own bytes, a peer makes the server hold one zlib context.
 * The message is inflated when it is complete. A message in a single frame is not measured here.
 *
 * Source: RFC 7692 sections 6.2 and 7.2.3.
 */
import { Buffer } from 'node:buffer';
import { createInflateRaw, type InflateRaw } from 'node:zlib';
import {
  type InflateErrorCode,
  type InflateTask,
  STREAMS_MAX,
  toErrorCode,
} from './raw-inflate.ts';
import { SlidingWindow } from './sliding-window.ts';
import type { ZlibQueue } from './zlib-queue.ts';

/** Maximum bytes of output per byte of deflate data. */
const DEFLATE_RATIO_MAX = 1_032;

/** Memory of a zlib context besides its window, of which the history is a copy. */
const CONTEXT_BYTES = 32_768;

export class InflateMeter {
  readonly #task: InflateTask;
  readonly #queue: ZlibQueue;
  readonly #onError: (error: InflateErrorCode) => void;
  #waiting: Uint8Array[] = [];
  #inputBytes = 0;
  #outputBytes = 0;
  #stream: InflateRaw | undefined;
  #streamCount = 0;
  readonly #history: SlidingWindow;
  #isRunning = false;
  #isClosed = false;

  constructor(task: InflateTask, queue: ZlibQueue, onError: (error: InflateErrorCode) => void) {
    this.#task = task;
    this.#queue = queue;
    this.#onError = onError;
    this.#history = new SlidingWindow(2 ** task.windowBits);
    if (task.history !== undefined) this.#history.append(task.history);
  }

  get heldBytes(): number {
    const waitingBytes = this.#waiting.reduce((sum, { length }) => sum + length, 0);
    return (
      waitingBytes +
      (this.#stream === undefined ? 0 : 2 ** (this.#task.windowBits + 1) + CONTEXT_BYTES)
    );
  }

  /** Adds a copy of the next bytes. */
  add(chunk: Uint8Array): void {
    if (this.#isClosed || chunk.length === 0) return;
    this.#waiting.push(new Uint8Array(chunk));
    this.#inputBytes += chunk.length;
    // So few bytes cannot inflate to too many.
    if (this.#inputBytes * DEFLATE_RATIO_MAX <= this.#task.outputBytesMax) return;
    if (!this.#isRunning) void this.#run();
  }

  close(): void {
    this.#isClosed = true;
    this.#waiting = [];
    this.#stream?.destroy();
    this.#stream = undefined;
  }

  async #run(): Promise<void> {
    this.#isRunning = true;
    while (this.#waiting.length > 0) {
      const error = await this.#queue.run(() =>
        this.#inflate(Buffer.concat(this.#waiting.splice(0))),
      );
      if (error === undefined || this.#isClosed) continue;
      this.close();
      this.#onError(error);
    }
    this.#isRunning = false;
  }

  async #inflate(input: Uint8Array): Promise<InflateErrorCode | undefined> {
    let rest = input;
    while (rest.length > 0 && !this.#isClosed) {
      this.#stream ??= this.#open();
      const stream = this.#stream;
      const takenBytes = stream.bytesWritten;
      const error = await write(stream, rest);
      if (this.#outputBytes > this.#task.outputBytesMax) return 'MESSAGE_TOO_BIG';
      if (error !== undefined) return toErrorCode(error);
      rest = rest.subarray(stream.bytesWritten - takenBytes);
      if (rest.length === 0) return undefined;
      // A stream has ended within the message. Another one follows (section 7.2.3.4).
      stream.destroy();
      this.#stream = undefined;
      if (this.#streamCount >= STREAMS_MAX) return 'INVALID_COMPRESSED_DATA';
    }
    return undefined;
  }

  #open(): InflateRaw {
    const { windowBits, outputBytesMax } = this.#task;
    const dictionary = this.#history.bytes;
    // zlib copies the dictionary when it is opened.
    const stream = createInflateRaw({ windowBits, ...(dictionary.length > 0 && { dictionary }) });
    this.#streamCount += 1;
    stream.on('error', ignore);
    stream.on('data', (chunk: Uint8Array) => {
      this.#outputBytes += chunk.length;
      this.#history.append(chunk);
      // The rest of the input is not inflated.
      if (this.#outputBytes > outputBytesMax) stream.destroy();
    });
    return stream;
  }
}

/**
 * Resolves when zlib has processed all of it, or has ended before; with the error, if there was
 * one.
 */
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

function ignore(): void {}
