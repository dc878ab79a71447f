/**
 * Tracks the close frames of both directions, and derives what the application receives at the end.
 *
 * Source: RFC 6455 sections 7.1.4 to 7.1.6.
 */
import { ABNORMAL_CLOSURE } from './close-codes.ts';

export interface CloseOutcome {
  /** The peer's code. Without a close frame from the peer: our reason for closing, else 1006. */
  readonly code: number;
  readonly reason: string;
  /** Whether both close frames were sent. */
  readonly wasClean: boolean;
}

export class CloseHandshake {
  #hasSent = false;
  #hasReceived = false;
  #code = ABNORMAL_CLOSURE;
  #reason = '';

  get outcome(): CloseOutcome {
    return {
      code: this.#code,
      reason: this.#reason,
      wasClean: this.#hasSent && this.#hasReceived,
    };
  }

  markSent(): void {
    this.#hasSent = true;
  }

  /** Records the peer's close frame, whose code and reason take precedence (section 7.1.5). */
  receive(code: number, reason: string): void {
    this.#hasReceived = true;
    this.#code = code;
    this.#reason = reason;
  }

  /** Records why we give up on the peer; the peer's own code still wins if it arrives. */
  fail(code: number, reason: string): void {
    if (this.#hasReceived) return;
    this.#code = code;
    this.#reason = reason;
  }
}
