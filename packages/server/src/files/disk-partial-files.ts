/**
 * Uploads that may go on after a break, in a folder of this machine: for each user a folder, with two
 * files for each upload. The size of the one with the bytes is the offset, so that it is true also
 * after a kill.
 */
import { createHash } from 'node:crypto';
import { constants, createReadStream } from 'node:fs';
import {
  mkdir,
  open,
  readdir,
  readFile,
  rename,
  rm,
  rmdir,
  stat,
  statfs,
  writeFile,
} from 'node:fs/promises';
import { join } from 'node:path';
import { FileTooLarge, StorageFull } from '../ports/file-storage.ts';
import type { PartialFile, PartialFiles } from '../ports/partial-files.ts';
import { ignoreMissing } from './unfinished-files.ts';

interface PartialFilesOptions {
  readonly directory: string;
  /** Free bytes of the disk below which no bytes are received. */
  readonly reserveBytes: number;
}

const DESCRIPTION = '.json';
const NEXT = '.next';

/** The folder is created with the first upload. */
export function diskPartialFiles({ directory, reserveBytes }: PartialFilesOptions): PartialFiles {
  // Ids of users of other applications are no names of files.
  const folderOf = (owner: string) =>
    join(directory, createHash('sha256').update(owner).digest('hex').slice(0, 32));
  const pathOf = (owner: string, id: string) => join(folderOf(owner), id);
  /** As the last sweep has counted them, with those that came and went here since. */
  let bytes = 0;
  const removeBytes = async (path: string): Promise<void> => {
    const found = await stat(path).catch(ignoreMissing);
    await rm(path, { force: true });
    bytes -= found?.size ?? 0;
  };
  const removeAt = async (path: string): Promise<void> => {
    // First: they are found by their description.
    await removeBytes(path);
    for (const each of [path + NEXT, path + DESCRIPTION]) await rm(each, { force: true });
  };

  return {
    async begin(owner, file) {
      const begin = async (): Promise<void> => {
        await mkdir(folderOf(owner), { recursive: true, mode: 0o700 });
        await describe(pathOf(owner, file.id), file);
      };
      // The collector may have deleted the empty folder in between.
      await begin().catch((error: unknown) => {
        ignoreMissing(error);
        return begin();
      });
    },

    find: async (owner, id) => (isId(id) ? readAt(pathOf(owner, id), id) : undefined),

    async list(owner) {
      const folder = folderOf(owner);
      const ids = await idsIn(folder);
      const found = await Promise.all(ids.map((id) => readAt(join(folder, id), id)));
      return found.filter((file) => file !== undefined);
    },

    async append(owner, { id, size, offset }, body) {
      const { bavail, bsize } = await statfs(folderOf(owner));
      if (bavail * bsize < reserveBytes + size - offset) throw new StorageFull();
      const target = await open(pathOf(owner, id), constants.O_WRONLY | constants.O_CREAT, 0o600);
      try {
        let position = offset;
        for await (const chunk of body) {
          if (position + chunk.length > size) throw new FileTooLarge();
          // At its position: bytes that come twice are the same ones.
          for (let start = 0; start < chunk.length; ) {
            const left = chunk.length - start;
            const { bytesWritten } = await target.write(chunk, start, left, position);
            start += bytesWritten;
            position += bytesWritten;
            bytes += bytesWritten;
          }
        }
      } finally {
        await target.close();
      }
    },

    read: (owner, id) => createReadStream(pathOf(owner, id)),

    async complete(owner, { offset: _, ...file }, fileId) {
      const path = pathOf(owner, file.id);
      await describe(path, { ...file, fileId });
      await removeBytes(path);
    },

    async delete(owner, id) {
      if (isId(id)) await removeAt(pathOf(owner, id));
    },

    bytes: () => Math.max(0, bytes),

    async deleteExpired(nowMs) {
      let found = 0;
      for (const owner of (await readdir(directory).catch(ignoreMissing)) ?? []) {
        const folder = join(directory, owner);
        for (const id of await idsIn(folder)) {
          const file = await readAt(join(folder, id), id);
          if (file === undefined || file.expiresAtMs <= nowMs) await removeAt(join(folder, id));
          else if (file.fileId === undefined) found += file.offset;
        }
        // Others are not empty.
        await rmdir(folder).catch(() => {});
      }
      bytes = found;
    },
  };
}

/** A kill leaves the former description, or this one. */
async function describe(
  path: string,
  { name, size, expiresAtMs, fileId }: Omit<PartialFile, 'offset' | 'fileId'> & { fileId?: string },
): Promise<void> {
  const text = JSON.stringify({ name, size, expiresAtMs, fileId });
  await writeFile(path + NEXT, text, { mode: 0o600 });
  await rename(path + NEXT, path + DESCRIPTION);
}

async function readAt(path: string, id: string): Promise<PartialFile | undefined> {
  const text = await readFile(path + DESCRIPTION, 'utf8').catch(ignoreMissing);
  if (text === undefined) return undefined;
  const described = parse(text);
  if (described === undefined) return undefined;
  const { fileId, ...file } = described;
  const bytes = await stat(path).catch(ignoreMissing);
  const offset = fileId === undefined ? (bytes?.size ?? 0) : file.size;
  return { id, ...file, fileId, offset };
}

/** Undefined for what a loss of power has left. */
function parse(text: string): Omit<PartialFile, 'id' | 'offset'> | undefined {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** Of all uploads in a folder, whichever of their files there are. */
async function idsIn(folder: string): Promise<string[]> {
  const names = (await readdir(folder).catch(ignoreMissing)) ?? [];
  return [...new Set(names.map((name) => name.split('.', 1)[0] ?? name))].filter(isId);
}

/** Ids of uploads come from strangers, and are names of files here. */
function isId(id: string): boolean {
  return /^[\w-]{1,64}$/.test(id);
}
