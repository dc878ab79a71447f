/** Decodes a BlurHash. */
import { decode } from 'blurhash';

const CHARACTERS = /^[\w#$%*+,.:;=?@[\]^{|}~-]+$/;

/** Of a square, from its first row, four bytes each; undefined for a malformed hash. */
export function blurPixels(
  hash: unknown,
  side: number,
): Uint8ClampedArray<ArrayBuffer> | undefined {
  if (typeof hash !== 'string' || !CHARACTERS.test(hash)) return undefined;
  try {
    return decode(hash, side, side) as Uint8ClampedArray<ArrayBuffer>;
  } catch {
    // It has another length than it says.
    return undefined;
  }
}
