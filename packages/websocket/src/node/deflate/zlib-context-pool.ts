/**
 * A pool of zlib contexts that process one message after the other: each is reset before, so that
 * no message depends on another.
 *
 * Opening a context costs more than a small message does. Node's documented functions open one for
 * each message, or work off the event loop; its streams hold a handle that does neither. The pool
 * first tests whether that handle behaves as expected. If it does not, or if a message is in any
 * way unusual, the result is `undefined`, and the documented functions are used
 * (docs/decisions/0021).
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

export interface DeflateContextOptions {
  readonly windowBits: number;
  readonly level: number;
  readonly memLevel: number;
}

export interface InflateContextOptions {
  readonly windowBits: number;
  readonly outputBytesMax: number;
}

/** The largest output that is processed at once. */
export const OUTPUT_BYTES_MAX = 65_536;

/** Of streams that are never used as streams. */
const CHUNK_BYTES = 64;

/** Used only within a call, so that one buffer serves all. One more byte shows an excess. */
const output = Buffer.allocUnsafeSlow(OUTPUT_BYTES_MAX + 1);

/** Internal state of a zlib stream that Node does not document. */
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

type Context = (DeflateRaw | InflateRaw) & ZlibInternals;

/** By their parameters; one of each for the whole thread. */
const deflating = new Map<number, Context>();
const inflating = new Map<number, Context>();

/** Ends with the empty block of a sync flush. */
export function deflateInPooledContext(
  plain: Uint8Array,
  options: DeflateContextOptions,
): Uint8Array | undefined {
  if (!hasZlibContexts()) return undefined;
  const { windowBits, level, memLevel } = options;
  const context = find(deflating, windowBits | (level << 4) | (memLevel << 8), () =>
    createDeflateRaw({ ...options, chunkSize: CHUNK_BYTES }),
  );
  const deflated = run(context, constants.Z_SYNC_FLUSH, plain, OUTPUT_BYTES_MAX);
  return deflated === 'FULL' ? undefined : deflated;
}

/** A whole stream, to its end. `MESSAGE_TOO_BIG` is decided here, so that it is inflated once. */
export function inflateInPooledContext(
  stream: Uint8Array,
  { windowBits, outputBytesMax }: InflateContextOptions,
): Uint8Array | 'MESSAGE_TOO_BIG' | undefined {
  if (!hasZlibContexts()) return undefined;
  const context = find(inflating, windowBits, () =>
    createInflateRaw({ windowBits, chunkSize: CHUNK_BYTES }),
  );
  const outputBytes = Math.min(outputBytesMax, OUTPUT_BYTES_MAX) + 1;
  const inflated = run(context, constants.Z_FINISH, stream, outputBytes);
  if (inflated !== 'FULL') return inflated;
  return outputBytesMax <= OUTPUT_BYTES_MAX ? 'MESSAGE_TOO_BIG' : undefined;
}

function find(
  contexts: Map<number, Context>,
  key: number,
  create: () => DeflateRaw | InflateRaw,
): Context {
  const kept = contexts.get(key);
  if (kept !== undefined && !kept.destroyed) return kept;
  // `hasZlibContexts` has checked that it has these properties.
  const context = create() as Context;
  // An error ends it; the documented functions then report which one it was.
  context.on('error', () => {});
  contexts.set(key, context);
  return context;
}

function run(
  context: Context,
  flush: number,
  input: Uint8Array,
  outputBytes: number,
): Uint8Array | 'FULL' | undefined {
  context.reset();
  context._handle.writeSync(flush, input, 0, input.length, output, 0, outputBytes);
  const [outputBytesLeft = 0, inputBytesLeft = 0] = context._writeState;
  if (context.destroyed) return undefined;
  if (outputBytesLeft === 0) return 'FULL';
  return inputBytesLeft > 0
    ? undefined
    : Buffer.from(output.subarray(0, outputBytes - outputBytesLeft));
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
      const deflated = deflateInPooledContext(plain, options);
      const inflated = inflateInPooledContext(whole, { windowBits: 15, outputBytesMax: 100 });
      if (deflated === undefined || !(inflated instanceof Uint8Array)) return false;
      return expected.equals(deflated) && plain.equals(inflated);
    });
  } catch {
    return false;
  }
}
