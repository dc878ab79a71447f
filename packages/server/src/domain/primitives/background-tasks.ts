/** Runs work that no caller waits for, and logs its failures. */
import type { Logger } from '../../ports/logger.ts';

export class BackgroundTasks {
  readonly #logger: Logger;
  readonly #running = new Set<Promise<void>>();

  constructor(logger: Logger) {
    this.#logger = logger;
  }

  run(work: Promise<unknown>): void {
    const running = work.then(
      () => {},
      (error: unknown) => this.#logger.record({ event: 'store.failed', error }),
    );
    this.#running.add(running);
    void running.then(() => this.#running.delete(running));
  }

  /** Resolves when no task is running. */
  async settle(): Promise<void> {
    while (this.#running.size > 0) await Promise.all(this.#running);
  }
}
