/**
 * A limit on how often: `capacity` at once, refilled evenly. Pure; time is an
 * argument. It counts in milliseconds of credit, so that nothing is rounded away.
 */
export class TokenBucket {
  readonly #costMs: number;
  readonly #creditMsMax: number;
  #creditMs: number;
  #countedAtMs: number;

  /** `capacity` tokens come back in `windowMs`. */
  constructor(limit: { readonly capacity: number; readonly windowMs: number }, nowMs: number) {
    this.#costMs = limit.windowMs / limit.capacity;
    this.#creditMsMax = limit.windowMs;
    this.#creditMs = limit.windowMs;
    this.#countedAtMs = nowMs;
  }

  /** Takes one token: 0. There is none: the milliseconds until there is one. */
  take(nowMs: number): number {
    const earnedMs = this.#creditMs + nowMs - this.#countedAtMs;
    this.#creditMs = Math.min(this.#creditMsMax, earnedMs);
    this.#countedAtMs = nowMs;
    if (this.#creditMs < this.#costMs) return Math.ceil(this.#costMs - this.#creditMs);
    this.#creditMs -= this.#costMs;
    return 0;
  }
}
