/**
 * Files on their way, in a folder of this machine: received, found to be what they are, and pictures
 * written again. A storage moves them to their place, or deletes them.
 */
import { randomUUID } from 'node:crypto';
import { mkdir, open, readdir, rename, rm, stat, statfs } from 'node:fs/promises';
import { join } from 'node:path';
import {
  type FilePart,
  type FileStorage,
  FileTooLarge,
  PictureRefused,
  StorageFull,
} from '../ports/file-storage.ts';
import { isCleaned } from './clean-file.ts';
import { TurnsFull } from './fair-turns.ts';
import type { ScanFile } from './file-scanner.ts';
import { mediaReader } from './media-reader.ts';
import { Pictures } from './pictures.ts';
import {
  isPicture,
  SNIFFED_BYTES,
  type Sniffed,
  sniffType,
  TextCheck,
  typeOf,
} from './sniff-type.ts';
import { Turns } from './turns.ts';

export interface UnfinishedFilesOptions {
  readonly directory: string;
  /** Free bytes of the disk below which no file is received. */
  readonly reserveBytes: number;
  /** Called once if pictures cannot be decoded on this platform. */
  readonly onPicturesMissing: (error: unknown) => void;
  /** Checks each file as it will be read, before it can be kept. */
  readonly scan?: ScanFile | undefined;
  /** Milliseconds for the facts of a sound or film; default as of `mediaReader`. */
  readonly mediaMs?: number;
  /** The program that decodes pictures; default as of `Pictures`. */
  readonly pictureProgram?: URL;
}

interface UnfinishedFiles
  extends Pick<FileStorage, 'receive' | 'bring' | 'delete' | 'deleteUnfinished' | 'close'> {
  /** The complete file, and the thumbnails that it has already. */
  pathsOf(id: string): Readonly<Record<FilePart, string>>;
  /** @throws {StorageFull} without space for so many bytes. */
  requireSpace(bytes: number): Promise<void>;
  /** Makes the thumbnails of a kept picture in files of their own. Resolves as `FileStorage.makeThumbnails`. */
  makeThumbnails(picture: KeptPicture): Promise<boolean>;
}

/** A picture in its place, as the storage reaches it. */
interface KeptPicture {
  /** The path of its bytes: `copy`, if they are written to there first. Undefined if there are none. */
  read(copy: string): Promise<string | undefined>;
  exists(): Promise<boolean>;
  putThumbnail(part: Thumbnail, path: string): Promise<void>;
  deleteThumbnails(): Promise<void>;
}

type Thumbnail = Exclude<FilePart, 'content'>;

/** Behind the id. */
export const SUFFIXES = Object.freeze({ content: '', thumbnail: '.thumbnail', small: '.small' });
export const THUMBNAILS = Object.freeze(['thumbnail', 'small'] as const);
/** The disk is the one that acknowledged messages wait for. */
const flushes = new Turns(1);
const SOURCE = '.source';

