/** Shares from 0 to 1 that spread pings, closes and reconnects evenly, unlike random numbers. */

/** The fractional parts of its multiples are evenly distributed. */
const GOLDEN_RATIO = 0.618_033_988_749_895;

export class SpreadSequence {
  #count = 0;

  next(): number {
    this.#count += 1;
    return (this.#count * GOLDEN_RATIO) % 1;
  }
}
