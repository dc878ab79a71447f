/** A token bucket. Pure; time is an argument. */

export interface RateLimit {
  /** 0 disables the limit. */
  readonly capacity: number;
  readonly windowMs: number;
}

/** Tokens of one bucket, by the limit and whom it counts. */
export interface LeaseRequest extends RateLimit {
  readonly limit: string;
  readonly id: string;
  /** Maximum number of tokens of the lease. */
  readonly tokens: number;
  /** Unused tokens of the last lease, which are given back; negative if more were used. */
  readonly returned: number;
}

export interface Lease {
  readonly tokens: number;
  /** Milliseconds until there is a token, if the lease has none. */
  readonly waitMs: number;
}

/**
 * `capacity` tokens at once, refilled evenly in `windowMs`. Counts milliseconds of credit, so that
 * rounding loses nothing.
 */
export class TokenBucket {
  readonly #costMs: number;
  readonly #creditMsMax: number;
  #creditMs: number;
  #countedAtMs: number;

  constructor(limit: RateLimit, nowMs: number) {
    this.#costMs = limit.windowMs / limit.capacity;
    this.#creditMsMax = limit.windowMs;
    this.#creditMs = limit.windowMs;
    this.#countedAtMs = nowMs;
  }

  /** Milliseconds until the bucket has the tokens; 0 if it has them. Takes nothing. */
  waitMs(nowMs: number, tokens = 1): number {
    const waitMs = tokens * this.#costMs - this.#creditAt(nowMs);
    return waitMs > ROUNDING_MS ? Math.ceil(waitMs) : 0;
  }

  /** Takes tokens. Returns 0, or the milliseconds until there are enough. */
  take(nowMs: number, tokens = 1): number {
    const waitMs = this.waitMs(nowMs, tokens);
    if (waitMs === 0) this.drain(nowMs, tokens);
    return waitMs;
  }

  /** Takes tokens, or all that there are. */
  drain(nowMs: number, tokens = 1): void {
    this.#creditMs = Math.max(0, this.#creditAt(nowMs) - tokens * this.#costMs);
    this.#countedAtMs = nowMs;
  }

  /** Takes tokens that were used already. More than there are delay the next ones, at most by a window. */
  owe(nowMs: number, tokens: number): void {
    this.#creditMs = Math.max(-this.#creditMsMax, this.#creditAt(nowMs) - tokens * this.#costMs);
    this.#countedAtMs = nowMs;
  }

  lease({ tokens, returned }: Pick<LeaseRequest, 'tokens' | 'returned'>, nowMs: number): Lease {
    const creditMs = this.#creditAt(nowMs) + returned * this.#costMs;
    this.#creditMs = Math.max(-this.#creditMsMax, Math.min(this.#creditMsMax, creditMs));
    this.#countedAtMs = nowMs;
    const available = Math.floor((this.#creditMs + ROUNDING_MS) / this.#costMs);
    const leased = Math.max(0, Math.min(tokens, available));
    if (leased > 0) this.drain(nowMs, leased);
    return { tokens: leased, waitMs: leased > 0 ? 0 : this.waitMs(nowMs) };
  }

  /** A full bucket can be dropped: a new one behaves the same. */
  isFull(nowMs: number): boolean {
    return this.#creditAt(nowMs) === this.#creditMsMax;
  }

  #creditAt(nowMs: number): number {
    return Math.min(this.#creditMsMax, this.#creditMs + nowMs - this.#countedAtMs);
  }
}

/** Credit that may be missing: fractions of a millisecond add up inexactly. */
const ROUNDING_MS = 1e-6;
