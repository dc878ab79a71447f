/** Validates UTF-8 as it arrives, by the range of each second byte (RFC 3629 section 4). */
import { isUtf8 } from 'node:buffer';

/** Below this size the call of `isUtf8` costs more than the loop. */
const WHOLE_CHECK_BYTES_MIN = 32;

const CONTINUATION_MIN = 0x80;
const CONTINUATION_MAX = 0xbf;

export class Utf8Validator {
  #needed = 0;
  #min = CONTINUATION_MIN;
  #max = CONTINUATION_MAX;
  /** Bytes before the first invalid one; may be set back where a text begins. */
  byteCount = 0;

  /** Whether the text may still be valid after these bytes, or is, if they are its last. */
  push(bytes: Uint8Array, isEnd = false): boolean {
    const end = this.#findEnd(bytes);
    this.byteCount += end;
    return end === bytes.length && !(isEnd && this.#needed > 0);
  }

  #findEnd(bytes: Uint8Array): number {
    let index = 0;
    while (this.#needed > 0 && index < bytes.length) {
      if (!this.#accept(bytes[index] ?? 0)) return index;
      index += 1;
    }

    if (bytes.length - index >= WHOLE_CHECK_BYTES_MIN) {
      const end = bytes.length - openTailBytes(bytes);
      // Otherwise the loop finds the invalid byte.
      if (isUtf8(bytes.subarray(index, end))) index = end;
    }

    for (; index < bytes.length; index += 1) {
      const byte = bytes[index] ?? 0;
      if (byte < 0x80 && this.#needed === 0) continue;
      if (!this.#accept(byte)) return index;
    }
    return bytes.length;
  }

  #accept(byte: number): boolean {
    if (this.#needed === 0) return this.#begin(byte);
    if (byte < this.#min || byte > this.#max) return false;
    this.#needed -= 1;
    this.#min = CONTINUATION_MIN;
    this.#max = CONTINUATION_MAX;
    return true;
  }

  #begin(byte: number): boolean {
    this.#needed = characterBytes(byte) - 1;
    if (byte === 0xe0) this.#min = 0xa0; // Below: overlong.
    if (byte === 0xed) this.#max = 0x9f; // Above: surrogates.
    if (byte === 0xf0) this.#min = 0x90; // Below: overlong.
    if (byte === 0xf4) this.#max = 0x8f; // Above: beyond U+10FFFF.
    return this.#needed >= 0;
  }
}

/** The length of a character by its first byte; 0 for an invalid first byte. */
function characterBytes(first: number): number {
  if (first < 0x80) return 1;
  if (first < 0xc2) return 0; // A continuation byte, or overlong whatever follows.
  if (first < 0xe0) return 2;
  if (first < 0xf0) return 3;
  return first <= 0xf4 ? 4 : 0;
}

/** Bytes at the end that belong to a character that continues in the next piece. */
function openTailBytes(bytes: Uint8Array): number {
  for (let tail = 1; tail <= 3; tail += 1) {
    const byte = bytes[bytes.length - tail] ?? 0;
    if (byte >= 0xc0) return characterBytes(byte) > tail ? tail : 0;
    if (byte < 0x80) return 0;
  }
  return 0;
}
