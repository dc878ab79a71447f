/** A set of keys that each expire after a fixed time. */
import type { Clock } from '../../ports/clock.ts';

export class TtlSet {
  readonly #clock: Clock;
  readonly #keptMs: number;
  /** When each key was added, the earliest first. */
  readonly #addedAtMs = new Map<string, number>();

  constructor(clock: Clock, keptMs: number) {
    this.#clock = clock;
    this.#keptMs = keptMs;
  }

  /** Restarts the key's lifetime. */
  add(key: string): void {
    this.#forgetOld();
    this.#addedAtMs.delete(key); // Moves to the end.
    this.#addedAtMs.set(key, this.#clock.monotonicMs());
  }

  has(key: string): boolean {
    return this.leftMs(key) > 0;
  }

  /** Milliseconds until the key expires; 0 if it is not in the set. */
  leftMs(key: string): number {
    this.#forgetOld();
    const addedAtMs = this.#addedAtMs.get(key);
    return addedAtMs === undefined ? 0 : addedAtMs + this.#keptMs - this.#clock.monotonicMs();
  }

  #forgetOld(): void {
    const beforeMs = this.#clock.monotonicMs() - this.#keptMs;
    for (const [key, addedAtMs] of this.#addedAtMs) {
      if (addedAtMs > beforeMs) return;
      this.#addedAtMs.delete(key);
    }
  }
}
