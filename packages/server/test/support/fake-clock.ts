/** A clock that moves only when a test advances it; timers run in the order of their times. */
import type { Clock, Timer } from '../../src/ports/clock.ts';
import { NOON_MS } from './records.ts';

interface Scheduled {
  readonly atMs: number;
  readonly run: () => void;
}

export class FakeClock implements Clock {
  #elapsedMs = 0;
  readonly #timers = new Set<Scheduled>();

  nowMs(): number {
    return NOON_MS + this.#elapsedMs;
  }

  monotonicMs(): number {
    return this.#elapsedMs;
  }

  schedule(delayMs: number, run: () => void): Timer {
    const timer = { atMs: this.#elapsedMs + delayMs, run };
    this.#timers.add(timer);
    return { cancel: () => this.#timers.delete(timer) };
  }

  /** Number of pending timers. */
  get timerCount(): number {
    return this.#timers.size;
  }

  /** Advances the time and runs due timers, each at its own time. */
  advance(ms: number): void {
    const untilMs = this.#elapsedMs + ms;
    for (let next = this.#nextUntil(untilMs); next !== undefined; next = this.#nextUntil(untilMs)) {
      this.#timers.delete(next);
      this.#elapsedMs = next.atMs;
      next.run();
    }
    this.#elapsedMs = untilMs;
  }

  #nextUntil(untilMs: number): Scheduled | undefined {
    return [...this.#timers]
      .filter((timer) => timer.atMs <= untilMs)
      .reduce<Scheduled | undefined>(
        (first, timer) => (first === undefined || timer.atMs < first.atMs ? timer : first),
        undefined,
      );
  }
}
