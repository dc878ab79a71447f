/**
 * Contexts of zlib that are kept and serve one message after the other: each is set
 * back before, so that no message knows of another.
 *
 * Opening a context costs more than a small message does. Node's documented ways open
 * one for each, or work off the loop; its streams hold a handle that does neither. So
 * this tries first whether that handle does what it should. Where it does not, or
 * where a message is in any way unusual, the answer is `undefined`, and the documented
 * ways are taken (docs/decisions/0021).
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

export interface DeflateContextOptions {
  readonly windowBits: number;
  readonly level: number;
  readonly memLevel: number;
}

export interface InflateContextOptions {
  readonly windowBits: number;
  /** Output of so many bytes or more is not for this. */
  readonly outputBytesEnd: number;
}

/** As large as what is worked on at once. */
const OUTPUT_BYTES_MAX = 65_536;

/** Of streams that are never used as such. */
const CHUNK_BYTES = 64;

/** Used from the start to the end of a call, so one serves all. */
const output = Buffer.allocUnsafeSlow(OUTPUT_BYTES_MAX);

/** What a zlib stream holds of which Node does not speak. */
interface ZlibParts {
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
  /** After a write: room left in the output, bytes left of the input. */
  readonly _writeState: Uint32Array;
}

type Context = (DeflateRaw | InflateRaw) & ZlibParts;

/** By what they were made with; one of each for the whole thread. */
const deflating = new Map<number, Context>();
const inflating = new Map<number, Context>();

/** Ends with the empty block of a sync flush. */
export function deflateKept(
  plain: Uint8Array,
  terms: DeflateContextOptions,
): Uint8Array | undefined {
  if (!isSupported()) return undefined;
  const { windowBits, level, memLevel } = terms;
  const context = find(deflating, windowBits | (level << 4) | (memLevel << 8), () =>
    createDeflateRaw({ ...terms, chunkSize: CHUNK_BYTES }),
  );
  return run(context, constants.Z_SYNC_FLUSH, plain, OUTPUT_BYTES_MAX);
}

/** A whole stream, to its end. */
export function inflateKept(
  stream: Uint8Array,
  { windowBits, outputBytesEnd }: InflateContextOptions,
): Uint8Array | undefined {
  if (!isSupported()) return undefined;
  const context = find(inflating, windowBits, () =>
    createInflateRaw({ windowBits, chunkSize: CHUNK_BYTES }),
  );
  return run(context, constants.Z_FINISH, stream, Math.min(outputBytesEnd, OUTPUT_BYTES_MAX));
}

function find(
  contexts: Map<number, Context>,
  terms: number,
  create: () => DeflateRaw | InflateRaw,
): Context {
  const kept = contexts.get(terms);
  if (kept !== undefined && !kept.destroyed) return kept;
  // `isSupported` has seen that it holds these.
  const context = create() as Context;
  // A fault ends it; which one it was, the documented ways tell.
  context.on('error', () => {});
  contexts.set(terms, context);
  return context;
}

function run(
  context: Context,
  flush: number,
  input: Uint8Array,
  outputBytesEnd: number,
): Uint8Array | undefined {
  context.reset();
  context._handle.writeSync(flush, input, 0, input.length, output, 0, outputBytesEnd);
  const [outputBytesLeft = 0, inputBytesLeft = 0] = context._writeState;
  if (context.destroyed || outputBytesLeft === 0 || inputBytesLeft > 0) return undefined;
  return Buffer.from(output.subarray(0, outputBytesEnd - outputBytesLeft));
}

let isKnownToWork: boolean | undefined;

/** Whether this Node compresses and inflates as the documented ways do. */
function isSupported(): boolean {
  if (isKnownToWork === undefined) {
    // While it is tried it passes for supported.
    isKnownToWork = true;
    isKnownToWork = tryOut();
  }
  return isKnownToWork;
}

function tryOut(): boolean {
  const plain = Buffer.from('Hello, hello');
  const terms = { windowBits: 15, level: 6, memLevel: 8 };
  try {
    const expected = deflateRawSync(plain, { ...terms, finishFlush: constants.Z_SYNC_FLUSH });
    const whole = deflateRawSync(plain);
    // Twice: the second message finds a context that has served.
    return [1, 2].every(() => {
      const deflated = deflateKept(plain, terms);
      const inflated = inflateKept(whole, { windowBits: 15, outputBytesEnd: 100 });
      return deflated && inflated && expected.equals(deflated) && plain.equals(inflated);
    });
  } catch {
    return false;
  }
}
