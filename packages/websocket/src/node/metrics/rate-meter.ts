/** Rate of growth of a counter, sampled about once a second. */
const WINDOW_MS = 1_000;

export class RateMeter {
  perSecond = 0;
  #count = 0;
  #sinceMs: number | undefined;

  /** Samples the counter; increments within less than a second wait for the next sample. */
  sample(count: number, nowMs: number): void {
    const elapsedMs = nowMs - (this.#sinceMs ?? nowMs);
    if (this.#sinceMs !== undefined && elapsedMs < WINDOW_MS) return;
    this.perSecond = elapsedMs === 0 ? 0 : ((count - this.#count) * 1_000) / elapsedMs;
    this.#count = count;
    this.#sinceMs = nowMs;
  }

  /** Sampling stops for a while: the rate is zero. */
  stop(): void {
    this.perSecond = 0;
    this.#sinceMs = undefined;
  }
}
