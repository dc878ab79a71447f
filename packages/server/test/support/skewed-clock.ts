/** The clock of a node whose wall time is wrong; its timers are those of the clock that it follows. */
import type { Timer } from '../../src/ports/clock.ts';
import { FakeClock } from './fake-clock.ts';

export class SkewedClock extends FakeClock {
  readonly #clock: FakeClock;
  readonly #aheadMs: number;

  constructor(clock: FakeClock, aheadMs: number) {
    super();
    this.#clock = clock;
    this.#aheadMs = aheadMs;
  }

  override nowMs(): number {
    return this.#clock.nowMs() + this.#aheadMs;
  }

  override monotonicMs(): number {
    return this.#clock.monotonicMs();
  }

  override schedule(delayMs: number, run: () => void): Timer {
    return this.#clock.schedule(delayMs, run);
  }
}
