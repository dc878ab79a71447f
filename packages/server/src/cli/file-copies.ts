/** The files of users in backups and archives, as the commands copy them and speak of them. */
import { copyFilesIn, copyFilesOut, filesFolderOf } from '../archive/archived-files.ts';
import type { Values } from '../config/load-config.ts';
import { openFiles } from './store-admin.ts';

/** Copies files into the folder beside a backup or an archive; undefined if they are left out. */
export async function copyOut(
  values: Values,
  flags: Readonly<Record<string, unknown>>,
  { ids, file }: { readonly ids: AsyncIterable<string> | Iterable<string>; readonly file: string },
): Promise<string | undefined> {
  if (flags['without-files'] === true) return undefined;
  const { copied, missing } = await copyFilesOut(await openFiles(values), ids, filesFolderOf(file));
  if (copied + missing === 0) return undefined;
  const place = copied === 0 ? '' : ` in ${filesFolderOf(file)}`;
  return `${describe(copied)}${place}${missing === 0 ? '' : ` (and ${missing} without bytes)`}`;
}

/** Copies the files beside a backup or an archive into the storage; undefined if there are none. */
export async function copyIn(
  values: Values,
  flags: Readonly<Record<string, unknown>>,
  file: string,
): Promise<string | undefined> {
  if (flags['without-files'] === true) return undefined;
  const folder = filesFolderOf(file);
  const copied = await copyFilesIn(await openFiles(values), folder);
  return copied === 0 ? undefined : `${describe(copied)} from ${folder}`;
}

function describe(count: number): string {
  return `${count} ${count === 1 ? 'file' : 'files'}`;
}
