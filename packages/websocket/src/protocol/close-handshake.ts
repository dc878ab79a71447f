/**
 * Remembers which close frames went which way, and what the application is told at the end.
 *
 * Source: RFC 6455 sections 7.1.4 to 7.1.6. Requirements WS-111, WS-116, WS-127.
 */
import { ABNORMAL_CLOSURE } from './close-codes.ts';

export interface CloseOutcome {
  /** The peer's code; without a close frame from it, our reason to give it up, else 1006. */
  readonly code: number;
  readonly reason: string;
  /** Whether both close frames were seen. */
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

  /** The peer's close frame: its code and reason are the connection's (section 7.1.5). */
  receive(code: number, reason: string): void {
    this.#hasReceived = true;
    this.#code = code;
    this.#reason = reason;
  }

  /** The peer is given up for this reason; its own code, should one come, still wins. */
  fail(code: number, reason: string): void {
    if (this.#hasReceived) return;
    this.#code = code;
    this.#reason = reason;
  }
}
