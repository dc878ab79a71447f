/**
 * Runs costly work a few at a time. The queue is bounded and fair by key: keys take turns, a key has
 * at most its share of what runs, and when the queue is full, the key with the most waiting work
 * loses its latest.
 */
import { unavailable } from '../errors.ts';

type Waiter = PromiseWithResolvers<void>;

export class ConcurrencyLimiter {
  readonly #atOnceMax: number;
  readonly #waitingMax: number;
  readonly #perKeyMax: number;
  /** By key; the first key with a free place is next. */
  readonly #waiting = new Map<string, Waiter[]>();
  /** Amount of running work by key. */
  readonly #running = new Map<string, number>();
  #waitingCount = 0;
  #runningCount = 0;

  /** @param limits `perKeyMax`: how much work of one key runs at once; default `atOnceMax`. */
  constructor(limits: {
    readonly atOnceMax: number;
    readonly waitingMax: number;
    readonly perKeyMax?: number;
  }) {
    this.#atOnceMax = limits.atOnceMax;
    this.#waitingMax = limits.waitingMax;
    this.#perKeyMax = limits.perKeyMax ?? limits.atOnceMax;
  }

  /** @throws {ChatError} UNAVAILABLE if the queue is full. */
  async run<T>(key: string, work: () => Promise<T>): Promise<T> {
    // Finished work hands its place to the next, which is then already counted.
    if (this.#runningCount < this.#atOnceMax && this.#hasPlace(key)) this.#begin(key);
    else await this.#wait(key);
    try {
      return await work();
    } finally {
      this.#end(key);
    }
  }

  #hasPlace(key: string): boolean {
    return (this.#running.get(key) ?? 0) < this.#perKeyMax;
  }

  #begin(key: string): void {
    this.#runningCount += 1;
    this.#running.set(key, (this.#running.get(key) ?? 0) + 1);
  }

  #end(key: string): void {
    const left = (this.#running.get(key) ?? 1) - 1;
    if (left === 0) this.#running.delete(key);
    else this.#running.set(key, left);
    this.#runningCount -= 1;
    this.#takeNext()?.resolve();
  }

  #wait(key: string): Promise<void> {
    const own = this.#waiting.get(key) ?? [];
    if (this.#waitingCount >= this.#waitingMax) this.#displaceFor(own);
    const waiter = Promise.withResolvers<void>();
    own.push(waiter);
    this.#waiting.set(key, own);
    this.#waitingCount += 1;
    return waiter.promise;
  }

  /**
   * @throws {ChatError} UNAVAILABLE if no other key would still have as many waiting as this one.
   */
  #displaceFor(own: readonly Waiter[]): void {
    let most: Waiter[] = [];
    for (const waiters of this.#waiting.values()) if (waiters.length > most.length) most = waiters;
    if (most.length <= own.length + 1) throw unavailable();
    most.pop()?.reject(unavailable());
    this.#waitingCount -= 1;
  }

  #takeNext(): Waiter | undefined {
    for (const [key, waiters] of this.#waiting) {
      if (!this.#hasPlace(key)) continue;
      const next = waiters.shift();
      this.#waitingCount -= 1;
      this.#waiting.delete(key);
      if (waiters.length > 0) this.#waiting.set(key, waiters); // Moves to the end: other keys come first.
      this.#begin(key);
      return next;
    }
    return undefined;
  }
}
