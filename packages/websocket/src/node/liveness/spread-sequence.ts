/**
 * Shares from 0 to 1 for what must not happen to many at once: pings, ends, returns.
 *
 * Evenly spread however many there are, which random numbers are not.
 */

/** Multiples of it, fractions only, fall evenly. */
const GOLDEN_RATIO = 0.618_033_988_749_895;

export class SpreadSequence {
  #count = 0;

  next(): number {
    this.#count += 1;
    return (this.#count * GOLDEN_RATIO) % 1;
  }
}
