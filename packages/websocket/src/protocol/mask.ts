/**
 * Masking: XOR with a repeating 4-byte key (RFC 6455 section 5.3).
 *
 * The same function masks and unmasks. Masking is not encryption: the key travels with
 * the frame; it only keeps a client from choosing the bytes on the wire.
 */
import { loadSimdMask, type MaskRange } from './simd-mask.ts';

/** Below this size the call into the function costs more than it saves (measured). */
const SIMD_BYTES_MIN = 128;

const HIGH_BIT = 0x80;

const simd = loadSimdMask();
const maskMany: MaskRange = simd?.mask ?? maskBytes;

/**
 * Bytes that are read into this buffer are masked without a copy; `undefined` on a platform
 * without vector instructions. There is only one: a reader may use it until it returns
 * control to the event loop.
 */
export const MASK_BUFFER: Uint8Array | undefined = simd?.room;

/**
 * Applies `key` to `bytes` in place; returns whether all of them are ASCII afterwards.
 *
 * `key` holds the four bytes in wire order, first byte highest. `phase` is the number of
 * payload bytes before these, so that a payload can be masked in pieces.
 */
export function applyMask(bytes: Uint8Array, key: number, phase = 0): boolean {
  return maskRange(bytes, rotateKey(key, phase), 0, bytes.length);
}

/** The key, rotated for the data after `byteCount` bytes of a payload. */
export function rotateKey(key: number, byteCount: number): number {
  const bits = (byteCount & 3) * 8;
  return bits === 0 ? key : (key << bits) | (key >>> (32 - bits));
}

/** Like `applyMask`, for the bytes from `start` to `end`, which begin a payload. */
export function maskRange(bytes: Uint8Array, key: number, start: number, end: number): boolean {
  const isWorthCopying = end - start >= SIMD_BYTES_MIN;
  const mask = isWorthCopying || bytes === MASK_BUFFER ? maskMany : maskBytes;
  return !mask(bytes, reverseBytes(key), start, end);
}

/** Masks four bytes at a time; returns whether one of them has its high bit set afterwards. */
function maskBytes(bytes: Uint8Array, key: number, start: number, end: number): boolean {
  const [key0, key1, key2, key3] = [
    key & 0xff,
    (key >>> 8) & 0xff,
    (key >>> 16) & 0xff,
    key >>> 24,
  ];
  const wordsEnd = end - ((end - start) & 3);
  let seen = 0;
  let index = start;
  for (; index < wordsEnd; index += 4) {
    const byte0 = (bytes[index] ?? 0) ^ key0;
    const byte1 = (bytes[index + 1] ?? 0) ^ key1;
    const byte2 = (bytes[index + 2] ?? 0) ^ key2;
    const byte3 = (bytes[index + 3] ?? 0) ^ key3;
    bytes[index] = byte0;
    bytes[index + 1] = byte1;
    bytes[index + 2] = byte2;
    bytes[index + 3] = byte3;
    seen |= byte0 | byte1 | byte2 | byte3;
  }
  for (; index < end; index += 1) {
    const byte = (bytes[index] ?? 0) ^ ((key >>> (((index - start) & 3) << 3)) & 0xff);
    bytes[index] = byte;
    seen |= byte;
  }
  return (seen & HIGH_BIT) !== 0;
}

/** Reverses the key: the first payload byte uses the lowest byte of the result. */
function reverseBytes(key: number): number {
  return (key << 24) | ((key & 0xff00) << 8) | ((key >>> 8) & 0xff00) | (key >>> 24);
}
