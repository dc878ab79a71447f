/** Counts the fragments of the messages of one direction; the receiver makes all decisions. */
import type { FrameHeader } from '../../protocol/frame-header.ts';
import { OPCODES } from '../../protocol/opcodes.ts';

export interface FragmentPosition {
  /** From 1. */
  readonly fragment: number;
  /** Bytes of the message, including this frame. */
  readonly messageBytes: number;
}

export class FragmentTracker {
  #fragment = 0;
  #messageBytes = 0;

  /** A data frame begins; `undefined` for a message in one frame. */
  begin({ opcode, isFinal, payloadBytes }: FrameHeader): FragmentPosition | undefined {
    if (opcode !== OPCODES.continuation) {
      this.#fragment = 0;
      this.#messageBytes = 0;
    }
    this.#fragment += 1;
    this.#messageBytes += payloadBytes;
    if (isFinal && this.#fragment === 1) return undefined;
    return { fragment: this.#fragment, messageBytes: this.#messageBytes };
  }
}
