/**
 * How fast one peer may send: messages and bytes, each by a bucket that refills with time.
 *
 * Pings and pongs count as messages (WS-288); fragments are held by the bytes and by
 * `maxFragments`. Pure: times come in as arguments. Requirements WS-284, WS-285.
 */
export interface RateOptions {
  readonly messageRate: number;
  readonly messageBurst: number;
  readonly byteRate: number;
  readonly byteBurst: number;
}

export class RateMeter {
  readonly #terms: RateOptions;
  /** When each bucket would be full again; what lies behind counts as now. */
  #messagesFullAtMs = 0;
  #bytesFullAtMs = 0;

  constructor(terms: RateOptions) {
    this.#terms = terms;
  }

  /** Counts a message or control frame. How long until the peer is within its limit; 0 if it is. */
  countMessage(nowMs: number): number {
    const { messageRate: rate, messageBurst: burst } = this.#terms;
    if (rate === 0) return 0;
    this.#messagesFullAtMs = Math.max(this.#messagesFullAtMs, nowMs) + 1_000 / rate;
    return waitMs(this.#messagesFullAtMs - nowMs, { rate, burst });
  }

  /** Counts bytes as they came in; otherwise as `countMessage`. */
  countBytes(byteCount: number, nowMs: number): number {
    const { byteRate: rate, byteBurst: burst } = this.#terms;
    if (rate === 0) return 0;
    this.#bytesFullAtMs = Math.max(this.#bytesFullAtMs, nowMs) + (1_000 * byteCount) / rate;
    return waitMs(this.#bytesFullAtMs - nowMs, { rate, burst });
  }
}

interface Bucket {
  readonly rate: number;
  readonly burst: number;
}

function waitMs(untilFullMs: number, { rate, burst }: Bucket): number {
  const excessMs = untilFullMs - (1_000 * burst) / rate;
  // A thousandth of a millisecond is rounding, not haste.
  return excessMs > 0.001 ? excessMs : 0;
}
