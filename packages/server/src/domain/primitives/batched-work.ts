/**
 * Groups work about many keys into batches for the store: items that are added while a batch runs
 * wait for the next one. An event that concerns many users then takes one call of the store at a
 * time. A batch is repeated while the store is unavailable.
 */
import type { Clock, Timer } from '../../ports/clock.ts';
import { StoreUnavailable } from '../../ports/store.ts';
import type { BackgroundTasks } from './background-tasks.ts';
import { take } from './take.ts';

interface BatchedWorkOptions<Item> {
  readonly clock: Pick<Clock, 'schedule'>;
  readonly background: Pick<BackgroundTasks, 'run'>;
  /** Maximum number of items in one call of `run`. */
  readonly batchMax: number;
  /** Must be harmless to repeat. */
  readonly run: (items: readonly Item[]) => Promise<void>;
}

const RETRY_MS = 1000;
/** Maximum number of items that wait; the oldest is dropped. */
const WAITING_MAX = 100_000;

export class BatchedWork<Key, Item> {
  readonly #options: BatchedWorkOptions<Item>;
  /** The oldest first. */
  #waiting = new Map<Key, Item>();
  #isRunning = false;
  #retry: Timer | undefined;
  #isClosed = false;

  constructor(options: BatchedWorkOptions<Item>) {
    this.#options = options;
  }

  /** Replaces an item of the same key that still waits. */
  add(key: Key, item: Item): void {
    this.#waiting.delete(key); // Moves to the end.
    this.#waiting.set(key, item);
    this.#dropOldest();
    this.#begin();
  }

  /** Tries the waiting items a last time. */
  close(): void {
    this.#isClosed = true;
    this.#retry?.cancel();
    this.#retry = undefined;
    this.#begin();
  }

  #begin(): void {
    if (this.#isRunning || this.#retry !== undefined || this.#waiting.size === 0) return;
    this.#isRunning = true;
    this.#options.background.run(this.#runNext());
  }

  async #runNext(): Promise<void> {
    await Promise.resolve(); // Items added in this turn belong to the batch.
    const batch = [...take(this.#waiting, this.#options.batchMax)];
    for (const [key] of batch) this.#waiting.delete(key);
    try {
      await this.#options.run(batch.map(([, item]) => item));
    } catch (error) {
      if (error instanceof StoreUnavailable && !this.#isClosed) this.#runLater(batch);
      throw error;
    } finally {
      this.#isRunning = false;
      this.#begin();
    }
  }

  #runLater(batch: readonly (readonly [Key, Item])[]): void {
    // Items that were added meanwhile are newer.
    this.#waiting = new Map([...batch, ...this.#waiting]);
    this.#dropOldest();
    this.#retry = this.#options.clock.schedule(RETRY_MS, () => {
      this.#retry = undefined;
      this.#begin();
    });
  }

  #dropOldest(): void {
    for (const key of take(this.#waiting.keys(), this.#waiting.size - WAITING_MAX)) {
      this.#waiting.delete(key);
    }
  }
}
