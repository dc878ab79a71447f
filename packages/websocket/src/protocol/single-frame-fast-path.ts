/**
 * The fast path: a client's uncompressed messages, each in one frame that is complete in the read.
 * Those in a row are unmasked together, so that the application gets them with one copy.
 */
import { isUtf8 } from 'node:buffer';
import type { Violation } from './errors.ts';
import { MASK_BIT, MASK_KEY_BYTES, readUint32 } from './frame-header.ts';
import { applyMask } from './mask.ts';
import type { HandOut, Message, ReceiverOptions } from './message-assembler.ts';
import { OPCODES } from './opcodes.ts';

const FINAL_TEXT = 0x80 | OPCODES.text;
const FINAL_BINARY = 0x80 | OPCODES.binary;
const SHORT_HEADER_BYTES = 2 + MASK_KEY_BYTES;

const SHORT_LENGTH_END = 126;

/** Of frames in a row, if there are several: a message that is kept also keeps the others. */
const RUN_BYTES_MAX = 8_192;

export class SingleFrameRun {
  /** Of its frames that were not returned yet. */
  #bytesLeft = 0;
  #isAscii = true;
  #handOut: HandOut | undefined;

  /** The message whose frame begins at `offset`, unmasked in place; `undefined`: another case. */
  next(
    bytes: Uint8Array,
    offset: number,
    bytesEnd: number,
    rules: ReceiverOptions,
  ): Message | Violation | undefined {
    if (this.#bytesLeft === 0 && rules.sender === 'client') {
      this.#unmask(bytes, offset, bytesEnd, rules);
    }
    if (this.#bytesLeft === 0) return undefined;
    const payloadBytes = readLength(bytes, offset);
    const start = offset + headerBytes(payloadBytes);
    const end = start + payloadBytes;
    const isLast = end - offset === this.#bytesLeft;
    if (!isLast) this.#handOut ??= rules.handOutRun?.(bytes, start, offset + this.#bytesLeft);
    const data = this.#handOut?.(start, end) ?? rules.handOut(bytes, start, end);
    if (isLast) this.#handOut = undefined;
    this.#bytesLeft -= end - offset;
    const isBinary = bytes[offset] === FINAL_BINARY;
    if (!isBinary && !this.#isAscii && !isUtf8(data)) {
      return { kind: 'violation', code: 'INVALID_UTF8' };
    }
    return { kind: 'message', isBinary, data };
  }

  /** The bytes after the last message were moved. */
  handleMove(): void {
    this.#handOut = undefined;
  }

  #unmask(bytes: Uint8Array, offset: number, bytesEnd: number, rules: ReceiverOptions): void {
    this.#isAscii = true;
    let at = offset;
    while (bytesEnd - at >= SHORT_HEADER_BYTES) {
      const first = bytes[at];
      if (first !== FINAL_TEXT && first !== FINAL_BINARY) break;
      if ((bytes[at + 1] ?? 0) < MASK_BIT) break;
      const payloadBytes = readLength(bytes, at);
      const start = at + headerBytes(payloadBytes);
      const end = start + payloadBytes;
      if (end > bytesEnd || (at > offset && end - offset > RUN_BYTES_MAX)) break;
      if (payloadBytes > rules.payloadBytesMax || payloadBytes > rules.messageBytesMax) break;
      const isAscii = applyMask(bytes, readUint32(bytes, start - MASK_KEY_BYTES), start, end);
      if (!isAscii && first === FINAL_TEXT) this.#isAscii = false;
      at = end;
    }
    this.#bytesLeft = at - offset;
  }
}

export function headerBytes(payloadBytes: number): number {
  return payloadBytes < SHORT_LENGTH_END ? SHORT_HEADER_BYTES : SHORT_HEADER_BYTES + 2;
}

/** The length in a header of 6 or 8 bytes; any other form has more bytes than a read. */
function readLength(bytes: Uint8Array, offset: number): number {
  const code = (bytes[offset + 1] ?? 0) - MASK_BIT;
  if (code < SHORT_LENGTH_END) return code;
  const length = ((bytes[offset + 2] ?? 0) << 8) | (bytes[offset + 3] ?? 0);
  const isPlain = code === SHORT_LENGTH_END && length >= SHORT_LENGTH_END;
  return isPlain ? length : Number.POSITIVE_INFINITY;
}
