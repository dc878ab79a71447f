/**
 * Deletes files that no message has: of deleted messages, and uploads that no message took. At the
 * start, and every ten minutes; every node does. The bytes go first: a server that ends in between
 * finds the row again.
 */
import type { Clock, Timer } from '../../ports/clock.ts';
import type { FileStorage } from '../../ports/file-storage.ts';
import type { FileStore } from '../../ports/file-store.ts';
import type { BackgroundTasks } from '../primitives/background-tasks.ts';

const SWEEP_MS = 10 * 60 * 1000;
const FILES_MAX = 100;
/** After a file has expired: a message that takes it at the last moment is stored by then. */
const GRACE_MS = 60 * 60 * 1000;
/** An upload takes less. */
const UNFINISHED_MS = 24 * 60 * 60 * 1000;

interface FileCollectorDependencies {
  readonly store: { readonly files: Pick<FileStore, 'listExpiredFiles' | 'deleteFiles'> };
  readonly fileStorage: Pick<FileStorage, 'delete' | 'deleteUnfinished'>;
  readonly clock: Clock;
  readonly background: BackgroundTasks;
}

export class FileCollector {
  readonly #dependencies: FileCollectorDependencies;
  #timer: Timer | undefined;
  #isClosed = false;

  constructor(dependencies: FileCollectorDependencies) {
    this.#dependencies = dependencies;
  }

  begin(): void {
    const { clock, background } = this.#dependencies;
    const sweep = this.#sweep().finally(() => {
      if (!this.#isClosed) this.#timer = clock.schedule(SWEEP_MS, () => this.begin());
    });
    background.run(sweep);
  }

  /** A running sweep ends after its current step. */
  close(): void {
    this.#isClosed = true;
    this.#timer?.cancel();
  }

  async #sweep(): Promise<void> {
    const { store, fileStorage, clock } = this.#dependencies;
    await fileStorage.deleteUnfinished(clock.nowMs() - UNFINISHED_MS);
    let ids: readonly string[];
    do {
      const beforeMs = clock.nowMs() - GRACE_MS;
      ids = await store.files.listExpiredFiles(beforeMs, FILES_MAX);
      for (const id of ids) await fileStorage.delete(id);
      if (ids.length > 0) await store.files.deleteFiles(ids, beforeMs);
    } while (ids.length === FILES_MAX && !this.#isClosed);
  }
}
