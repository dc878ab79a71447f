/** How fast a count grows, by looking at it about once a second. */
const WINDOW_MS = 1_000;

export class RateMeter {
  #count = 0;
  #sinceMs: number | undefined;
  #perSecond = 0;

  get perSecond(): number {
    return this.#perSecond;
  }

  /** Looks at the count; what came in less than a second waits for the next look. */
  look(count: number, nowMs: number): void {
    const elapsedMs = nowMs - (this.#sinceMs ?? nowMs);
    if (this.#sinceMs !== undefined && elapsedMs < WINDOW_MS) return;
    this.#perSecond = elapsedMs === 0 ? 0 : ((count - this.#count) * 1_000) / elapsedMs;
    this.#count = count;
    this.#sinceMs = nowMs;
  }

  /** Nobody looks for a while: nothing moves. */
  stop(): void {
    this.#perSecond = 0;
    this.#sinceMs = undefined;
  }
}
