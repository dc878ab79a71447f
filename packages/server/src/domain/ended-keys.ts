/**
 * Sessions that have just ended. Whoever was found to have one a moment before may
 * still be on the way in.
 */
import type { Clock } from '../ports/clock.ts';

/** Longer than an upgrade may take, with all that the store is waited for in it. */
const KEPT_MS = 5 * 60 * 1000;

export class EndedKeys {
  readonly #clock: Clock;
  /** When each ended, the earliest first. */
  readonly #endedAtMs = new Map<string, number>();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  add(key: string): void {
    this.#forgetOld();
    this.#endedAtMs.delete(key); // So that it moves to the end.
    this.#endedAtMs.set(key, this.#clock.monotonicMs());
  }

  has(key: string): boolean {
    this.#forgetOld();
    return this.#endedAtMs.has(key);
  }

  #forgetOld(): void {
    const beforeMs = this.#clock.monotonicMs() - KEPT_MS;
    for (const [key, endedAtMs] of this.#endedAtMs) {
      if (endedAtMs > beforeMs) return;
      this.#endedAtMs.delete(key);
    }
  }
}
