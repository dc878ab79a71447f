/**
 * Follows the messages of one direction: the number of each fragment, and the position at which a
 * text stops being UTF-8. The receiver makes all decisions; compressed messages are not inspected.
 */
import { COMPRESSED_BIT } from '../../protocol/deflate-parameters.ts';
import type { FrameHeader } from '../../protocol/frame-header.ts';
import { OPCODES } from '../../protocol/opcodes.ts';
import { Utf8Validator } from '../../protocol/utf8-validator.ts';

export interface FragmentPosition {
  /** From 1. */
  readonly fragment: number;
  /** Bytes of the message, including this frame. */
  readonly messageBytes: number;
}

export class FragmentTracker {
  #fragment = 0;
  #messageBytes = 0;
  #isFinal = false;
  #text: TextTrace | undefined;

  get isPlainText(): boolean {
    return this.#text !== undefined;
  }

  /** A data frame begins; `undefined` for a message in one frame. */
  begin({
    opcode,
    isFinal,
    payloadBytes,
    reservedBits,
  }: FrameHeader): FragmentPosition | undefined {
    if (opcode !== OPCODES.continuation) {
      const isPlainText = opcode === OPCODES.text && (reservedBits & COMPRESSED_BIT) === 0;
      this.#fragment = 0;
      this.#messageBytes = 0;
      this.#text = isPlainText ? new TextTrace() : undefined;
    }
    this.#fragment += 1;
    this.#messageBytes += payloadBytes;
    this.#isFinal = isFinal;
    if (isFinal && this.#fragment === 1) return undefined;
    return { fragment: this.#fragment, messageBytes: this.#messageBytes };
  }

  /**
   * The position of the first byte that is not valid in the text, or of its end if that splits a
   * character. The bytes continue those before.
   */
  findInvalidByte(bytes: Uint8Array): number | undefined {
    const position = this.#text?.findInvalidByte(bytes);
    if (position !== undefined || this.#text === undefined) return position;
    const { byteCount, isComplete } = this.#text;
    const isAtEnd = this.#isFinal && byteCount === this.#messageBytes;
    return isAtEnd && !isComplete ? byteCount : undefined;
  }
}

class TextTrace {
  readonly #ahead = new Utf8Validator();
  /** Repeats the check byte by byte, only after `#ahead` has found an error. */
  readonly #behind = new Utf8Validator();
  #byteCount = 0;

  get byteCount(): number {
    return this.#byteCount;
  }

  get isComplete(): boolean {
    return this.#ahead.isComplete;
  }

  findInvalidByte(bytes: Uint8Array): number | undefined {
    if (this.#ahead.push(bytes)) {
      this.#behind.push(bytes);
      this.#byteCount += bytes.length;
      return undefined;
    }
    const index = bytes.findIndex((byte) => !this.#behind.push(Uint8Array.of(byte)));
    return this.#byteCount + index;
  }
}
