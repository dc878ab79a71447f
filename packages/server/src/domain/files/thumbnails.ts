/**
 * The unit that makes the thumbnails of attachments, one file after the other. Their rows are the
 * queue: a file is taken for longer than it needs, and is due again if its process ends meanwhile. Until
 * then, and if its thumbnails cannot be made, the picture itself is shown.
 */
import type { FileWithoutThumbnails } from '../../model/stored-file.ts';
import type { Clock } from '../../ports/clock.ts';
import { type FileStorage, StorageFull } from '../../ports/file-storage.ts';
import type { FileStore } from '../../ports/file-store.ts';
import type { Logger } from '../../ports/logger.ts';
import { StoreUnavailable } from '../../ports/store.ts';
import type { BackgroundTasks } from '../primitives/background-tasks.ts';
import { type Repeated, repeated } from '../primitives/repeated.ts';

/** Interval of looking for uploads of other processes. */
const SEARCH_MS = 2000;
/** Longer than a picture takes: until then, no other process makes its thumbnails. */
const MAKING_MS = 60_000;
/** After the first failed attempt; each further one waits four times as long. */
const RETRY_MS = 2000;
const ATTEMPTS_MAX = 7;

interface ThumbnailsDependencies {
  readonly store: {
    readonly files: Pick<FileStore, 'hasDueThumbnails' | 'takeDueThumbnails' | 'settleThumbnails'>;
  };
  readonly fileStorage: Pick<FileStorage, 'makeThumbnails'>;
  readonly clock: Pick<Clock, 'nowMs' | 'schedule'>;
  readonly logger: Logger;
  readonly background: BackgroundTasks;
}

export function makeDueThumbnails(dependencies: ThumbnailsDependencies): Repeated {
  const { clock, store } = dependencies;
  return repeated(dependencies, SEARCH_MS, async (run) => {
    while (!run.isClosed) {
      const nowMs = clock.nowMs();
      // A read: an idle server writes nothing.
      if (!(await store.files.hasDueThumbnails(nowMs))) return;
      const take = { nowMs, dueAtMs: nowMs + MAKING_MS, attemptsMax: ATTEMPTS_MAX };
      const file = await store.files.takeDueThumbnails(take);
      if (file === undefined) return;
      await attempt(dependencies, file);
    }
  });
}

/** @throws if other files would fail as well. */
async function attempt(
  { clock, fileStorage, logger, store }: ThumbnailsDependencies,
  { id, attempts }: FileWithoutThumbnails,
): Promise<void> {
  // False, too: another process is about to put the file in its place, or was killed before.
  let isMade = false;
  let failure: unknown;
  try {
    isMade = await fileStorage.makeThumbnails(id);
  } catch (error) {
    logger.record({ event: 'thumbnails.failed', fileId: id, attempts, error });
    failure = error;
  }
  const retryAtMs = clock.nowMs() + RETRY_MS * 4 ** (attempts - 1);
  await store.files.settleThumbnails(id, isMade ? undefined : retryAtMs);
  if (failure instanceof StoreUnavailable || failure instanceof StorageFull) throw failure;
}
