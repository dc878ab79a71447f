/** `parley export` and `parley import`: move all data between stores, through a file or a pipe (`-`). */
import { createReadStream, createWriteStream, existsSync } from 'node:fs';
import { open, rename, rm } from 'node:fs/promises';
import { pipeline } from 'node:stream/promises';
import { ArchiveError } from '../archive/archive-error.ts';
import { importArchive } from '../archive/import-archive.ts';
import { checkArchive } from '../archive/read-archive.ts';
import { readableLinesOf } from '../archive/readable-lines.ts';
import { archiveOf } from '../archive/write-archive.ts';
import { type Config, ConfigError } from '../config/load-config.ts';
import { copyIn, copyOut } from './file-copies.ts';
import { openSource, openTarget } from './store-admin.ts';
import type { Flags } from './store-commands.ts';

const PIPE = '-';
/** By the values of `--format`. */
const WRITERS: Readonly<Record<string, typeof archiveOf>> = Object.freeze({
  archive: archiveOf,
  jsonl: readableLinesOf,
});

export async function exportStore(
  { values }: Config,
  { file }: { readonly file: string },
  flags: Flags,
): Promise<void> {
  const format = flags['format'] ?? 'archive';
  const write = Object.hasOwn(WRITERS, `${format}`) ? WRITERS[`${format}`] : undefined;
  if (write === undefined) {
    throw new ConfigError(`--format is '${format}', which is not archive or jsonl.`);
  }
  if (file !== PIPE && existsSync(file)) throw new ArchiveError(`${file} already exists.`);
  const source = await openSource(values);
  const counts = new Map<string, number>();
  try {
    const text = write(source, new Date(), (name, rows) => counts.set(name, rows));
    let files: string | undefined;
    if (file === PIPE) await pipeline(text, process.stdout);
    else {
      await writeFile(file, text, async () => {
        files = await copyOut(values, flags, { ids: fileIdsOf(source), file });
      });
    }
    console.error(`Exported ${describe(counts)}${files === undefined ? '' : `, and ${files}`}.`);
  } finally {
    await source.close();
  }
}

export async function importStore(
  { values }: Config,
  { file }: { readonly file: string },
  flags: Flags,
): Promise<void> {
  if (file !== PIPE && !existsSync(file)) throw new ArchiveError(`File ${file} does not exist.`);
  // A file is read twice: checking it first leaves the store unchanged if the file is damaged.
  if (file !== PIPE) await checkArchive(createReadStream(file));
  const target = await openTarget(values);
  try {
    const input: AsyncIterable<Buffer> = file === PIPE ? process.stdin : createReadStream(file);
    let files: string | undefined;
    const counts = await importArchive(input, target, async () => {
      if (file !== PIPE) files = await copyIn(values, flags, file);
    });
    console.error(
      `Imported and verified ${describe(counts)}${files === undefined ? '' : `, and ${files}`}.`,
    );
  } finally {
    await target.close();
  }
}

/**
 * Writes to a temporary file, and renames it once it is complete and flushed to disk.
 *
 * @param copyFiles Called before it gets its name.
 */
async function writeFile(
  file: string,
  text: AsyncIterable<string>,
  copyFiles: () => Promise<void>,
): Promise<void> {
  const part = `${file}.part`;
  try {
    // Not into a file that exists: another user may have created it, or a link of its name.
    await rm(part, { force: true });
    await pipeline(text, createWriteStream(part, { flags: 'wx', mode: 0o600 }));
    const written = await open(part, 'r');
    await written.sync().finally(() => written.close());
    await copyFiles();
    await rename(part, file);
  } catch (error) {
    await rm(part, { force: true });
    throw error;
  }
}

async function* fileIdsOf({
  tables,
  readRows,
}: Awaited<ReturnType<typeof openSource>>): AsyncIterable<string> {
  const files = tables.find(({ name }) => name === 'files');
  if (files === undefined) return;
  for await (const [id] of readRows({ ...files, columns: ['id'] })) yield String(id);
}

function describe(counts: ReadonlyMap<string, number>): string {
  const of = (table: string): string => {
    const count = counts.get(table) ?? 0;
    return `${count} ${count === 1 ? table.replace(/s$/, '') : table}`;
  };
  return `${of('users')}, ${of('rooms')}, ${of('messages')}`;
}
