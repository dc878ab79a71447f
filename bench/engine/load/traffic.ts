/**
 * The messages to send and the expected answers, prepared before the measurement: a
 * few different messages, repeated.
 */
import { deflateRawSync } from 'node:zlib';
import { DIALECTS, type DialectName } from './dialect.ts';
import { encodeFrame, OPCODES } from './frames.ts';

interface TrafficOptions {
  readonly dialect: DialectName;
  readonly payloadBytes: number;
  /** JSON instead of plain letters, sent compressed. */
  readonly deflate: boolean;
  /** Number of different messages that take turns. */
  readonly variety: number;
}

/** The messages in order; after the last, the first follows again. */
export interface Cycle {
  readonly frames: readonly Buffer[];
}

interface Traffic {
  readonly texts: readonly string[];
  readonly requests: Cycle;
  /** Absent for `deflate`: servers may compress differently. */
  readonly answers: Cycle | undefined;
}

export function makeTraffic({ dialect, payloadBytes, deflate, variety }: TrafficOptions): Traffic {
  const { wrap, answer } = DIALECTS[dialect];
  const texts = Array.from({ length: variety }, (_, index) =>
    deflate ? makeJson(payloadBytes, index) : makeLetters(payloadBytes, index),
  );
  const requests = texts.map((text, index) => {
    const payload = Buffer.from(wrap(text));
    // Any key except zeros, with which unmasking would be a no-op.
    const maskKey = Uint8Array.of(0x37, 0xfa, 0x21, 0x3d + index);
    return encodeFrame(deflate ? deflateMessage(payload) : payload, {
      opcode: OPCODES.text,
      isDeflated: deflate,
      maskKey,
    });
  });
  const answers = texts.map((text, index) => answer(text, requests[index] ?? Buffer.alloc(0)));
  return {
    texts,
    requests: { frames: requests },
    answers: deflate ? undefined : { frames: answers },
  };
}

function makeLetters(byteCount: number, seed: number): string {
  const letters = Buffer.alloc(byteCount);
  for (let index = 0; index < byteCount; index += 1)
    letters[index] = 97 + ((index * 7 + seed) % 26);
  return letters.toString('latin1');
}

/** A page of chat messages, cut to size inside its last text. */
function makeJson(byteCount: number, seed: number): string {
  const messages = Array.from({ length: Math.ceil(byteCount / 100) }, (_, index) => ({
    id: `01J${(seed * 7_919 + index * 104_729).toString(36).padStart(10, '0')}`,
    sender: ['alice', 'bob', 'carol'][(seed + index) % 3],
    sequence: 1_000 + seed * 100 + index,
    content: 'see you in the lobby at nine',
  }));
  const text = JSON.stringify({ type: 'history', messages });
  return `${text.slice(0, byteCount - 4)}"}]}`;
}

/** RFC 7692 section 7.2.1: flushed at the end, without the last four bytes. */
function deflateMessage(payload: Buffer): Buffer {
  const flushed = deflateRawSync(payload, { finishFlush: 2 });
  return flushed.subarray(0, flushed.length - 4);
}
