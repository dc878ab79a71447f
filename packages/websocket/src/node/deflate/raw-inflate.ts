/**
 * Inflates one message with Node's zlib, at once or off the event loop, and never to more than a
 * limit (RFC 7692 sections 7.2.2 and 7.2.3).
 *
 * How to think about it: the message gets back the four bytes that its sender omitted, and after
 * them a block that ends the stream. zlib reaches that end only if everything before it was
 * complete. A sender may also end streams inside a message: the data after such an end is a
 * separate stream, which may refer to the one before.
 */
import { Buffer } from 'node:buffer';
import { promisify } from 'node:util';
import { inflateRaw, inflateRawSync, type ZlibOptions } from 'node:zlib';
import { SlidingWindow } from './sliding-window.ts';
import { type InflateContextOptions, inflateInPooledContext } from './zlib-context-pool.ts';

export type InflateTask = InflateContextOptions & { readonly history: Uint8Array | undefined };

export type InflateErrorCode = 'MESSAGE_TOO_BIG' | 'INVALID_COMPRESSED_DATA';
export type Inflated = Uint8Array | InflateErrorCode;

/** The end of an empty block (section 7.2.2), and an empty final block. */
const ENDING = Uint8Array.of(0x00, 0x00, 0xff, 0xff, 0x01, 0x00, 0x00, 0xff, 0xff);

/** Senders that end streams do so once for each message; each end costs a new zlib context. */
export const STREAMS_MAX = 64;

/** Of a message that is inflated at once. */
const SYNC_STREAMS_MAX = 4;

const CHUNK_BYTES_MIN = 1_024;
const CHUNK_BYTES_MAX = 65_536;

/** Text shrinks to about a quarter: most messages come out in one chunk. */
const USUAL_RATIO = 4;

/** Input up to this size is inflated at once, in about 0.2 ms. */
export const SYNC_INFLATE_BYTES_MAX = 16_384;

/** Used only within a call. */
const syncInput = Buffer.allocUnsafeSlow(SYNC_INFLATE_BYTES_MAX + ENDING.length);

const inflateInThread = promisify(inflateRaw);

/** `undefined` if the message has too many streams to inflate it at once. */
export function rawInflateSync(data: Uint8Array, task: InflateTask): Inflated | undefined {
  const input = completeNow(data);
  if (task.history === undefined) {
    const inflated = inflateInPooledContext(input, task);
    if (inflated !== undefined) return inflated;
  }
  const progress = new Inflation(input, task, SYNC_STREAMS_MAX);
  try {
    while (progress.isUnfinished) {
      const expectedBytes = Math.max(progress.input.length * USUAL_RATIO, CHUNK_BYTES_MIN);
      progress.add(inflateRawSync(progress.input, progress.options(expectedBytes)));
    }
  } catch (error) {
    return toErrorCode(error);
  }
  return progress.hasMoreStreams ? undefined : progress.result();
}

function completeNow(data: Uint8Array): Uint8Array {
  if (data.length > SYNC_INFLATE_BYTES_MAX) return Buffer.concat([data, ENDING]);
  syncInput.set(data);
  syncInput.set(ENDING, data.length);
  return syncInput.subarray(0, data.length + ENDING.length);
}

export async function rawInflateAsync(data: Uint8Array, task: InflateTask): Promise<Inflated> {
  const progress = new Inflation(Buffer.concat([data, ENDING]), task, STREAMS_MAX);
  try {
    while (progress.isUnfinished) {
      // Each chunk of output is a way to a thread and back.
      progress.add(await inflateInThread(progress.input, progress.options(CHUNK_BYTES_MAX)));
    }
  } catch (error) {
    return toErrorCode(error);
  }
  return progress.result();
}

/**
 * One stream of a message: its output, and how much of the input it consumed. zlib returns it if
 * `info` is set; its types only know the plain buffer.
 */
interface Step {
  readonly buffer: Uint8Array;
  readonly engine: { readonly bytesWritten: number };
}

class Inflation {
  readonly #task: InflateTask;
  readonly #streamsMax: number;
  readonly #outputs: Uint8Array[] = [];
  #outputBytes = 0;
  #streamCount = 0;
  #history: Uint8Array | undefined;
  input: Uint8Array;

  constructor(input: Uint8Array, task: InflateTask, streamsMax: number) {
    this.#task = task;
    this.#streamsMax = streamsMax;
    this.#history = task.history;
    this.input = input;
  }

  get isUnfinished(): boolean {
    return this.hasMoreStreams && this.#streamCount < this.#streamsMax;
  }

  get hasMoreStreams(): boolean {
    return this.input.length > 0 && !this.#isTooBig;
  }

  get #isTooBig(): boolean {
    return this.#outputBytes > this.#task.outputBytesMax;
  }

  options(expectedBytes: number): ZlibOptions {
    const bytesLeft = Math.max(this.#task.outputBytesMax - this.#outputBytes, 1);
    return {
      windowBits: this.#task.windowBits,
      maxOutputLength: bytesLeft,
      // One more byte shows that the limit is exceeded.
      chunkSize: Math.min(expectedBytes, CHUNK_BYTES_MAX, Math.max(bytesLeft + 1, 64)),
      info: true,
      ...(this.#history !== undefined && { dictionary: this.#history }),
    };
  }

  add(result: unknown): void {
    const { buffer, engine } = result as Step;
    this.#outputs.push(buffer);
    this.#outputBytes += buffer.length;
    this.#streamCount += 1;
    this.input = this.input.subarray(engine.bytesWritten);
    if (this.input.length === 0) return;
    const history = new SlidingWindow(2 ** this.#task.windowBits);
    if (this.#history !== undefined) history.append(this.#history);
    history.append(buffer);
    this.#history = history.bytes;
  }

  result(): Inflated {
    if (this.#isTooBig) return 'MESSAGE_TOO_BIG';
    if (this.input.length > 0) return 'INVALID_COMPRESSED_DATA';
    const [only] = this.#outputs;
    return only !== undefined && this.#outputs.length === 1 ? only : Buffer.concat(this.#outputs);
  }
}

export function toErrorCode(error: unknown): InflateErrorCode {
  const code = error instanceof Error && 'code' in error ? error.code : undefined;
  if (code === 'ERR_BUFFER_TOO_LARGE') return 'MESSAGE_TOO_BIG';
  // Not deflate data, or truncated.
  if (code === 'Z_DATA_ERROR' || code === 'Z_BUF_ERROR') return 'INVALID_COMPRESSED_DATA';
  throw error;
}
