/**
 * The frames that an end sent, line by line: `text hello`, `pong`, `close 1002`.
 *
 * Parses frames in the simplest way, and shares no code with the engine. Messages
 * are assembled from their fragments, and inflated if compressed.
 */
import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { constants, inflateRawSync } from 'node:zlib';

interface Frame {
  readonly isFinal: boolean;
  readonly isDeflated: boolean;
  readonly opcode: number;
  readonly payload: Buffer;
}

/** Omitted by a sender after each compressed message (RFC 7692 section 7.2.1). */
const DEFLATE_TAIL = Buffer.from([0x00, 0x00, 0xff, 0xff]);

const SHOWN_BYTES_MAX = 64;

export class Transcript {
  readonly lines: string[] = [];
  readonly #isMasked: boolean;
  #bytes = Buffer.alloc(0);
  #message: { opcode: number; isDeflated: boolean; pieces: Buffer[] } | undefined;
  /** All deflated bytes so far: a message may refer to earlier ones. */
  #deflated = Buffer.alloc(0);
  #inflatedBytes = 0;
  #deflatedMessages = 0;

  /** From a client, whose frames are masked, or from a server, whose frames are not. */
  constructor(side: 'client' | 'server' = 'server') {
    this.#isMasked = side === 'client';
  }

  /** Number of messages that were compressed. */
  get deflatedMessages(): number {
    return this.#deflatedMessages;
  }

  push(chunk: Uint8Array): void {
    this.#bytes = Buffer.concat([this.#bytes, chunk]);
    for (;;) {
      const found = readFrame(this.#bytes, this.#isMasked);
      if (found === undefined) return;
      this.#bytes = this.#bytes.subarray(found.byteCount);
      this.#take(found.frame);
    }
  }

  #take(frame: Frame): void {
    if (frame.opcode >= 0x8) {
      assert(
        frame.isFinal && !frame.isDeflated,
        'a control frame is neither fragmented nor compressed',
      );
      this.lines.push(showControl(frame.opcode, frame.payload));
      return;
    }
    if (this.#message === undefined) {
      assert.notEqual(frame.opcode, 0x0, 'a message starts with its type');
      this.#message = { opcode: frame.opcode, isDeflated: frame.isDeflated, pieces: [] };
    } else {
      assert.equal(frame.opcode, 0x0, 'a message continues with continuation frames');
      assert(!frame.isDeflated, 'the first frame alone is marked');
    }
    this.#message.pieces.push(frame.payload);
    if (!frame.isFinal) return;
    const { opcode, isDeflated, pieces } = this.#message;
    const payload = Buffer.concat(pieces);
    this.lines.push(showMessage(opcode, isDeflated ? this.#inflate(payload) : payload));
    this.#message = undefined;
  }

  #inflate(payload: Buffer): Buffer {
    this.#deflatedMessages += 1;
    this.#deflated = Buffer.concat([this.#deflated, payload, DEFLATE_TAIL]);
    const all = inflateRawSync(this.#deflated, { finishFlush: constants.Z_SYNC_FLUSH });
    const message = all.subarray(this.#inflatedBytes);
    this.#inflatedBytes = all.length;
    return message;
  }
}

/** The line for a message: its content if it is short, otherwise its length and hash. */
export function showMessage(opcode: number, payload: string | Uint8Array): string {
  assert(opcode === 0x1 || opcode === 0x2, `opcode ${opcode} begins no message`);
  const content = Buffer.from(payload);
  const type = opcode === 0x1 ? 'text' : 'binary';
  if (content.length === 0) return type;
  if (content.length > SHOWN_BYTES_MAX) {
    const hash = createHash('sha256').update(content).digest('hex').slice(0, 8);
    return `${type} of ${content.length} bytes, ${hash}`;
  }
  return `${type} ${opcode === 0x1 ? content.toString() : content.toString('hex')}`;
}

/** The line for a control frame; the reason is omitted. */
export function showControl(opcode: number, payload: Buffer): string {
  if (opcode === 0x8) return payload.length === 0 ? 'close' : `close ${payload.readUInt16BE(0)}`;
  assert(opcode === 0x9 || opcode === 0xa, `opcode ${opcode} is reserved`);
  const type = opcode === 0x9 ? 'ping' : 'pong';
  if (payload.length === 0) return type;
  return payload.length > SHOWN_BYTES_MAX
    ? `${type} of ${payload.length} bytes`
    : `${type} ${payload}`;
}

function readFrame(
  bytes: Buffer,
  isMasked: boolean,
): { readonly frame: Frame; readonly byteCount: number } | undefined {
  if (bytes.length < 2) return undefined;
  const [first = 0, second = 0] = bytes;
  assert.equal((second & 0x80) !== 0, isMasked, 'clients mask, servers do not');
  assert.equal(first & 0x30, 0, 'RSV2 and RSV3 are reserved');
  const code = second & 0x7f;
  const lengthBytes = code === 127 ? 8 : code === 126 ? 2 : 0;
  const headerBytes = 2 + lengthBytes + (isMasked ? 4 : 0);
  if (bytes.length < headerBytes) return undefined;
  const length =
    lengthBytes === 0
      ? code
      : bytes.readUIntBE(2 + Math.max(lengthBytes - 6, 0), Math.min(lengthBytes, 6));
  if (bytes.length < headerBytes + length) return undefined;
  const payload = Buffer.from(bytes.subarray(headerBytes, headerBytes + length));
  if (isMasked) {
    const key = bytes.subarray(headerBytes - 4, headerBytes);
    for (let at = 0; at < length; at += 1) payload[at] = (payload[at] ?? 0) ^ (key[at % 4] ?? 0);
  }
  const frame = {
    isFinal: (first & 0x80) !== 0,
    isDeflated: (first & 0x40) !== 0,
    opcode: first & 0x0f,
    payload,
  };
  return { frame, byteCount: headerBytes + length };
}
