/** A clock with timers, which a test moves. */

const START_MS = Date.UTC(2026, 0, 31, 12);

interface Timer {
  dueMs: number;
  readonly callback: () => void;
}

export class FakeTimers {
  #nowMs = START_MS;
  #timers: readonly Timer[] = [];

  get count(): number {
    return this.#timers.length;
  }

  readonly nowMs = (): number => this.#nowMs;

  readonly setTimer = (callback: () => void, delayMs: number): (() => void) => {
    const timer = { dueMs: this.#nowMs + delayMs, callback };
    this.#timers = [...this.#timers, timer];
    return () => {
      this.#timers = this.#timers.filter((each) => each !== timer);
    };
  };

  /** Moves the clock, and runs the timers that are due, in their order: one with each step. */
  *advance(ms: number): Generator<void> {
    const endMs = this.#nowMs + ms;
    for (;;) {
      const [due] = this.#timers
        .filter(({ dueMs }) => dueMs <= endMs)
        .toSorted((a, b) => a.dueMs - b.dueMs);
      if (due === undefined) break;
      this.#timers = this.#timers.filter((timer) => timer !== due);
      this.#nowMs = Math.max(this.#nowMs, due.dueMs);
      due.callback();
      yield;
    }
    this.#nowMs = endMs;
  }

  /** The machine sleeps: time passes on its clock, and timers stand still. */
  suspend(ms: number): void {
    this.#nowMs += ms;
    for (const timer of this.#timers) timer.dueMs += ms;
  }
}
