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
  /** Present for plain text. */
  #text: Utf8Validator | undefined;

  /** A data frame begins. */
  begin({ opcode, isFinal, payloadBytes, reservedBits }: FrameHeader): void {
    if (opcode !== OPCODES.continuation) {
      const isPlainText = opcode === OPCODES.text && (reservedBits & COMPRESSED_BIT) === 0;
      this.#messageBytes = 0;
      this.#text = isPlainText ? new Utf8Validator() : undefined;
    }
    this.#messageBytes += payloadBytes;
    this.#isFinal = isFinal;
  }

  /**
   * The position of the first byte that is not valid in the text, or of its end if that splits a
   * character. The bytes continue those before.
   */
  findInvalidByte(bytes: Uint8Array): number | undefined {
    const text = this.#text;
    if (text === undefined) return undefined;
    if (!text.push(bytes)) return text.byteCount;
    const isAtEnd = this.#isFinal && text.byteCount === this.#messageBytes;
    return isAtEnd && !text.isComplete ? text.byteCount : undefined;
  }
}
