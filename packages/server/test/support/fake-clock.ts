/** A clock that moves only when a test advances it; timers run in the order of their times. */
import type { Clock, Timer } from '../../src/ports/clock.ts';
import { NOON_MS } from './records.ts';

interface Scheduled {
  readonly atMs: number;
  readonly run: () => void;
}

export class FakeClock implements Clock {
  #elapsedMs = 0;
  /** The next one is the last, since days of a test run many thousands of them. */
  readonly #timers: Scheduled[] = [];

  nowMs(): number {
    return NOON_MS + this.#elapsedMs;
  }

  monotonicMs(): number {
    return this.#elapsedMs;
  }

  schedule(delayMs: number, run: () => void): Timer {
    const timer = { atMs: this.#elapsedMs + delayMs, run };
    this.#timers.splice(this.#placeOf(timer.atMs), 0, timer);
    return { cancel: () => this.#remove(timer) };
  }

  /** Number of pending timers. */
  get timerCount(): number {
    return this.#timers.length;
  }

  /** Advances the time and runs due timers, each at its own time. */
  advance(ms: number): void {
    const untilMs = this.#elapsedMs + ms;
    for (let next = this.#timers.at(-1); next && next.atMs <= untilMs; next = this.#timers.at(-1)) {
      this.#timers.pop();
      this.#elapsedMs = Math.max(this.#elapsedMs, next.atMs);
      next.run();
    }
    this.#elapsedMs = untilMs;
  }

  /** Lets the process stand still: due timers run late, and those that repeat once for the whole time. */
  stall(ms: number): void {
    this.#elapsedMs += ms;
    this.advance(0);
  }

  /** Before those of the same time, which were scheduled earlier and run first. */
  #placeOf(atMs: number): number {
    let [from, to] = [0, this.#timers.length];
    while (from < to) {
      const middle = (from + to) >>> 1;
      if ((this.#timers[middle]?.atMs ?? 0) > atMs) from = middle + 1;
      else to = middle;
    }
    return from;
  }

  #remove(timer: Scheduled): void {
    const index = this.#timers.indexOf(timer);
    if (index !== -1) this.#timers.splice(index, 1);
  }
}
