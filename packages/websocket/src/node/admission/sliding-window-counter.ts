/** Counts how often each key occurred within the last minute, taken from two fixed windows. */

const WINDOW_MS = 60_000;

/** Keys counted in one window; limits on all connections stop attackers that have more. */
export const KEYS_MAX = 32_768;

export class SlidingWindowCounter {
  #startMs = 0;
  #current = new Map<string, number>();
  #previous = new Map<string, number>();

  /** Counts one occurrence. A key that does not fit into the table is not counted. */
  add(key: string, nowMs: number): void {
    this.#turn(nowMs);
    const count = this.#current.get(key);
    if (count === undefined && this.#current.size >= KEYS_MAX) return;
    this.#current.set(key, (count ?? 0) + 1);
  }

  /** Returns the time until the key is below the limit; 0 if it is. */
  waitMs(key: string, limit: number, nowMs: number): number {
    this.#turn(nowMs);
    const previous = this.#previous.get(key) ?? 0;
    const current = this.#current.get(key) ?? 0;
    const elapsedMs = nowMs - this.#startMs;
    const leftMs = WINDOW_MS - elapsedMs;
    if ((previous * leftMs) / WINDOW_MS + current < limit) return 0;
    // The counts of this window still apply in the next one, with decreasing weight.
    if (current >= limit) return leftMs + WINDOW_MS * (1 - limit / current);
    return WINDOW_MS * (1 - (limit - current) / previous) - elapsedMs;
  }

  #turn(nowMs: number): void {
    const passed = Math.floor((nowMs - this.#startMs) / WINDOW_MS);
    if (passed < 1) return;
    this.#previous = passed === 1 ? this.#current : new Map();
    this.#current = new Map();
    this.#startMs += passed * WINDOW_MS;
  }
}
