import { SpreadSequence } from '../liveness/spread-sequence.ts';
import { DRAIN_OPTIONS } from './drain.ts';

/** The times when closed clients may reconnect: not all at once. */
export class RetryHints {
  readonly #spread = new SpreadSequence();
  #fromSeconds = DRAIN_OPTIONS.retryAfterSeconds.initial;

  startAt(seconds: number): void {
    this.#fromSeconds = seconds;
  }

  nextSeconds(): number {
    return this.#fromSeconds + Math.floor(this.#spread.next() * (this.#fromSeconds + 1));
  }
}
