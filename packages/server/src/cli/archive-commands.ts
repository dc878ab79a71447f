/** `parley export` and `parley import`: move all data between stores, through a file or a pipe (`-`). */
import { createReadStream, createWriteStream, existsSync } from 'node:fs';
import { open, rename, rm } from 'node:fs/promises';
import { pipeline } from 'node:stream/promises';
import { ArchiveError } from '../archive/archive-error.ts';
import { importArchive } from '../archive/import-archive.ts';
import { checkArchive } from '../archive/read-archive.ts';
import { archiveOf } from '../archive/write-archive.ts';
import type { Config } from '../config/load-config.ts';
import { openSource, openTarget } from './store-admin.ts';

const PIPE = '-';

export async function exportStore(
  { values }: Config,
  { file }: { readonly file: string },
): Promise<void> {
  if (file !== PIPE && existsSync(file)) throw new ArchiveError(`${file} already exists.`);
  const source = await openSource(values);
  const counts = new Map<string, number>();
  try {
    const text = archiveOf(source, new Date(), (name, rows) => counts.set(name, rows));
    if (file === PIPE) await pipeline(text, process.stdout);
    else await writeFile(file, text);
  } finally {
    await source.close();
  }
  console.error(`Exported ${describe(counts)}.`);
}

export async function importStore(
  { values }: Config,
  { file }: { readonly file: string },
): Promise<void> {
  if (file !== PIPE && !existsSync(file)) throw new ArchiveError(`File ${file} does not exist.`);
  // A file is read twice: checking it first leaves the store unchanged if the file is damaged.
  if (file !== PIPE) await checkArchive(createReadStream(file));
  const target = await openTarget(values);
  try {
    const input: AsyncIterable<Buffer> = file === PIPE ? process.stdin : createReadStream(file);
    const counts = await importArchive(input, target);
    console.error(`Imported and verified ${describe(counts)}.`);
  } finally {
    await target.close();
  }
}

/** Writes to a temporary file, and renames it once it is complete and flushed to disk. */
async function writeFile(file: string, text: AsyncIterable<string>): Promise<void> {
  const part = `${file}.part`;
  try {
    // Not into a file that exists: another user may have created it, or a link of its name.
    await rm(part, { force: true });
    await pipeline(text, createWriteStream(part, { flags: 'wx', mode: 0o600 }));
    const written = await open(part, 'r');
    await written.sync().finally(() => written.close());
    await rename(part, file);
  } catch (error) {
    await rm(part, { force: true });
    throw error;
  }
}

function describe(counts: ReadonlyMap<string, number>): string {
  const of = (table: string): string => {
    const count = counts.get(table) ?? 0;
    return `${count} ${count === 1 ? table.replace(/s$/, '') : table}`;
  };
  return `${of('users')}, ${of('rooms')}, ${of('messages')}`;
}
