/**
 * Compares the time for handling received data with the moving average over some minutes. A lasting
 * slowdown becomes usual, and is detected by the limits of the event loop.
 */

/** Below this nothing counts as slow: five times as much is the acceptable response time. */
const USUAL_MS_MIN = 2;

/** Samples needed before their mean is meaningful. */
const SAMPLES_MIN = 5;

/** Number of checks that samples may be collected over; fewer samples than that mean no load. */
const CHECKS_MAX = 6;

/** Means needed before a slowdown is reported: programs are slowest after their start. */
const MEANS_MIN = 12;

/** Number of means in the moving average: five minutes of load at the default interval. */
const MEANS_KEPT = 60;

export class ProcessingTimeBaseline {
  #sumMs = 0;
  #count = 0;
  #checks = 0;
  #means = 0;
  #usualMs = 0;
  #ratio = 0;

  observe(tookMs: number): void {
    this.#sumMs += tookMs;
    this.#count += 1;
  }

  /** Call it at each check of the resources; 1 is usual, and 0 means unknown. */
  readRatio(): number {
    this.#checks += 1;
    if (this.#count >= SAMPLES_MIN) this.#judge(this.#sumMs / this.#count);
    else if (this.#checks < CHECKS_MAX) return this.#ratio;
    else this.#ratio = 0;
    this.#sumMs = 0;
    this.#count = 0;
    this.#checks = 0;
    return this.#ratio;
  }

  #judge(meanMs: number): void {
    const isKnown = this.#means >= MEANS_MIN;
    this.#ratio = isKnown ? meanMs / Math.max(this.#usualMs, USUAL_MS_MIN) : 0;
    if (!isKnown) this.#means += 1;
    this.#usualMs += (meanMs - this.#usualMs) / (isKnown ? MEANS_KEPT : this.#means);
  }
}
