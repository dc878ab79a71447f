/**
 * Files in a folder, each named by its id. A file is written beside the others first, and moved to
 * its place when it is complete and on disk.
 */
import { mkdir, open, readdir, rename, rm, stat, statfs } from 'node:fs/promises';
import { join } from 'node:path';
import {
  type FileContent,
  type FileStorage,
  FileTooLarge,
  StorageFull,
} from '../ports/file-storage.ts';
import { Pictures } from './pictures.ts';
import { SNIFFED_BYTES, type Sniffed, sniffType } from './sniff-type.ts';

interface DiskFileStorageOptions {
  readonly directory: string;
  /** Free bytes of the disk below which no file is received. */
  readonly reserveBytes: number;
  /** Called once if pictures cannot be decoded on this platform. */
  readonly onPicturesMissing: (error: unknown) => void;
}

const UNFINISHED = 'unfinished';
const THUMBNAIL = '.thumbnail';
const SOURCE = '.source';

/** The folder is created with the first file. */
export function diskFileStorage(options: DiskFileStorageOptions): FileStorage {
  const { directory, reserveBytes } = options;
  const pictures = new Pictures(options.onPicturesMissing);
  const unfinished = join(directory, UNFINISHED);
  // The last characters of an id are random.
  const folderOf = (id: string) => join(directory, id.slice(-2));
  const pathOf = (id: string) => join(folderOf(id), id);

  return {
    async receive(id, body, bytesMax) {
      await makeFolder(unfinished);
      const { bavail, bsize } = await statfs(unfinished);
      if (bavail * bsize < reserveBytes + bytesMax) throw new StorageFull();
      const content = join(unfinished, id);
      const source = content + SOURCE;
      const { head, size } = await write(source, body, bytesMax);
      const sniffed = sniffType(head);
      const paths = { content, thumbnail: content + THUMBNAIL };
      const rewritten = await pictures.rewrite(source, sniffed.type, paths);
      if (typeof rewritten === 'object') {
        await rm(source);
        const paths = [content, ...(rewritten.hasThumbnail ? [content + THUMBNAIL] : [])];
        for (const path of paths) await flush(path);
        return { type: sniffed.type, size: (await stat(content)).size, ...rewritten };
      }
      await rename(source, content);
      return contentOf(sniffed, size, rewritten === 'unchanged');
    },

    async keep(id) {
      const folder = folderOf(id);
      await makeFolder(folder);
      const content = join(unfinished, id);
      // The thumbnail first: a file that is there is complete.
      await renameIfThere(content + THUMBNAIL, pathOf(id) + THUMBNAIL);
      await rename(content, pathOf(id));
      await flush(folder);
    },

    async open(id, part) {
      const path = part === 'content' ? pathOf(id) : pathOf(id) + THUMBNAIL;
      const file = await open(path).catch(ignoreMissing);
      if (file === undefined) return undefined;
      const { size } = await file.stat();
      return {
        size,
        read: (start, end) => file.createReadStream({ start, end }),
        close: () => file.close(),
      };
    },

    async delete(id) {
      const content = join(unfinished, id);
      const paths = [pathOf(id) + THUMBNAIL, pathOf(id), content, content + SOURCE];
      for (const path of [...paths, content + THUMBNAIL]) await rm(path, { force: true });
    },

    async deleteUnfinished(beforeMs) {
      const names = (await readdir(unfinished).catch(ignoreMissing)) ?? [];
      for (const name of names) {
        const path = join(unfinished, name);
        const found = await stat(path).catch(ignoreMissing);
        if (found !== undefined && found.mtimeMs < beforeMs) await rm(path, { force: true });
      }
    },
  };
}

/** @param isUnchecked It could not be decoded here: its header says what it is. */
function contentOf({ type, pixels }: Sniffed, size: number, isUnchecked: boolean): FileContent {
  const content = { size, width: undefined, height: undefined, hasThumbnail: false };
  if (isUnchecked) return { ...content, type, ...pixels };
  // A file that begins as a picture and cannot be decoded is none.
  return { ...content, type: type.startsWith('image/') ? 'application/octet-stream' : type };
}

/** Writes a body to disk, and returns its beginning. @throws {FileTooLarge}. */
async function write(
  path: string,
  body: AsyncIterable<Uint8Array>,
  bytesMax: number,
): Promise<{ readonly head: Uint8Array; readonly size: number }> {
  const file = await open(path, 'wx', 0o600);
  try {
    const head: Uint8Array[] = [];
    let size = 0;
    for await (const chunk of body) {
      if (size < SNIFFED_BYTES) head.push(chunk.subarray(0, SNIFFED_BYTES - size));
      size += chunk.length;
      if (size > bytesMax) throw new FileTooLarge();
      await file.writeFile(chunk);
    }
    await file.sync();
    return { head: Buffer.concat(head), size };
  } finally {
    await file.close();
  }
}

/** Creates a folder durably, and its parents. */
async function makeFolder(path: string): Promise<void> {
  if ((await mkdir(path, { recursive: true, mode: 0o700 })) !== undefined) {
    await flush(join(path, '..'));
  }
}

async function flush(path: string): Promise<void> {
  const file = await open(path);
  await file.sync().finally(() => file.close());
}

async function renameIfThere(from: string, to: string): Promise<void> {
  await rename(from, to).catch(ignoreMissing);
}

function ignoreMissing(error: unknown): undefined {
  if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
}
