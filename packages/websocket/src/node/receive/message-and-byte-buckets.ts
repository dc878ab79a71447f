/** Rate of one peer: messages, pings and pongs included, and bytes. Pure: times are arguments. */
import type { RateLimits } from '../options/rate-limits.ts';

export type RateOptions = Omit<RateLimits, 'rateLimitPolicy'>;

export class MessageAndByteBuckets {
  /** Read at each use. */
  readonly #options: RateOptions;
  readonly #messages = new Bucket();
  readonly #bytes = new Bucket();

  constructor(options: RateOptions) {
    this.#options = options;
  }

  /** Counts a message or control frame; returns the time until the peer may send, or 0. */
  countMessage(nowMs: number): number {
    const { messageRate, messageBurst } = this.#options;
    return this.#messages.count(1, nowMs, messageRate, messageBurst);
  }

  /** Counts received bytes; otherwise as `countMessage`. */
  countBytes(byteCount: number, nowMs: number): number {
    const { byteRate, byteBurst } = this.#options;
    return this.#bytes.count(byteCount, nowMs, byteRate, byteBurst);
  }

  /** We did not read for `pausedMs`: what the peer has sent meanwhile arrives at once. */
  excuse(pausedMs: number, nowMs: number): void {
    const { messageRate, byteRate } = this.#options;
    this.#messages.excuse(pausedMs, nowMs, messageRate);
    this.#bytes.excuse(pausedMs, nowMs, byteRate);
  }
}

/** A rate is per second, and may change; 0 means no limit. */
class Bucket {
  /** Counted, and not drained since; below 0 by at most the credit, which lasts for a while. */
  #level = 0;
  #countedAtMs = 0;
  #credit = 0;
  #creditEndMs = 0;

  count(amount: number, nowMs: number, rate: number, burst: number): number {
    if (rate === 0) {
      this.#level = 0;
      return 0;
    }
    const drained = ((nowMs - this.#countedAtMs) * rate) / 1_000;
    this.#level = Math.max(this.#level - drained, -this.#creditAt(nowMs)) + amount;
    this.#countedAtMs = nowMs;
    const waitMs = (1_000 * (this.#level - burst)) / rate;
    // A thousandth of a millisecond is a rounding error, not an excess.
    return waitMs > 0.001 ? waitMs : 0;
  }

  excuse(pausedMs: number, nowMs: number, rate: number): void {
    this.#credit = this.#creditAt(nowMs) + (pausedMs * rate) / 1_000;
    this.#creditEndMs = Math.max(this.#creditEndMs, nowMs) + pausedMs;
  }

  #creditAt(nowMs: number): number {
    return nowMs < this.#creditEndMs ? this.#credit : 0;
  }
}
