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
import type { ViolationCode } from '../../protocol/errors.ts';
import { SlidingWindow } from './sliding-window.ts';
import { type InflateContextOptions, inflateInPooledContext } from './zlib-context-pool.ts';

export type InflateTask = InflateContextOptions & { readonly history: Uint8Array | undefined };

export type Inflated = Uint8Array | ViolationCode;

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

/** Of a message that is inflated at once; used only within a call. */
const syncInput = Buffer.allocUnsafeSlow(SYNC_INFLATE_BYTES_MAX + ENDING.length);

const inflateInThread = promisify(inflateRaw);

/**
 * Inflates at most `SYNC_INFLATE_BYTES_MAX`; `undefined` if the message has too many streams to
 * inflate it at once.
 */
export function rawInflateSync(data: Uint8Array, task: InflateTask): Inflated | undefined {
  syncInput.set(data);
  syncInput.set(ENDING, data.length);
  const input = syncInput.subarray(0, data.length + ENDING.length);
  if (task.history === undefined) {
    const inflated = inflateInPooledContext(input, task);
    if (inflated !== undefined) return inflated;
  }
  const expectedBytes = Math.max(input.length * USUAL_RATIO, CHUNK_BYTES_MIN);
  const work = inflateStreams(input, task, { streamsMax: SYNC_STREAMS_MAX, expectedBytes });
  try {
    let step = work.next();
    while (step.done !== true) step = work.next(inflateRawSync(...step.value));
    return step.value;
  } catch (error) {
    return toErrorCode(error);
  }
}

/** The input of `rawInflateAsync`, a copy. */
export function completeMessage(data: Uint8Array): Uint8Array {
  return Buffer.concat([data, ENDING]);
}

export async function rawInflateAsync(input: Uint8Array, task: InflateTask): Promise<Inflated> {
  // Each chunk of output is a way to a thread and back.
  const limits = { streamsMax: STREAMS_MAX, expectedBytes: CHUNK_BYTES_MAX };
  const work = inflateStreams(input, task, limits);
  try {
    let step = work.next();
    while (step.done !== true) step = work.next(await inflateInThread(...step.value));
    return step.value ?? 'INVALID_COMPRESSED_DATA';
  } catch (error) {
    return toErrorCode(error);
  }
}

/** zlib returns it if `info` is set; its types only know the plain buffer. */
interface InflatedStream {
  readonly buffer: Uint8Array;
  /** How much of the input it consumed. */
  readonly engine: { readonly bytesWritten: number };
}

/** Yields each call of zlib, and gets its result. `undefined`: the message has too many streams. */
function* inflateStreams(
  input: Uint8Array,
  { windowBits, outputBytesMax, history }: InflateTask,
  { streamsMax, expectedBytes }: { readonly streamsMax: number; readonly expectedBytes: number },
): Generator<[Uint8Array, ZlibOptions], Inflated | undefined, unknown> {
  const outputs: Uint8Array[] = [];
  let outputBytes = 0;
  let dictionary = history;
  let rest = input;
  while (rest.length > 0) {
    if (outputs.length === streamsMax) return undefined;
    const maxOutputLength = Math.max(outputBytesMax - outputBytes, 1);
    // One more byte shows that the limit is exceeded.
    const chunkSize = Math.min(expectedBytes, CHUNK_BYTES_MAX, Math.max(maxOutputLength + 1, 64));
    const options = { windowBits, maxOutputLength, chunkSize, info: true, dictionary };
    const { buffer, engine } = (yield [rest, options]) as InflatedStream;
    outputs.push(buffer);
    outputBytes += buffer.length;
    if (outputBytes > outputBytesMax) return 'MESSAGE_TOO_BIG';
    rest = rest.subarray(engine.bytesWritten);
    if (rest.length === 0) break;
    const window = new SlidingWindow(2 ** windowBits);
    if (dictionary !== undefined) window.append(dictionary);
    window.append(buffer);
    dictionary = window.bytes;
  }
  const [only] = outputs;
  return only !== undefined && outputs.length === 1 ? only : Buffer.concat(outputs);
}

export function toErrorCode(error: unknown): ViolationCode {
  const code = error instanceof Error && 'code' in error ? error.code : undefined;
  if (code === 'ERR_BUFFER_TOO_LARGE') return 'MESSAGE_TOO_BIG';
  // Not deflate data, or truncated.
  if (code === 'Z_DATA_ERROR' || code === 'Z_BUF_ERROR') return 'INVALID_COMPRESSED_DATA';
  throw error;
}
