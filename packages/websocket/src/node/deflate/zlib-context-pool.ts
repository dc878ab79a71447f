/**
 * A pool of zlib contexts, each reset before every message.
 *
 * Opening a context costs more than a small message does. Node's documented functions open one for
 * each message, or work off the event loop; its streams hold a handle that does neither. If that
 * handle does not behave as expected, or a message is in any way unusual, the result is
 * `undefined`, and the documented functions are used (docs/decisions/0021).
 */
import { Buffer } from 'node:buffer';
import {
  constants,
  createDeflateRaw,
  createInflateRaw,
  type DeflateRaw,
  deflateRawSync,
  type InflateRaw,
} from 'node:zlib';
import { MAY_USE_INTERNALS } from '../node-internals-switch.ts';
import { copyMessage } from '../receive/message-memory.ts';

export interface DeflateContextOptions {
  readonly windowBits: number;
  readonly level: number;
  readonly memLevel: number;
}

export interface InflateContextOptions {
  readonly windowBits: number;
  readonly outputBytesMax: number;
}

const OUTPUT_BYTES_MAX = 65_536;

/** Of streams that are never used as streams. */
const CHUNK_BYTES = 64;

const WINDOW_BYTES_MAX = 65_536;

/** A window contains only these before its first message. */
const zeros = new Uint8Array(WINDOW_BYTES_MAX);

/** The last output: one buffer serves all contexts. One more byte shows an excess. */
const output = Buffer.allocUnsafeSlow(OUTPUT_BYTES_MAX + 1);

interface ZlibInternals {
  readonly _handle: {
    writeSync(
      flush: number,
      input: Uint8Array,
      inputOffset: number,
      inputBytes: number,
      output: Uint8Array,
      outputOffset: number,
      outputBytes: number,
    ): void;
  };
  /** After a write: free space in the output, remaining bytes of the input. */
  readonly _writeState: Uint32Array;
}

type Stream = (DeflateRaw | InflateRaw) & ZlibInternals;

interface Context {
  readonly stream: Stream;
  /** The bytes of its window that contain earlier messages. */
  usedBytes: number;
}

const contexts = new Map<number, Context>();

/** Ends with the empty block of a sync flush. The bytes are valid until the next call. */
export function deflateInPooledContext(
  plain: Uint8Array,
  { windowBits, level, memLevel }: DeflateContextOptions,
): Buffer | undefined {
  if (!hasZlibContexts()) return undefined;
  const key = windowBits | (level << 4) | (memLevel << 8);
  const context = contextFor(key, () =>
    createDeflateRaw({ windowBits, level, memLevel, chunkSize: CHUNK_BYTES }),
  );
  eraseBeyond(plain.length, context, windowBits);
  const byteCount = run(context, constants.Z_SYNC_FLUSH, plain, output.length);
  return byteCount === undefined || byteCount > OUTPUT_BYTES_MAX
    ? undefined
    : output.subarray(0, byteCount);
}

/** A whole stream, to its end. `MESSAGE_TOO_BIG` is decided here, so that it is inflated once. */
export function inflateInPooledContext(
  stream: Uint8Array,
  { windowBits, outputBytesMax }: InflateContextOptions,
): Uint8Array | 'MESSAGE_TOO_BIG' | undefined {
  if (!hasZlibContexts()) return undefined;
  // Level 0: the key of no context that compresses.
  const context = contextFor(windowBits, () =>
    createInflateRaw({ windowBits, chunkSize: CHUNK_BYTES }),
  );
  const bytesMax = Math.min(outputBytesMax, OUTPUT_BYTES_MAX);
  const byteCount = run(context, constants.Z_FINISH, stream, bytesMax + 1);
  if (byteCount === undefined) return undefined;
  if (byteCount <= bytesMax) return copyMessage(output.subarray(0, byteCount));
  return outputBytesMax <= OUTPUT_BYTES_MAX ? 'MESSAGE_TOO_BIG' : undefined;
}

/**
 * zlib hashes four bytes at a time, and reads one byte after the message for its last hash. The
 * size of the output would show whether this byte of another message has a given value.
 */
function eraseBeyond(byteCount: number, context: Context, windowBits: number): void {
  if (context.usedBytes > byteCount) {
    run(context, constants.Z_NO_FLUSH, zeros.subarray(0, context.usedBytes), output.length);
  }
  // zlib's window has twice the bytes that it can refer back to.
  context.usedBytes = Math.min(byteCount, 2 << windowBits);
}

function contextFor(key: number, create: () => DeflateRaw | InflateRaw): Context {
  const known = contexts.get(key);
  if (known?.stream.destroyed === false) return known;
  // `hasZlibContexts` has checked that it has these properties.
  const context = { stream: create() as Stream, usedBytes: 0 };
  // An error ends it; the documented functions then report which one it was.
  context.stream.on('error', () => {});
  contexts.set(key, context);
  return context;
}

/** Returns the number of bytes in `output`; `undefined` after an error. */
function run({ stream }: Context, flush: number, input: Uint8Array, bytesMax: number) {
  stream.reset();
  stream._handle.writeSync(flush, input, 0, input.length, output, 0, bytesMax);
  const [bytesLeft = 0, inputBytesLeft = 0] = stream._writeState;
  if (stream.destroyed) return undefined;
  return bytesLeft > 0 && inputBytesLeft > 0 ? undefined : bytesMax - bytesLeft;
}

let isKnownToWork: boolean | undefined;

/** Whether this Node compresses and inflates as the documented functions do. */
export function hasZlibContexts(): boolean {
  if (!MAY_USE_INTERNALS) return false;
  if (isKnownToWork === undefined) {
    // Counts as supported during the test.
    isKnownToWork = true;
    isKnownToWork = testSupport();
  }
  return isKnownToWork;
}

function testSupport(): boolean {
  const plain = Buffer.from('Hello, hello');
  const options = { windowBits: 15, level: 6, memLevel: 8 };
  try {
    const expected = deflateRawSync(plain, { ...options, finishFlush: constants.Z_SYNC_FLUSH });
    const whole = deflateRawSync(plain);
    // Twice: the second message gets a context that was used before.
    return [1, 2].every(() => {
      const isDeflated = deflateInPooledContext(plain, options)?.equals(expected);
      const inflated = inflateInPooledContext(whole, { windowBits: 15, outputBytesMax: 100 });
      return isDeflated === true && inflated instanceof Uint8Array && plain.equals(inflated);
    });
  } catch {
    return false;
  }
}
