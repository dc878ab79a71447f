/**
 * Follows the messages of one direction: which part of its message a frame is, and where a text
 * stops being UTF-8. It judges nothing that the receiver judges; what is compressed it does not
 * look into. Requirement WS-248.
 */
import { COMPRESSED_BIT } from '../../protocol/deflate-parameters.ts';
import type { FrameHeader } from '../../protocol/frame-header.ts';
import { OPCODES } from '../../protocol/opcodes.ts';
import { Utf8Validator } from '../../protocol/utf8-validator.ts';

export interface MessagePart {
  /** From 1. */
  readonly fragment: number;
  /** Of the message, this frame included. */
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
  begin({ opcode, isFinal, payloadBytes, reservedBits }: FrameHeader): MessagePart | undefined {
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
   * The position of the first byte that cannot be in the text, or of its end if that cuts a
   * character. The bytes follow those before.
   */
  findFault(bytes: Uint8Array): number | undefined {
    const position = this.#text?.findFault(bytes);
    if (position !== undefined || this.#text === undefined) return position;
    const { byteCount, isComplete } = this.#text;
    const isAtEnd = this.#isFinal && byteCount === this.#messageBytes;
    return isAtEnd && !isComplete ? byteCount : undefined;
  }
}

class TextTrace {
  readonly #ahead = new Utf8Validator();
  /** Goes the same way, byte by byte only where `#ahead` has found a fault. */
  readonly #behind = new Utf8Validator();
  #byteCount = 0;

  get byteCount(): number {
    return this.#byteCount;
  }

  get isComplete(): boolean {
    return this.#ahead.isComplete;
  }

  findFault(bytes: Uint8Array): number | undefined {
    if (this.#ahead.push(bytes)) {
      this.#behind.push(bytes);
      this.#byteCount += bytes.length;
      return undefined;
    }
    const index = bytes.findIndex((byte) => !this.#behind.push(Uint8Array.of(byte)));
    return this.#byteCount + index;
  }
}
