/**
 * Runs costly work a few at a time. The queue is bounded and fair by key: keys take turns, and when
 * it is full, the key with the most waiting work loses its latest.
 */
import { unavailable } from '../errors.ts';

type Waiter = PromiseWithResolvers<void>;

export class ConcurrencyLimiter {
  readonly #atOnceMax: number;
  readonly #waitingMax: number;
  /** By key; the first key is next. */
  readonly #waiting = new Map<string, Waiter[]>();
  #waitingCount = 0;
  #running = 0;

  constructor(limits: { readonly atOnceMax: number; readonly waitingMax: number }) {
    this.#atOnceMax = limits.atOnceMax;
    this.#waitingMax = limits.waitingMax;
  }

  /** @throws {ChatError} UNAVAILABLE if the queue is full. */
  async run<T>(key: string, work: () => Promise<T>): Promise<T> {
    if (this.#running < this.#atOnceMax) this.#running += 1;
    else await this.#wait(key); // Finished work hands its turn over, so the count stays.
    try {
      return await work();
    } finally {
      const next = this.#takeNext();
      if (next === undefined) this.#running -= 1;
      else next.resolve();
    }
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
    const [first] = this.#waiting;
    if (first === undefined) return undefined;
    const [key, waiters] = first;
    const next = waiters.shift();
    this.#waitingCount -= 1;
    this.#waiting.delete(key);
    if (waiters.length > 0) this.#waiting.set(key, waiters); // Moves to the end: other keys come first.
    return next;
  }
}
