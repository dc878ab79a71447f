/** What happened a moment ago, by a key: each is forgotten when its time is over. */
import type { Clock } from '../../ports/clock.ts';

export class TtlSet {
  readonly #clock: Clock;
  readonly #keptMs: number;
  /** When each was added, the earliest first. */
  readonly #addedAtMs = new Map<string, number>();

  constructor(clock: Clock, keptMs: number) {
    this.#clock = clock;
    this.#keptMs = keptMs;
  }

  /** Its time begins anew. */
  add(key: string): void {
    this.#forgetOld();
    this.#addedAtMs.delete(key); // So that it moves to the end.
    this.#addedAtMs.set(key, this.#clock.monotonicMs());
  }

  has(key: string): boolean {
    return this.leftMs(key) > 0;
  }

  /** Until it is forgotten; 0 where it is not there. */
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
