/**
 * The files of users beside a backup or an archive: a folder with the bytes of each, by its id, as any
 * storage gives and takes them. Copying goes on where an interrupted attempt has stopped.
 */
import { createReadStream, createWriteStream, existsSync } from 'node:fs';
import { mkdir, open, readdir, rename, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { FILE_PARTS, type FilePart, type FileStorage } from '../ports/file-storage.ts';

interface CopiedFiles {
  readonly copied: number;
  /** Without bytes, as those that were deleted meanwhile. */
  readonly missing: number;
}

/** The folder of a backup or an archive. */
export function filesFolderOf(file: string): string {
  return `${file}.files`;
}

/** Copies the files with these ids into a folder, which only its owner can read. */
export async function copyFilesOut(
  storage: Pick<FileStorage, 'open'>,
  ids: AsyncIterable<string> | Iterable<string>,
  folder: string,
): Promise<CopiedFiles> {
  let [copied, missing] = [0, 0];
  for await (const id of ids) {
    // The content last: a file that is there is complete.
    for (const part of FILE_PARTS) {
      const isThere = await copyOut(storage, { id, part, folder });
      if (part !== 'content') continue;
      copied += isThere ? 1 : 0;
      missing += isThere ? 0 : 1;
    }
  }
  if (copied > 0) await flush(folder);
  return { copied, missing };
}

/** Puts all files of a folder into a storage, but for those that it has; returns how many there are. */
export async function copyFilesIn(
  storage: Pick<FileStorage, 'open' | 'bring' | 'keep'>,
  folder: string,
): Promise<number> {
  if (!existsSync(folder)) return 0;
  const ids = (await readdir(folder)).filter((name) => /^[\w-]{1,64}$/.test(name));
  for (const id of ids) {
    const known = await storage.open(id, 'content');
    await known?.close();
    if (known !== undefined) continue;
    for (const part of FILE_PARTS) {
      const path = pathOf({ id, part, folder });
      if (existsSync(path)) await storage.bring(id, part, createReadStream(path));
    }
    await storage.keep(id);
  }
  return ids.length;
}

interface Place {
  readonly id: string;
  readonly part: FilePart;
  readonly folder: string;
}

function pathOf({ id, part, folder }: Place): string {
  return join(folder, part === 'content' ? id : `${id}.${part}`);
}

/** False if the storage does not have it. */
async function copyOut(storage: Pick<FileStorage, 'open'>, place: Place): Promise<boolean> {
  const file = await storage.open(place.id, place.part);
  if (file === undefined) return false;
  const path = pathOf(place);
  const known = await stat(path).catch(() => undefined);
  if (known?.size === file.size) {
    await file.close();
    return true;
  }
  const unfinished = `${path}.part`;
  // Created with the first of them.
  await mkdir(place.folder, { recursive: true, mode: 0o700 });
  // Not into a file that exists: another user may have created it, or a link of its name.
  await rm(unfinished, { force: true });
  const target = createWriteStream(unfinished, { flags: 'wx', mode: 0o600, flush: true });
  if (file.size === 0) {
    await file.close();
    await pipeline([], target);
  } else {
    await pipeline(file.read(0, file.size - 1), target);
  }
  await rename(unfinished, path);
  return true;
}

async function flush(path: string): Promise<void> {
  const folder = await open(path);
  await folder.sync().finally(() => folder.close());
}
