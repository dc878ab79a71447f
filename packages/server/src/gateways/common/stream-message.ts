/**
 * The messages of a WebSocket with streams: the number of a stream, a mark, and the rest.
 * `7+` opens stream 7, `7 {…}` is a frame of it, `7-1000 REASON` closes it.
 */
import { Buffer } from 'node:buffer';
import { NO_STATUS_CLOSE_CODE } from './close-codes.ts';

type StreamMessage =
  | { readonly kind: 'open'; readonly stream: number }
  | { readonly kind: 'frame'; readonly stream: number; readonly frame: Buffer }
  | {
      readonly kind: 'close';
      readonly stream: number;
      readonly code: number;
      readonly reason: string;
    };

/** Digits of a stream's number. */
const DIGITS_MAX = 9;
/** The same as in a close frame. */
const REASON_BYTES_MAX = 123;

const ZERO = 0x30;
const MARKS = { open: 0x2b, close: 0x2d, frame: 0x20 } as const;

/** Parses a message at a cost that does not depend on its length; undefined if it is malformed. */
export function parseStreamMessage(data: Buffer): StreamMessage | undefined {
  let digits = 0;
  let stream = 0;
  while (digits <= DIGITS_MAX) {
    const digit = (data[digits] ?? 0) - ZERO;
    if (!(digit >= 0 && digit <= 9)) break;
    stream = stream * 10 + digit;
    digits += 1;
  }
  if (digits === 0 || digits > DIGITS_MAX || data[0] === ZERO) return undefined;
  const rest = data.subarray(digits + 1);
  switch (data[digits]) {
    case MARKS.frame:
      return { kind: 'frame', stream, frame: rest };
    case MARKS.open:
      return rest.length === 0 ? { kind: 'open', stream } : undefined;
    case MARKS.close:
      return parseClose(stream, rest);
    default:
      return undefined;
  }
}

function parseClose(stream: number, rest: Buffer): StreamMessage | undefined {
  if (rest.length === 0) return { kind: 'close', stream, code: NO_STATUS_CLOSE_CODE, reason: '' };
  if (rest.length > '1000 '.length + REASON_BYTES_MAX) return undefined;
  const [, code, reason = ''] = /^([1-4]\d{3})(?: (.*))?$/s.exec(rest.toString()) ?? [];
  return code === undefined ? undefined : { kind: 'close', stream, code: Number(code), reason };
}

/** The beginning of each frame of a stream. */
export function streamPrefix(stream: number): Buffer {
  return Buffer.from(`${stream} `);
}

export function encodeStreamClose(stream: number, code: number, reason: string): string {
  return `${stream}-${code} ${reason}`;
}