/** The folder is created with the first file. */
export function unfinishedFiles(options: UnfinishedFilesOptions): UnfinishedFiles {
  const { directory, reserveBytes, scan } = options;
  const pictures = new Pictures({
    onMissing: options.onPicturesMissing,
    program: options.pictureProgram,
  });
  const media = mediaReader({ totalMs: options.mediaMs });
  const pathsOf = (id: string) => {
    const content = join(directory, id);
    return { content, thumbnail: content + SUFFIXES.thumbnail, small: content + SUFFIXES.small };
  };
  const requireSpace = async (bytes: number): Promise<void> => {
    await makeFolder(directory);
    const { bavail, bsize } = await statfs(directory);
    if (bavail * bsize < reserveBytes + bytes) throw new StorageFull();
  };

  const receive: FileStorage['receive'] = async (id, body, { bytesMax, use, decoding }) => {
    await requireSpace(bytesMax);
    const paths = pathsOf(id);
    const { content, thumbnail } = paths;
    const source = content + SOURCE;
    const { size, ...sniffed } = await write(source, body, bytesMax);
    const to = { ...paths, use, decoding };
    const rewritten = await pictures.rewrite(source, sniffed.type, to).catch((error) => {
      throw error instanceof TurnsFull ? new PictureRefused('busy') : error;
    });
    if (rewritten === 'over') throw new PictureRefused('costly');
    if (typeof rewritten === 'object') {
      await rm(source, { force: true });
      await flush(content);
      if (rewritten.hasThumbnail && rewritten.awaitsThumbnails === undefined) {
        await flush(thumbnail);
      }
      return { size: (await stat(content)).size, ...rewritten };
    }
    if (use !== 'attachment') {
      throw new PictureRefused(rewritten === 'unchanged' ? 'unsupported' : 'unreadable');
    }
    // Data beside the picture, such as its place, would reach its readers.
    if (rewritten === undefined && (isPicture(sniffed.type) || isCleaned(sniffed.type)))
      throw new PictureRefused('damaged');
    await rename(source, content);
    const { type, pixels } = sniffed;
    const dimensions = { width: pixels?.width, height: pixels?.height };
    return { type, size, ...dimensions, hasThumbnail: false };
  };

  return {
    pathsOf,
    requireSpace,
    close: () => pictures.close(),

    async receive(id, body, limits) {
      const content = await receive(id, body, limits);
      const path = pathsOf(id).content;
      await scan?.(path, content.type);
      return { ...content, ...(await media.read(path, content.type)) };
    },

    async bring(id, part, body) {
      await requireSpace(0);
      const path = pathsOf(id)[part];
      // An attempt that was interrupted has left a part of it.
      await rm(path, { force: true });
      await write(path, body, Number.POSITIVE_INFINITY);
    },

    async makeThumbnails(picture) {
      await requireSpace(0);
      // Another process may make the same ones in this folder.
      const made = pathsOf(randomUUID());
      const copy = made.content;
      let [isMade, isKept] = [false, false];
      try {
        const content = await picture.read(copy);
        if (content !== undefined) {
          await pictures.makeThumbnails(content, made);
          for (const part of THUMBNAILS) {
            await flush(made[part]);
            await picture.putThumbnail(part, made[part]);
          }
          isMade = true;
        }
      } finally {
        for (const path of Object.values(made)) await rm(path, { force: true });
        // A deletion deletes the picture first, then its thumbnails.
        isKept = await picture.exists();
        if (!isKept) await picture.deleteThumbnails();
      }
      // An upload may have put the picture in its place after it was looked for.
      return isMade && isKept;
    },

    async delete(id) {
      const paths = pathsOf(id);
      for (const path of [paths.content + SOURCE, ...Object.values(paths)]) {
        await rm(path, { force: true });
      }
    },

    async deleteUnfinished(beforeMs) {
      const names = (await readdir(directory).catch(ignoreMissing)) ?? [];
      for (const name of names) {
        const path = join(directory, name);
        const found = await stat(path).catch(ignoreMissing);
        if (found !== undefined && found.mtimeMs < beforeMs) await rm(path, { force: true });
      }
    },
  };
}

/** Writes a body to disk, and finds its type. @throws {FileTooLarge}. */
async function write(
  path: string,
  body: AsyncIterable<Uint8Array>,
  bytesMax: number,
): Promise<Sniffed & { readonly size: number }> {
  const file = await open(path, 'wx', 0o600);
  try {
    const head: Uint8Array[] = [];
    const text = new TextCheck();
    let size = 0;
    for await (const chunk of body) {
      if (size < SNIFFED_BYTES) head.push(chunk.subarray(0, SNIFFED_BYTES - size));
      text.add(chunk);
      size += chunk.length;
      if (size > bytesMax) throw new FileTooLarge();
      await file.writeFile(chunk);
    }
    await flushes.take(() => file.sync());
    const sniffed = sniffType(Buffer.concat(head));
    return { ...sniffed, type: typeOf(sniffed, text), size };
  } finally {
    await file.close();
  }
}

/** Creates a folder durably, and its parents. */
export async function makeFolder(path: string): Promise<void> {
  if ((await mkdir(path, { recursive: true, mode: 0o700 })) !== undefined) {
    await flush(join(path, '..'));
  }
}

export async function flush(path: string): Promise<void> {
  const file = await open(path);
  await flushes.take(() => file.sync()).finally(() => file.close());
}

export function ignoreMissing(error: unknown): undefined {
  if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
}
