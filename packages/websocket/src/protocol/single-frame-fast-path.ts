/** The fast path: a client's uncompressed message in one frame, complete in the read. */
import type { Violation } from './errors.ts';
import { type HeaderRules, MASK_BIT, readUint32 } from './frame-header.ts';
import { maskRange } from './mask.ts';
import { type AssemblerRules, handOut, type Message } from './message-assembler.ts';
import { OPCODES } from './opcodes.ts';
import { isUtf8 } from './utf8-validator.ts';

const FINAL_TEXT = 0x80 | OPCODES.text;
const FINAL_BINARY = 0x80 | OPCODES.binary;
const MASK_KEY_BYTES = 4;
const SHORT_HEADER_BYTES = 2 + MASK_KEY_BYTES;

const SHORT_LENGTH_END = 126;

export type SingleFrameRules = HeaderRules & AssemblerRules;

/**
 * Reads the message whose frame begins at `offset`, unmasked in place; `undefined`: another case.
 */
export function readSingleFrameMessage(
  bytes: Uint8Array,
  offset: number,
  rules: SingleFrameRules,
  bytesEnd = bytes.length,
): Message | Violation | undefined {
  if (bytesEnd - offset < SHORT_HEADER_BYTES) return undefined;
  const first = bytes[offset];
  const second = bytes[offset + 1] ?? 0;
  if (first !== FINAL_TEXT && first !== FINAL_BINARY) return undefined;
  if (second < MASK_BIT || rules.sender !== 'client') return undefined;

  let payloadBytes = second - MASK_BIT;
  let keyStart = offset + 2;
  if (payloadBytes >= SHORT_LENGTH_END) {
    payloadBytes = readLength(bytes, keyStart, payloadBytes);
    keyStart += 2;
  }
  const start = keyStart + MASK_KEY_BYTES;
  const end = start + payloadBytes;
  if (end > bytesEnd) return undefined;
  if (payloadBytes > rules.payloadBytesMax || payloadBytes > rules.messageBytesMax)
    return undefined;

  const isAscii = maskRange(bytes, readUint32(bytes, keyStart), start, end);
  const isBinary = first === FINAL_BINARY;
  const data = handOut(rules, bytes, start, end);
  if (!isBinary && !isAscii && !isUtf8(data, rules.isWholeUtf8)) {
    return { kind: 'violation', code: 'INVALID_UTF8' };
  }
  return { kind: 'message', isBinary, data };
}

export function wholeHeaderBytes(payloadBytes: number): number {
  return payloadBytes < SHORT_LENGTH_END ? SHORT_HEADER_BYTES : SHORT_HEADER_BYTES + 2;
}

/** A 16-bit length; a longer or non-minimal form returns more bytes than any read has. */
function readLength(bytes: Uint8Array, offset: number, lengthCode: number): number {
  const length = ((bytes[offset] ?? 0) << 8) | (bytes[offset + 1] ?? 0);
  const isPlain = lengthCode === SHORT_LENGTH_END && length >= SHORT_LENGTH_END;
  return isPlain ? length : Number.POSITIVE_INFINITY;
}
