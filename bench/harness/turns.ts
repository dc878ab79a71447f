/**
 * Lets subjects that run at the same time use the machine one after the other, in the order in
 * which they ask for it.
 */
export class Turns {
  #last: Promise<unknown> = Promise.resolve();

  /** Calls `use` when all earlier turns have ended, also those that failed. */
  take<T>(use: () => Promise<T>): Promise<T> {
    const turn = this.#last.then(use);
    this.#last = turn.catch(() => {});
    return turn;
  }
}
