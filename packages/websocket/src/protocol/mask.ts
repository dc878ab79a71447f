/** Masks and unmasks: XOR with a repeating 4-byte key (RFC 6455 section 5.3). */
import { loadSimdMask, type MaskRange } from './simd-mask.ts';

/** Below this size the call into the function costs more than it saves (measured). */
const SIMD_BYTES_MIN = 128;

const HIGH_BIT = 0x80;

const simd = loadSimdMask();
const maskMany: MaskRange = simd?.mask ?? maskBytes;

/**
 * Bytes read into this buffer are masked without a copy; `undefined` without vector instructions.
 * There is only one: a reader may use it until it returns control to the event loop.
 */
export const MASK_BUFFER: Uint8Array | undefined = simd?.room;

/**
 * Applies `key`, in wire order with the first byte highest, in place to the bytes from `start` to
 * `end`, which begin a payload; returns whether all of them are ASCII afterwards.
 */
export function applyMask(bytes: Uint8Array, key: number, start = 0, end = bytes.length): boolean {
  const isWorthCopying = end - start >= SIMD_BYTES_MIN;
  const mask = isWorthCopying || bytes === MASK_BUFFER ? maskMany : maskBytes;
  return !mask(bytes, reverseBytes(key), start, end);
}

/** The key, rotated for the data after `byteCount` bytes of a payload. */
export function rotateKey(key: number, byteCount: number): number {
  const bits = (byteCount & 3) * 8;
  return bits === 0 ? key : (key << bits) | (key >>> (32 - bits));
}

/** As the function of `simd-mask.ts`, in JavaScript: `key` has its first byte lowest. */
function maskBytes(bytes: Uint8Array, key: number, start: number, end: number): boolean {
  let rotated = key;
  let seen = 0;
  for (let index = start; index < end; index += 1) {
    const byte = (bytes[index] ?? 0) ^ (rotated & 0xff);
    bytes[index] = byte;
    seen |= byte;
    rotated = rotateKey(rotated, 3);
  }
  return (seen & HIGH_BIT) !== 0;
}

/** Reverses the key: the first payload byte uses the lowest byte of the result. */
function reverseBytes(key: number): number {
  return (key << 24) | ((key & 0xff00) << 8) | ((key >>> 8) & 0xff00) | (key >>> 24);
}
