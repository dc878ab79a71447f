/** A clock that stands still until a test moves it. */
import type { TestContext } from 'node:test';
import type { Clock, Timer } from '../../src/node/clock.ts';

/** A date at which `stopCalendar` stops the calendar. */
export const NOON_MS = Date.UTC(2026, 10, 22, 12);

/** Stops `Date` at `NOON_MS` until the test ends, so that dates differ only by the fake clock. */
export function stopCalendar(t: TestContext): void {
  t.mock.timers.enable({ apis: ['Date'], now: NOON_MS });
}

interface Entry {
  dueMs: number;
  readonly periodMs: number | undefined;
  readonly callback: () => void;
}

export class FakeClock implements Clock {
  #nowMs = 1_000;
  readonly #entries = new Set<Entry>();

  now(): number {
    return this.#nowMs;
  }

  /** Number of pending timers. */
  get timerCount(): number {
    return this.#entries.size;
  }

  setTimeout(callback: () => void, delayMs: number): Timer {
    return this.#add({ dueMs: this.#nowMs + delayMs, periodMs: undefined, callback });
  }

  setInterval(callback: () => void, periodMs: number): Timer {
    return this.#add({ dueMs: this.#nowMs + periodMs, periodMs, callback });
  }

  /** Moves the clock, and runs each due timer at its own time. */
  advance(byMs: number): void {
    const endMs = this.#nowMs + byMs;
    for (;;) {
      const next = [...this.#entries].sort((a, b) => a.dueMs - b.dueMs)[0];
      if (next === undefined || next.dueMs > endMs) break;
      this.#nowMs = next.dueMs;
      if (next.periodMs === undefined) this.#entries.delete(next);
      else next.dueMs += next.periodMs;
      next.callback();
    }
    this.#nowMs = endMs;
  }

  /** Lets time pass while the process is blocked: timers fire late, and once. */
  stall(byMs: number): void {
    this.#nowMs += byMs;
    for (const entry of [...this.#entries]) {
      if (entry.dueMs > this.#nowMs) continue;
      if (entry.periodMs === undefined) this.#entries.delete(entry);
      else entry.dueMs = this.#nowMs + entry.periodMs;
      entry.callback();
    }
  }

  #add(entry: Entry): Timer {
    this.#entries.add(entry);
    return { clear: () => this.#entries.delete(entry) };
  }
}
