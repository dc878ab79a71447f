/** Limits how much zlib work runs off the event loop at one time; further work waits in order. */

export interface ZlibJobs {
  readonly active: number;
  readonly waiting: number;
}

export class ZlibQueue {
  readonly #concurrencyLimit: number;
  readonly #waiting: (() => void)[] = [];
  #active = 0;

  constructor(concurrencyLimit: number) {
    this.#concurrencyLimit = concurrencyLimit;
  }

  get jobs(): ZlibJobs {
    return { active: this.#active, waiting: this.#waiting.length };
  }

  async run<T>(work: () => Promise<T>): Promise<T> {
    if (this.#active < this.#concurrencyLimit) this.#active += 1;
    // A finished task passes its slot on.
    else await new Promise<void>((resolve) => this.#waiting.push(resolve));
    try {
      return await work();
    } finally {
      const next = this.#waiting.shift();
      if (next === undefined) this.#active -= 1;
      else next();
    }
  }
}
