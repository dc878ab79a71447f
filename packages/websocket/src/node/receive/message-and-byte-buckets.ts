/** Rate of one peer: messages, pings and pongs included, and bytes. Pure: times are arguments. */
import type { RateLimits } from '../options/rate-limits.ts';

export type RateOptions = Omit<RateLimits, 'rateLimitPolicy'>;

export class MessageAndByteBuckets {
  readonly #options: RateOptions;
  /** The time when each bucket would be full again; a time in the past counts as now. */
  #messagesFullAtMs = 0;
  #bytesFullAtMs = 0;

  constructor(options: RateOptions) {
    this.#options = options;
  }

  /** Counts a message or control frame; returns the time until the peer may send, or 0. */
  countMessage(nowMs: number): number {
    const { messageRate: rate, messageBurst: burst } = this.#options;
    if (rate === 0) return 0;
    this.#messagesFullAtMs = Math.max(this.#messagesFullAtMs, nowMs) + 1_000 / rate;
    return waitMs(this.#messagesFullAtMs - nowMs, rate, burst);
  }

  /** Counts received bytes; otherwise as `countMessage`. */
  countBytes(byteCount: number, nowMs: number): number {
    const { byteRate: rate, byteBurst: burst } = this.#options;
    if (rate === 0) return 0;
    this.#bytesFullAtMs = Math.max(this.#bytesFullAtMs, nowMs) + (1_000 * byteCount) / rate;
    return waitMs(this.#bytesFullAtMs - nowMs, rate, burst);
  }
}

function waitMs(untilFullMs: number, rate: number, burst: number): number {
  const excessMs = untilFullMs - (1_000 * burst) / rate;
  // A thousandth of a millisecond is a rounding error, not an excess.
  return excessMs > 0.001 ? excessMs : 0;
}
