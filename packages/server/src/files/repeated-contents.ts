/**
 * Contents that take the disk once, however often they are uploaded: hard links, each named by the
 * digest of its content, beside the files that are named by their ids. A file is never changed, so
 * that no reader sees whether it is shared. Where there are no hard links, and after whatever
 * happens at the same time, files take their own space, and lose nothing else.
 */
import { createHash, randomInt } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { link, readdir, rename, rm, stat } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { makeFolder } from './unfinished-files.ts';

interface RepeatedContents {
  /** Moves a complete file, or puts a link to the same content in its place. */
  move(from: string, to: string): Promise<void>;
  /** Before a file is deleted: its content goes with the last file that has it. */
  release(path: string): Promise<void>;
  /**
   * Deletes contents that no file has, in one folder of many: those of two files that were deleted
   * at the same instant, and what a failure of the machine has left.
   */
  collect(): Promise<void>;
}

/** By the first byte of the digest. */
const FOLDERS = 256;

/** The folder is created with the first file; it must be on the disk of the files. */
export function repeatedContents(directory: string): RepeatedContents {
  const folderOf = (byte: string) => join(directory, byte);
  const placeOf = async (path: string): Promise<string> => {
    const hash = createHash('sha256');
    await pipeline(createReadStream(path), hash);
    const digest = hash.digest('hex');
    return join(folderOf(digest.slice(0, 2)), digest);
  };
  let collected = randomInt(FOLDERS);

  return {
    async move(from, to) {
      const place = await placeOf(from);
      if (await succeeds(link(place, to))) return rm(from);
      await rename(from, to);
      await succeeds(makeFolder(dirname(place)).then(() => link(to, place)));
    },

    async release(path) {
      // The content first: after a kill in between, the file is there to be deleted again.
      await succeeds(
        stat(path).then(async ({ nlink }) => {
          if (nlink === 2) await rm(await placeOf(path), { force: true });
        }),
      );
    },

    async collect() {
      collected = (collected + 1) % FOLDERS;
      const folder = folderOf(collected.toString(16).padStart(2, '0'));
      for (const name of await readdir(folder).catch(() => [])) {
        const place = join(folder, name);
        await succeeds(stat(place).then(({ nlink }) => (nlink === 1 ? rm(place) : undefined)));
      }
    },
  };
}

/** A failure of any kind loses space only. */
function succeeds(work: Promise<unknown>): Promise<boolean> {
  return work.then(
    () => true,
    () => false,
  );
}
