/** Measures the parsing of one read in a fixed number: the clock costs more than many events. */

import type { Clock } from '../clock.ts';
import { Histogram, PARSING_BOUNDS } from './histogram.ts';
import { ProcessingTimeBaseline } from './processing-time-baseline.ts';

export const READS_PER_SAMPLE = 64;

export class ParseTimer {
  readonly durations = new Histogram(PARSING_BOUNDS);
  /** Of the same reads, listeners included. */
  readonly processingTime = new ProcessingTimeBaseline();
  readonly #clock: Pick<Clock, 'now'>;
  #readsToNext = 0;
  #isTiming = false;
  #beganMs = 0;
  #sinceMs = 0;
  #spentMs = 0;

  constructor(clock: Pick<Clock, 'now'>) {
    this.#clock = clock;
  }

  begin(): void {
    if (this.#readsToNext > 0) {
      this.#readsToNext -= 1;
      return;
    }
    this.#readsToNext = READS_PER_SAMPLE - 1;
    this.#isTiming = true;
    this.#spentMs = 0;
    this.#beganMs = this.#clock.now();
    this.#sinceMs = this.#beganMs;
  }

  /** Other code runs for a while. */
  pause(): void {
    if (this.#isTiming) this.#spentMs += this.#clock.now() - this.#sinceMs;
  }

  resume(): void {
    if (this.#isTiming) this.#sinceMs = this.#clock.now();
  }

  end(): void {
    if (!this.#isTiming) return;
    const nowMs = this.#clock.now();
    this.#isTiming = false;
    this.durations.observe(this.#spentMs + nowMs - this.#sinceMs);
    this.processingTime.observe(nowMs - this.#beganMs);
  }
}
