/**
 * One connection's commands, one after the other. A command that waits for the
 * store holds back those behind it; a message that is admitted does not. What
 * waits is bounded by not reading on.
 */
interface Waiting {
  readonly command: () => void | Promise<void>;
  readonly bytes: number;
}

/** Commands under way. */
const COMMANDS_MAX = 256;
/** Bytes of the frames that wait; one frame may be longer. */
const WAITING_BYTES_MAX = 1024 * 1024;

export interface CommandQueueOwner {
  /** More is under way than the limits, or half of that again. */
  handleLoad(isFull: boolean): void;
  /** A command threw an error that it should have answered. */
  handleFailure(error: unknown): void;
}

export class CommandQueue {
  readonly #owner: CommandQueueOwner;
  #waiting: Waiting[] = [];
  #waitingBytes = 0;
  #isRunning = false;
  #isHeld = false;
  #owed = 0;
  #isFull = false;

  constructor(owner: CommandQueueOwner) {
    this.#owner = owner;
  }

  /** Runs the command in its turn. */
  take(command: Waiting['command'], bytes = 0): void {
    this.#waiting.push({ command, bytes });
    this.#waitingBytes += bytes;
    if (!this.#isRunning) this.#run();
    this.#regulate();
  }

  /** While held, nothing new is begun: its answer would wait with the others for a client that does not read. */
  hold(isHeld: boolean): void {
    if (isHeld === this.#isHeld) return;
    this.#isHeld = isHeld;
    if (isHeld || this.#isRunning) return;
    this.#run();
    this.#regulate();
  }

  /** Counts what a command leaves behind: an answer that comes later. */
  trackPending(): { readonly settled: () => void } {
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
    this.#waitingBytes = 0;
  }

  /** Until a command gives a promise, all in one go: their order is that of their frames. */
  #run(): void {
    this.#isRunning = true;
    while (!this.#isHeld) {
      const next = this.#waiting.shift();
      if (next === undefined) break;
      this.#waitingBytes -= next.bytes;
      const running = this.#begin(next);
      if (running === undefined) continue;
      void running
        .catch(this.#fail)
        .then(() => {
          this.#run();
          this.#regulate();
        })
        .catch(this.#fail);
      return;
    }
    this.#isRunning = false;
  }

  #begin({ command }: Waiting): void | Promise<void> {
    try {
      return command();
    } catch (error) {
      this.#fail(error);
    }
  }

  readonly #fail = (error: unknown): void => this.#owner.handleFailure(error);

  #regulate(): void {
    const load = Math.max(
      (this.#waiting.length + this.#owed) / COMMANDS_MAX,
      this.#waitingBytes / WAITING_BYTES_MAX,
    );
    const isFull = this.#isFull ? load > 0.5 : load > 1;
    if (isFull === this.#isFull) return;
    this.#isFull = isFull;
    this.#owner.handleLoad(isFull);
  }
}
