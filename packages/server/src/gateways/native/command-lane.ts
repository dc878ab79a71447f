/**
 * One connection's commands, one after the other. A command that waits for the
 * store holds back those behind it; a message that is admitted does not. What
 * waits is bounded by not reading on.
 */
export class CommandLane {
  readonly #onLoad: (isFull: boolean) => void;
  readonly #loadMax: number;
  #waiting: (() => void | Promise<void>)[] = [];
  #isRunning = false;
  #owed = 0;
  #isFull = false;

  /** `onLoad` hears when more is under way than `loadMax`, and when it is half of that again. */
  constructor(loadMax: number, onLoad: (isFull: boolean) => void) {
    this.#loadMax = loadMax;
    this.#onLoad = onLoad;
  }

  /** Runs the command in its turn; it must not throw. */
  take(command: () => void | Promise<void>): void {
    this.#waiting.push(command);
    if (!this.#isRunning) this.#run();
    this.#regulate();
  }

  /** Counts what a command leaves behind: an answer that comes later. */
  owe(): { readonly settled: () => void } {
    this.#owed += 1;
    return {
      settled: () => {
        this.#owed -= 1;
        this.#regulate();
      },
    };
  }

  /** Nothing that still waits is run. */
  close(): void {
    this.#waiting = [];
  }

  /** Until a command gives a promise, all in one go: their order is that of their frames. */
  #run(): void {
    this.#isRunning = true;
    for (let next = this.#waiting.shift(); next !== undefined; next = this.#waiting.shift()) {
      const running = next();
      if (running === undefined) continue;
      void running.then(() => {
        this.#run();
        this.#regulate();
      });
      return;
    }
    this.#isRunning = false;
  }

  #regulate(): void {
    const load = this.#waiting.length + this.#owed;
    const isFull = this.#isFull ? load > this.#loadMax / 2 : load > this.#loadMax;
    if (isFull === this.#isFull) return;
    this.#isFull = isFull;
    this.#onLoad(isFull);
  }
}
