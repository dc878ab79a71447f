/**
 * A token bucket: `capacity` tokens at once, refilled evenly. Pure; time is an argument. It counts
 * milliseconds of credit, so that rounding loses nothing.
 */
export class TokenBucket {
  readonly #costMs: number;
  readonly #creditMsMax: number;
  #creditMs: number;
  #countedAtMs: number;

  /** `capacity` tokens are refilled in `windowMs`. */
  constructor(limit: { readonly capacity: number; readonly windowMs: number }, nowMs: number) {
    this.#costMs = limit.windowMs / limit.capacity;
    this.#creditMsMax = limit.windowMs;
    this.#creditMs = limit.windowMs;
    this.#countedAtMs = nowMs;
  }

  /** Milliseconds until the bucket has a token; 0 if it has one. Takes nothing. */
  waitMs(nowMs: number): number {
    const creditMs = this.#creditAt(nowMs);
    return creditMs < this.#costMs ? Math.ceil(this.#costMs - creditMs) : 0;
  }

  /** Takes a token. Returns 0, or the milliseconds until there is one. */
  take(nowMs: number): number {
    const waitMs = this.waitMs(nowMs);
    if (waitMs > 0) return waitMs;
    this.#creditMs = this.#creditAt(nowMs) - this.#costMs;
    this.#countedAtMs = nowMs;
    return 0;
  }

  /** A full bucket can be dropped: a new one behaves the same. */
  isFull(nowMs: number): boolean {
    return this.#creditAt(nowMs) === this.#creditMsMax;
  }

  #creditAt(nowMs: number): number {
    return Math.min(this.#creditMsMax, this.#creditMs + nowMs - this.#countedAtMs);
  }
}
