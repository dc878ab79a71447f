/**
 * Work of which one piece is done at the same time. The next is of the user whose work has taken the
 * least time lately, so that no user waits behind all the work of another.
 */

interface FairTurnsOptions {
  readonly nowMs?: () => number;
  readonly waitingMax?: number;
}

interface Waiting {
  readonly key: string;
  readonly start: () => void;
}

interface Used {
  readonly ms: number;
  readonly atMs: number;
}

/** More than uploads, imports and previews start at once. */
const WAITING_MAX = 1000;
/** Users whose time is remembered; of more, that of the longest inactive is forgotten. */
const USERS_MAX = 10_000;
/** Time after which half of what a user has used is forgotten. */
const HALF_LIFE_MS = 60_000;

/** Too much work waits. */
export class TurnsFull extends Error {
  override readonly name = 'TurnsFull';
}

export class FairTurns {
  readonly #nowMs: () => number;
  readonly #waitingMax: number;
  #waiting: readonly Waiting[] = [];
  #isRunning = false;
  /** By key, the longest inactive first. */
  readonly #used = new Map<string, Used>();

  constructor({
    nowMs = () => performance.now(),
    waitingMax = WAITING_MAX,
  }: FairTurnsOptions = {}) {
    this.#nowMs = nowMs;
    this.#waitingMax = waitingMax;
  }

  /**
   * @param signal Ends the wait. The work that runs has to end itself.
   * @throws {TurnsFull} Also the reason of `signal`, and what the work throws.
   */
  async take<T>(key: string, work: () => Promise<T>, signal?: AbortSignal): Promise<T> {
    signal?.throwIfAborted();
    if (this.#isRunning) await this.#wait(key, signal);
    else this.#isRunning = true;
    const startMs = this.#nowMs();
    try {
      return await work();
    } finally {
      this.#charge(key, this.#nowMs() - startMs);
      this.#next();
    }
  }

  #wait(key: string, signal: AbortSignal | undefined): Promise<void> {
    if (this.#waiting.length >= this.#waitingMax) throw new TurnsFull();
    return new Promise((resolve, reject) => {
      const leave = (): void => {
        this.#waiting = this.#waiting.filter((each) => each !== waiting);
        reject(signal?.reason);
      };
      const waiting = {
        key,
        start: () => {
          signal?.removeEventListener('abort', leave);
          resolve();
        },
      };
      this.#waiting = [...this.#waiting, waiting];
      signal?.addEventListener('abort', leave);
    });
  }

  /** The turn is handed over, so that no newcomer takes it first. */
  #next(): void {
    let least: Waiting | undefined;
    for (const each of this.#waiting) {
      // The first of those with equal times has waited longest.
      if (least === undefined || this.#usedBy(each.key) < this.#usedBy(least.key)) least = each;
    }
    this.#isRunning = least !== undefined;
    if (least === undefined) return;
    this.#waiting = this.#waiting.filter((each) => each !== least);
    least.start();
  }

  #charge(key: string, ms: number): void {
    const used = this.#usedBy(key) + ms;
    this.#used.delete(key);
    this.#used.set(key, { ms: used, atMs: this.#nowMs() });
    if (this.#used.size <= USERS_MAX) return;
    for (const oldest of this.#used.keys()) {
      this.#used.delete(oldest);
      return;
    }
  }

  #usedBy(key: string): number {
    const used = this.#used.get(key);
    return used === undefined ? 0 : used.ms * 0.5 ** ((this.#nowMs() - used.atMs) / HALF_LIFE_MS);
  }
}
