/**
 * Masking: XOR with a 4-byte key that repeats (RFC 6455 section 5.3).
 *
 * The same function masks and unmasks. It hides nothing: the key travels with
 * the frame; it only keeps a client from choosing the bytes on the wire.
 */
import { loadSimdMask, type MaskBytes } from './simd-mask.ts';

/** Below this, the way into the function costs more than it saves (measured). */
const SIMD_BYTES_MIN = 128;

const HIGH_BIT = 0x80;

const maskMany: MaskBytes = loadSimdMask() ?? maskBytes;

/**
 * Applies `key` to `bytes` in place; tells whether all of them are ASCII then.
 *
 * `key` holds the four bytes in wire order, first byte on top. `phase` is how
 * many bytes of the payload came before these, so that a payload can be done in pieces.
 */
export function applyMask(bytes: Uint8Array, key: number, phase = 0): boolean {
  const keyFromLowest = reverseBytes(rotateLeft(key, phase));
  const mask = bytes.length < SIMD_BYTES_MIN ? maskBytes : maskMany;
  return !mask(bytes, keyFromLowest);
}

/** Four bytes at a time; tells whether one of them has its high bit set afterwards. */
function maskBytes(bytes: Uint8Array, key: number): boolean {
  const [key0, key1, key2, key3] = [
    key & 0xff,
    (key >>> 8) & 0xff,
    (key >>> 16) & 0xff,
    key >>> 24,
  ];
  const end = bytes.length - (bytes.length & 3);
  let seen = 0;
  let index = 0;
  for (; index < end; index += 4) {
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
  for (; index < bytes.length; index += 1) {
    const byte = (bytes[index] ?? 0) ^ ((key >>> ((index & 3) << 3)) & 0xff);
    bytes[index] = byte;
    seen |= byte;
  }
  return (seen & HIGH_BIT) !== 0;
}

function rotateLeft(key: number, byteCount: number): number {
  const bits = (byteCount & 3) * 8;
  return bits === 0 ? key : (key << bits) | (key >>> (32 - bits));
}

/** The first byte of the payload meets the lowest byte of the result. */
function reverseBytes(key: number): number {
  return (key << 24) | ((key & 0xff00) << 8) | ((key >>> 8) & 0xff00) | (key >>> 24);
}
