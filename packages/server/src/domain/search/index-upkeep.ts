/**
 * Adds messages to the index of the search that were stored before there was one, by an import, or
 * since the operator has started the index again: at the start, and every minute. Every node does; the
 * store keeps two nodes from disturbing each other.
 */
import type { Clock, Timer } from '../../ports/clock.ts';
import type { Store } from '../../ports/store.ts';
import type { BackgroundTasks } from '../primitives/background-tasks.ts';

const INTERVAL_MS = 60_000;
/**
 * Maximum number of messages per transaction: senders wait for one transaction at most, and have the
 * store to themselves in the pause after it.
 */
const MESSAGES_MAX = 200;
const PAUSE_MS = 20;

interface IndexUpkeepDependencies {
  readonly store: Pick<Store, 'search'>;
  readonly clock: Pick<Clock, 'schedule'>;
  readonly background: BackgroundTasks;
}

export class IndexUpkeep {
  readonly #dependencies: IndexUpkeepDependencies;
  #timer: Timer | undefined;
  #isClosed = false;

  constructor(dependencies: IndexUpkeepDependencies) {
    this.#dependencies = dependencies;
  }

  begin(): void {
    this.#schedule(0);
  }

  /** A running step ends. */
  close(): void {
    this.#isClosed = true;
    this.#timer?.cancel();
  }

  #schedule(delayMs: number): void {
    const { clock, background } = this.#dependencies;
    this.#timer = clock.schedule(delayMs, () => background.run(this.#step()));
  }

  async #step(): Promise<void> {
    let isMore = false;
    try {
      isMore = await this.#dependencies.store.search.indexMessages(MESSAGES_MAX);
    } finally {
      if (!this.#isClosed) this.#schedule(isMore ? PAUSE_MS : INTERVAL_MS);
    }
  }
}
