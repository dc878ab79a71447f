/** An operation that runs once: each call returns the promise of the first one. */
export class RunOnce {
  #result: Promise<void> | undefined;

  run(operation: () => Promise<void>): Promise<void> {
    if (this.#result === undefined) {
      let settle = (_: Promise<void>) => {};
      // Stored first: the operation calls listeners, which may call again.
      this.#result = new Promise((resolve) => {
        settle = resolve;
      });
      settle(operation());
    }
    return this.#result;
  }
}
