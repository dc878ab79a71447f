/**
 * Creates connection ids: UUIDs of version 4 (RFC 9562), from pooled random bytes.
 *
 * The platform's `randomUUID` joins its text from 20 small strings, and V8 keeps all of them, half
 * a kilobyte, for as long as the id lives. Here the id is written byte by byte and read as one flat
 * string.
 */
import { Buffer } from 'node:buffer';
import { randomFillSync } from 'node:crypto';

const ID_BYTES = 16;
const POOLED_IDS = 128;
/** A hyphen follows after these bytes. */
const GROUP_ENDS: ReadonlySet<number> = new Set([3, 5, 7, 9]);
const HEX = Buffer.from('0123456789abcdef', 'latin1');
const HYPHEN = 0x2d;

const pool = Buffer.alloc(ID_BYTES * POOLED_IDS);
const text = Buffer.alloc(36);
let next = pool.length;

export function createConnectionId(): string {
  if (next === pool.length) {
    randomFillSync(pool);
    next = 0;
  }
  let at = 0;
  for (let index = 0; index < ID_BYTES; index += 1) {
    const byte = markVersion(pool[next + index] ?? 0, index);
    text[at] = HEX[byte >> 4] ?? 0;
    text[at + 1] = HEX[byte & 0x0f] ?? 0;
    at += 2;
    if (!GROUP_ENDS.has(index)) continue;
    text[at] = HYPHEN;
    at += 1;
  }
  next += ID_BYTES;
  return text.toString('latin1');
}

function markVersion(byte: number, index: number): number {
  if (index === 6) return (byte & 0x0f) | 0x40;
  if (index === 8) return (byte & 0x3f) | 0x80;
  return byte;
}
