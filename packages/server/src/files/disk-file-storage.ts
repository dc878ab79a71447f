/**
 * Files in a folder, each named by its id. A file is written beside the others first, and moved to
 * its place when it is complete and on disk. Equal files share their bytes.
 */
import { open, rename, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import type { FileStorage } from '../ports/file-storage.ts';
import { repeatedContents } from './repeated-contents.ts';
import {
  flush,
  ignoreMissing,
  makeFolder,
  SUFFIXES,
  THUMBNAILS,
  type UnfinishedFilesOptions,
  unfinishedFiles,
} from './unfinished-files.ts';

const UNFINISHED = 'unfinished';
const CONTENTS = 'by-content';

/** The folder is created with the first file. */
export function diskFileStorage(options: UnfinishedFilesOptions): FileStorage {
  const { directory } = options;
  const unfinished = unfinishedFiles({ ...options, directory: join(directory, UNFINISHED) });
  const contents = repeatedContents(join(directory, CONTENTS));
  // The last characters of an id are random.
  const folderOf = (id: string) => join(directory, id.slice(-2));
  const pathOf = (id: string) => join(folderOf(id), id);

  const deleteThumbnails = async (id: string): Promise<void> => {
    for (const part of THUMBNAILS) await rm(pathOf(id) + SUFFIXES[part], { force: true });
  };

  return {
    receive: unfinished.receive,
    bring: unfinished.bring,
    close: unfinished.close,

    async deleteUnfinished(beforeMs) {
      await unfinished.deleteUnfinished(beforeMs);
      await contents.collect();
    },

    async keep(id) {
      const folder = folderOf(id);
      await makeFolder(folder);
      const paths = unfinished.pathsOf(id);
      // The thumbnails first: a file that is there is complete.
      for (const part of THUMBNAILS) {
        await rename(paths[part], pathOf(id) + SUFFIXES[part]).catch(ignoreMissing);
      }
      await contents.move(paths.content, pathOf(id));
      await flush(folder);
    },

    async makeThumbnails(id) {
      const content = pathOf(id);
      const exists = async () => (await stat(content).catch(ignoreMissing)) !== undefined;
      const isMade = await unfinished.makeThumbnails({
        exists,
        read: async () => ((await exists()) ? content : undefined),
        putThumbnail: (part, path) => rename(path, content + SUFFIXES[part]),
        deleteThumbnails: () => deleteThumbnails(id),
      });
      if (isMade) await flush(folderOf(id));
      return isMade;
    },

    async open(id, part) {
      const file = await open(pathOf(id) + SUFFIXES[part]).catch(ignoreMissing);
      if (file === undefined) return undefined;
      const { size } = await file.stat();
      return {
        size,
        read: (start, end) => file.createReadStream({ start, end }),
        close: () => file.close(),
      };
    },

    async delete(id) {
      await contents.release(pathOf(id));
      // In this order: thumbnails that are made meanwhile are deleted by one of both.
      await rm(pathOf(id), { force: true });
      await deleteThumbnails(id);
      await unfinished.delete(id);
    },
  };
}
