/**
 * How long a server takes over what its peers send, in multiples of what is usual for it: what
 * takes long is for each application something else (WS-228, G-23).
 *
 * Usual is a moving average of some minutes, so what lasts becomes usual, and is then told by the
 * loop's own marks. Pure: it is told times, and asked.
 */

/** Below this nothing is slow: five times as much is what one may take (WS-300). */
const USUAL_MS_MIN = 2;

/** Times to be told before their mean says something. */
const SAMPLES_MIN = 5;

/** Looks for which one waits for them; fewer than that is no load. */
const LOOKS_MAX = 6;

/** Means before anything is called slow: programs are slowest when they start. */
const MEANS_MIN = 12;

/** Means that the average goes back over; five minutes of load, at the default interval. */
const MEANS_KEPT = 60;

export class LatencyBaseline {
  #sumMs = 0;
  #count = 0;
  #looks = 0;
  #means = 0;
  #usualMs = 0;
  #ratio = 0;

  /** What one read of a peer took, listeners included. */
  observe(tookMs: number): void {
    this.#sumMs += tookMs;
    this.#count += 1;
  }

  /** To be asked at each look at the resources; 1 is usual, and 0 that nothing is known. */
  readRatio(): number {
    this.#looks += 1;
    if (this.#count >= SAMPLES_MIN) this.#judge(this.#sumMs / this.#count);
    else if (this.#looks < LOOKS_MAX) return this.#ratio;
    else this.#ratio = 0;
    this.#sumMs = 0;
    this.#count = 0;
    this.#looks = 0;
    return this.#ratio;
  }

  #judge(meanMs: number): void {
    const isKnown = this.#means >= MEANS_MIN;
    this.#ratio = isKnown ? meanMs / Math.max(this.#usualMs, USUAL_MS_MIN) : 0;
    if (!isKnown) this.#means += 1;
    this.#usualMs += (meanMs - this.#usualMs) / (isKnown ? MEANS_KEPT : this.#means);
  }
}
