/**
 * Masking: XOR with a 4-byte key that repeats (RFC 6455 section 5.3).
 *
 * The same function masks and unmasks. It hides nothing: the key travels with
 * the frame; it only keeps a client from choosing the bytes on the wire.
 */

/** Below this, setting up a view over whole words costs more than it saves (measured). */
const WORDWISE_BYTES_MIN = 32;

const IS_LITTLE_ENDIAN = new Uint8Array(new Uint32Array([1]).buffer)[0] === 1;

/**
 * Applies `key` to `bytes` in place, four bytes at a time where they are aligned.
 *
 * `key` holds the four bytes in wire order, first byte on top. `phase` is how
 * many bytes of the payload came before these, so that a payload can be done in pieces.
 */
export function applyMask(bytes: Uint8Array, key: number, phase = 0): void {
  const shifted = rotateLeft(key, phase);
  let index = 0;

  if (bytes.length >= WORDWISE_BYTES_MIN) {
    const lead = -bytes.byteOffset & 3;
    for (; index < lead; index += 1) maskByte(bytes, index, shifted);

    const word = toNativeOrder(rotateLeft(shifted, lead));
    const wordCount = (bytes.length - lead) >>> 2;
    const words = new Uint32Array(bytes.buffer, bytes.byteOffset + lead, wordCount);
    for (let at = 0; at < wordCount; at += 1) words[at] = (words[at] ?? 0) ^ word;
    index = lead + wordCount * 4;
  }

  for (; index < bytes.length; index += 1) maskByte(bytes, index, shifted);
}

function maskByte(bytes: Uint8Array, index: number, key: number): void {
  bytes[index] = (bytes[index] ?? 0) ^ (key >>> (24 - 8 * (index & 3)));
}

function rotateLeft(key: number, byteCount: number): number {
  const bits = (byteCount & 3) * 8;
  return bits === 0 ? key : (key << bits) | (key >>> (32 - bits));
}

function toNativeOrder(key: number): number {
  if (!IS_LITTLE_ENDIAN) return key;
  return (key << 24) | ((key & 0xff00) << 8) | ((key >>> 8) & 0xff00) | (key >>> 24);
}
