/** No timer waits longer. */
const FOREVER_MS = 2 ** 31 - 1;

/**
 * An operation that runs once: each call returns the promise of the first one. The process does not
 * end meanwhile: timers of the engine do not prevent that, nor do streams without a handle.
 */
export class RunOnce {
  #result: Promise<void> | undefined;

  run(operation: () => Promise<void>): Promise<void> {
    if (this.#result === undefined) {
      let settle = (_: Promise<void>) => {};
      // Stored first: the operation calls listeners, which may call again.
      this.#result = new Promise((resolve) => {
        settle = resolve;
      });
      const awake = setInterval(() => {}, FOREVER_MS);
      settle(operation().finally(() => clearInterval(awake)));
    }
    return this.#result;
  }
}
