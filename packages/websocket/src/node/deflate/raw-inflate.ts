/**
 * Inflates one message with Node's zlib, at once or off the loop, and never to
 * more than a limit.
 *
 * How to think about it: the message gets back the four bytes that its sender left
 * out, and behind them a block that ends the stream. zlib reaches that end only if
 * all before it was whole, so a message that was cut shows. A sender may also end
 * streams inside a message (section 7.2.3.4): what follows such an end is a stream
 * of its own, that may refer back to the one before.
 *
 * Source: RFC 7692 sections 7.2.2 and 7.2.3. Requirements WS-269, WS-271, WS-272.
 */
import { Buffer } from 'node:buffer';
import { inflateRaw, inflateRawSync, type ZlibOptions } from 'node:zlib';
import { History } from './sliding-window.ts';
import { inflateKept } from './zlib-context-pool.ts';

export interface InflateTask {
  /** The sender's window. */
  readonly windowBits: number;
  readonly outputBytesMax: number;
  /** What the message may refer back to. */
  readonly history: Uint8Array | undefined;
}

export type InflateFault = 'MESSAGE_TOO_BIG' | 'INVALID_COMPRESSED_DATA';
export type Inflated = Uint8Array | InflateFault;

/** The end of an empty block (section 7.2.2), and an empty block that is the last one. */
const ENDING = Uint8Array.of(0x00, 0x00, 0xff, 0xff, 0x01, 0x00, 0x00, 0xff, 0xff);

/** Senders that end streams do so once for each message; each end costs a new context of zlib. */
export const STREAMS_MAX = 64;

const CHUNK_BYTES_MIN = 1_024;
const CHUNK_BYTES_MAX = 65_536;

/** Text shrinks to a quarter or so: most messages come out in one chunk. */
const USUAL_RATIO = 4;

export function inflateNow(data: Uint8Array, task: InflateTask): Inflated {
  const progress = new Inflation(data, task);
  const { windowBits, outputBytesMax, history } = task;
  if (history === undefined || history.length === 0) {
    const terms = { windowBits, outputBytesEnd: outputBytesMax + 1 };
    const inflated = inflateKept(progress.input, terms);
    if (inflated !== undefined) return inflated;
  }
  try {
    while (progress.isUnfinished) {
      progress.add(toStep(inflateRawSync(progress.input, progress.options())));
    }
  } catch (error) {
    return toInflateFault(error);
  }
  return progress.result();
}

export async function inflateLater(data: Uint8Array, task: InflateTask): Promise<Inflated> {
  const progress = new Inflation(data, task);
  try {
    while (progress.isUnfinished) progress.add(await inflateStream(progress));
  } catch (error) {
    return toInflateFault(error);
  }
  return progress.result();
}

/** One stream of a message: what came of it, and how much of the input it took. */
interface Step {
  readonly buffer: Uint8Array;
  readonly engine: { readonly bytesWritten: number };
}

class Inflation {
  readonly #task: InflateTask;
  readonly #outputs: Uint8Array[] = [];
  #outputBytes = 0;
  #streamCount = 0;
  #history: Uint8Array | undefined;
  /** What is left of the message. */
  input: Uint8Array;

  constructor(data: Uint8Array, task: InflateTask) {
    this.#task = task;
    this.#history = task.history;
    this.input = Buffer.concat([data, ENDING]);
  }

  get isUnfinished(): boolean {
    return this.input.length > 0 && this.#streamCount < STREAMS_MAX && !this.#isTooBig;
  }

  get #isTooBig(): boolean {
    return this.#outputBytes > this.#task.outputBytesMax;
  }

  options(): ZlibOptions {
    const bytesLeft = Math.max(this.#task.outputBytesMax - this.#outputBytes, 1);
    const expected = Math.max(this.input.length * USUAL_RATIO, CHUNK_BYTES_MIN);
    return {
      windowBits: this.#task.windowBits,
      maxOutputLength: bytesLeft,
      // One more byte shows that it is too much.
      chunkSize: Math.min(expected, CHUNK_BYTES_MAX, Math.max(bytesLeft + 1, 64)),
      info: true,
      ...(this.#history === undefined || this.#history.length === 0
        ? {}
        : { dictionary: this.#history }),
    };
  }

  add({ buffer, engine }: Step): void {
    this.#outputs.push(buffer);
    this.#outputBytes += buffer.length;
    this.#streamCount += 1;
    this.input = this.input.subarray(engine.bytesWritten);
    if (this.input.length > 0) this.#remember(buffer);
  }

  result(): Inflated {
    if (this.#isTooBig) return 'MESSAGE_TOO_BIG';
    if (this.input.length > 0) return 'INVALID_COMPRESSED_DATA';
    const [only] = this.#outputs;
    return only !== undefined && this.#outputs.length === 1 ? only : Buffer.concat(this.#outputs);
  }

  /** For a stream that follows within the message. */
  #remember(output: Uint8Array): void {
    const history = new History(2 ** this.#task.windowBits);
    if (this.#history !== undefined) history.append(this.#history);
    history.append(output);
    this.#history = history.bytes;
  }
}

function inflateStream(progress: Inflation): Promise<Step> {
  return new Promise((resolve, reject) => {
    inflateRaw(progress.input, progress.options(), (error, result) => {
      if (error === null) resolve(toStep(result));
      else reject(error);
    });
  });
}

function toStep(result: unknown): Step {
  // What zlib gives back where `info` is set; the types know the bare buffer only.
  return result as Step;
}

export function toInflateFault(error: unknown): InflateFault {
  const code = error instanceof Error && 'code' in error ? error.code : undefined;
  if (code === 'ERR_BUFFER_TOO_LARGE') return 'MESSAGE_TOO_BIG';
  // Not deflate, or cut short.
  if (code === 'Z_DATA_ERROR' || code === 'Z_BUF_ERROR') return 'INVALID_COMPRESSED_DATA';
  throw error;
}
