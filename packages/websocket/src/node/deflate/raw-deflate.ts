/** Compresses one message with no more memory than it can use (RFC 7692 section 7.2.1). */
import { Buffer } from 'node:buffer';
import { promisify } from 'node:util';
import { constants, deflateRaw, deflateRawSync } from 'node:zlib';
import { ZLIB_WINDOW_BITS_MIN } from '../../protocol/deflate-parameters.ts';
import { type DeflateContextOptions, deflateInPooledContext } from './zlib-context-pool.ts';

/** `windowBits` is the largest window that was agreed; a message uses no more than it needs. */
type DeflateTask = DeflateContextOptions & { readonly history: Uint8Array | undefined };

/** A sync flush ends with an empty block, whose last four bytes are not sent (section 7.2.1). */
const TAIL_BYTES = 4;

/** zlib refers back at most its window less this much (its MIN_LOOKAHEAD). */
const WINDOW_MARGIN_BYTES = 262;

/** A window of 2^n bytes works well with a zlib memory level this much lower (measured). */
const WINDOW_BITS_ABOVE_MEM_LEVEL = 7;

const CHUNK_BYTES_MIN = 64;
const CHUNK_BYTES_MAX = 1_048_576;

const deflateInThread = promisify(deflateRaw);

/** The bytes are valid until the next call. */
export function rawDeflateSync(plain: Uint8Array, task: DeflateTask): Uint8Array {
  const options = toOptions(plain, task);
  const output = task.history === undefined ? deflateInPooledContext(plain, options) : undefined;
  return withoutTail(output ?? deflateRawSync(plain, options));
}

export async function rawDeflateAsync(plain: Uint8Array, task: DeflateTask): Promise<Uint8Array> {
  // A copy, as the application may transfer its memory while the thread reads.
  const input = Buffer.from(plain);
  return withoutTail(await deflateInThread(input, toOptions(input, task)));
}

export function usefulWindowBits(byteCount: number, windowBitsMax: number): number {
  const bits = 32 - Math.clz32(byteCount + WINDOW_MARGIN_BYTES - 1);
  return Math.min(Math.max(bits, ZLIB_WINDOW_BITS_MIN), windowBitsMax);
}

function toOptions(plain: Uint8Array, { history, level, memLevel, windowBits }: DeflateTask) {
  const usedBits = usefulWindowBits(plain.length + (history?.length ?? 0), windowBits);
  return {
    level,
    windowBits: usedBits,
    memLevel: Math.min(memLevel, usedBits - WINDOW_BITS_ABOVE_MEM_LEVEL),
    // Space for all of the output, if it shrinks.
    chunkSize: Math.min(plain.length + CHUNK_BYTES_MIN, CHUNK_BYTES_MAX),
    finishFlush: constants.Z_SYNC_FLUSH,
    dictionary: history,
  };
}

function withoutTail(output: Uint8Array): Uint8Array {
  return output.subarray(0, output.length - TAIL_BYTES);
}
