/**
 * How full a server is, in steps that do not flicker: each begins at one mark and ends at a lower
 * one (WS-195, WS-196, WS-222). Marks: section 5.3 of the requirements.
 */

/** Shares of `maxConnections`. */
const FULL_UNTIL_BELOW = 0.95;
const BUSY_FROM = 0.8;
const BUSY_UNTIL_BELOW = 0.7;

export class CapacityAlarm {
  #isFull = false;
  #isBusy = false;

  /** Since the limit was reached, and until there is room to speak of. */
  get isFull(): boolean {
    return this.#isFull;
  }

  /** Above the soft limit: newcomers are made to wait a little. */
  get isBusy(): boolean {
    return this.#isBusy;
  }

  /** To be called with the number of places that are taken, before each decision. */
  update(taken: number, max: number): void {
    if (taken >= max) this.#isFull = true;
    else if (taken < FULL_UNTIL_BELOW * max) this.#isFull = false;
    if (taken >= BUSY_FROM * max) this.#isBusy = true;
    else if (taken < BUSY_UNTIL_BELOW * max) this.#isBusy = false;
  }
}
