/**
 * Runs an action now, and then at most once per interval: the last action of an interval runs at
 * its end.
 */
import type { Clock, Timer } from '../../ports/clock.ts';

interface Pause {
  readonly timer: Timer;
  next: (() => void) | undefined;
}

export class Throttle {
  readonly #clock: Clock;
  readonly #intervalMs: number;
  /** By key; removed after an interval without an action. */
  readonly #pauses = new Map<string, Pause>();

  constructor(clock: Clock, intervalMs: number) {
    this.#clock = clock;
    this.#intervalMs = intervalMs;
  }

  run(key: string, broadcast: () => void): void {
    const pause = this.#pauses.get(key);
    if (pause !== undefined) {
      pause.next = broadcast;
      return;
    }
    const timer = this.#clock.schedule(this.#intervalMs, () => {
      const next = this.#pauses.get(key)?.next;
      this.#pauses.delete(key);
      if (next !== undefined) this.run(key, next);
    });
    this.#pauses.set(key, { timer, next: undefined });
    broadcast();
  }

  /** Drops the action that waits; the next one runs at once. */
  cancel(key: string): void {
    this.#pauses.get(key)?.timer.cancel();
    this.#pauses.delete(key);
  }

  close(): void {
    for (const { timer } of this.#pauses.values()) timer.cancel();
    this.#pauses.clear();
  }
}
