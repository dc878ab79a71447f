/** Logs a line that any unauthenticated client can cause at most once per interval. */
import type { Clock } from '../../ports/clock.ts';

const INTERVAL_MS = 60_000;

export class LogThrottle {
  readonly #clock: Clock;
  #lastMs = Number.NEGATIVE_INFINITY;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  run(log: () => void): void {
    const nowMs = this.#clock.monotonicMs();
    if (nowMs - this.#lastMs < INTERVAL_MS) return;
    this.#lastMs = nowMs;
    log();
  }
}
