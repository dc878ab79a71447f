/**
 * Deletes files that no message has: of deleted messages, and uploads that no message took. At the
 * start, and every 30 seconds; every node does. The bytes go first: a server that ends in between
 * finds the row again. Each process deletes the remains of uploads on its own disk, whichever units it
 * runs.
 */
import type { Clock } from '../../ports/clock.ts';
import type { FileStorage } from '../../ports/file-storage.ts';
import type { FileStore } from '../../ports/file-store.ts';
import type { PartialFiles } from '../../ports/partial-files.ts';
import type { BackgroundTasks } from '../primitives/background-tasks.ts';
import { type Repeated, type Run, repeated } from '../primitives/repeated.ts';

/** Deleted files are gone from the disk within a minute. An idle server only reads one index. */
const SWEEP_MS = 30 * 1000;
const UNFINISHED_SWEEP_MS = 10 * 60 * 1000;
const FILES_MAX = 100;
/** After a file has expired: a message that takes it at the last moment is stored by then. */
const GRACE_MS = 60 * 60 * 1000;
/** An upload takes less. */
const UNFINISHED_MS = 24 * 60 * 60 * 1000;

interface SweepDependencies {
  readonly clock: Clock;
  readonly background: BackgroundTasks;
}

interface FileCollectorDependencies extends SweepDependencies {
  readonly store: { readonly files: Pick<FileStore, 'listExpiredFiles' | 'deleteFiles'> };
  readonly fileStorage: Pick<FileStorage, 'delete'>;
}

interface UnfinishedCollectorDependencies extends SweepDependencies {
  readonly fileStorage: Pick<FileStorage, 'deleteUnfinished'>;
  readonly partialFiles: Pick<PartialFiles, 'deleteExpired'>;
}

export function collectFiles(dependencies: FileCollectorDependencies): Repeated {
  return repeated(dependencies, SWEEP_MS, (run) => sweep(dependencies, run));
}

export function collectUnfinished(dependencies: UnfinishedCollectorDependencies): Repeated {
  const { fileStorage, partialFiles, clock } = dependencies;
  return repeated(dependencies, UNFINISHED_SWEEP_MS, async () => {
    await fileStorage.deleteUnfinished(clock.nowMs() - UNFINISHED_MS);
    await partialFiles.deleteExpired(clock.nowMs());
  });
}

async function sweep(
  { store, fileStorage, clock }: FileCollectorDependencies,
  run: Run,
): Promise<void> {
  let ids: readonly string[];
  do {
    const beforeMs = clock.nowMs() - GRACE_MS;
    ids = await store.files.listExpiredFiles(beforeMs, FILES_MAX);
    for (const id of ids) await fileStorage.delete(id);
    if (ids.length > 0) await store.files.deleteFiles(ids, beforeMs);
  } while (ids.length === FILES_MAX && !run.isClosed);
}
