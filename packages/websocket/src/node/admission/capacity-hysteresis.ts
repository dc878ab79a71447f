/**
 * Capacity levels with hysteresis: each level begins at one mark and ends at a lower one, so that
 * it does not flap.
 */

/** Shares of `maxConnections`. */
const FULL_UNTIL_BELOW = 0.95;
const BUSY_FROM = 0.8;
const BUSY_UNTIL_BELOW = 0.7;

export class CapacityHysteresis {
  #isFull = false;
  #isBusy = false;

  /** True from reaching the limit until enough slots are free again. */
  get isFull(): boolean {
    return this.#isFull;
  }

  /** Above the soft limit: new connections wait a little. */
  get isBusy(): boolean {
    return this.#isBusy;
  }

  /** Call it with the number of slots in use before each decision. */
  update(taken: number, max: number): void {
    if (taken >= max) this.#isFull = true;
    else if (taken < FULL_UNTIL_BELOW * max) this.#isFull = false;
    if (taken >= BUSY_FROM * max) this.#isBusy = true;
    else if (taken < BUSY_UNTIL_BELOW * max) this.#isBusy = false;
  }
}
