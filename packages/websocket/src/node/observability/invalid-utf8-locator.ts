/**
 * Locates the first byte of a text message that is not UTF-8. The receiver makes all decisions;
 * compressed messages are not inspected.
 */
import { COMPRESSED_BIT } from '../../protocol/deflate-parameters.ts';
import type { FrameHeader } from '../../protocol/frame-header.ts';
import { OPCODES } from '../../protocol/opcodes.ts';
import { Utf8Validator } from '../../protocol/utf8-validator.ts';

export class InvalidUtf8Locator {
  #messageBytes = 0;
  #isFinal = false;
  #text: TextCheck | undefined;

  get isPlainText(): boolean {
    return this.#text !== undefined;
  }

  /** A data frame begins. */
  begin({ opcode, isFinal, payloadBytes, reservedBits }: FrameHeader): void {
    if (opcode !== OPCODES.continuation) {
      const isPlainText = opcode === OPCODES.text && (reservedBits & COMPRESSED_BIT) === 0;
      this.#messageBytes = 0;
      this.#text = isPlainText ? new TextCheck() : undefined;
    }
    this.#messageBytes += payloadBytes;
    this.#isFinal = isFinal;
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

class TextCheck {
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
