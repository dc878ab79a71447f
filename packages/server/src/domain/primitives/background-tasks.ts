/** Work that nobody waits for: it has an owner, and its failure is not lost. */
import type { Journal } from '../../ports/logger.ts';

export class Background {
  readonly #journal: Journal;
  readonly #running = new Set<Promise<void>>();

  constructor(journal: Journal) {
    this.#journal = journal;
  }

  run(work: Promise<unknown>): void {
    const running = work.then(
      () => {},
      (error: unknown) => this.#journal.record({ event: 'store.failed', error }),
    );
    this.#running.add(running);
    void running.then(() => this.#running.delete(running));
  }

  /** Resolves when nothing runs any more. */
  async settle(): Promise<void> {
    while (this.#running.size > 0) await Promise.all(this.#running);
  }
}
