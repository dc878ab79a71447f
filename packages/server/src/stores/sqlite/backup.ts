/**
 * Copies of the SQLite database, also while a server writes to it: the copy is of
 * one instant, and nobody waits for it.
 */
import { closeSync, existsSync, fsyncSync, openSync, renameSync, rmSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { backup, DatabaseSync } from 'node:sqlite';
import { StoreUnusable } from '../../ports/store.ts';
import { Database } from './database.ts';
import { META, readVersion } from './migrate.ts';
import { makePrivateFile } from './private-file.ts';

/** All at once: a copy in several steps begins anew whenever somebody writes in between. */
const PAGES_PER_STEP = 2 ** 31 - 1;

/** In place of any file of that name. @throws {StoreUnusable} where there is no database. */
export async function copyDatabase(directory: string, file: string): Promise<void> {
  const source = join(directory, 'parley.db');
  if (!existsSync(source)) throw new StoreUnusable(`There is no database in ${directory}.`);
  await copyFile(source, file);
}

/**
 * A whole copy under the name, or none. It carries a mark: who is served from it
 * first gets a new epoch.
 *
 * @throws {StoreUnusable} where there is no database, or a file of that name.
 */
export async function backUp(directory: string, file: string): Promise<void> {
  await putFile(file, (part) => copyDatabase(directory, part));
}

/**
 * Makes the backup the database of an empty data directory.
 *
 * @throws {StoreUnusable} for a file that is no whole backup, or one of a newer Parley.
 */
export async function restore(file: string, directory: string): Promise<void> {
  if (!existsSync(file)) throw new StoreUnusable(`There is no file ${file}.`);
  checkBackup(file);
  await putFile(join(directory, 'parley.db'), (part) => copyFile(file, part));
}

async function copyFile(file: string, copy: string): Promise<void> {
  rmSync(copy, { force: true });
  makePrivateFile(copy);
  const source = new DatabaseSync(file, { readOnly: true });
  try {
    await backup(source, copy, { rate: PAGES_PER_STEP });
  } finally {
    source.close();
  }
}

/** Writes beside the name, marks and flushes what was written, then gives it its name. */
async function putFile(file: string, write: (part: string) => Promise<void>): Promise<void> {
  if (existsSync(file)) throw new StoreUnusable(`${file} exists already.`);
  const part = `${file}.part`;
  try {
    await write(part);
    markAsCopy(part);
    flush(part);
    renameSync(part, file);
    flush(dirname(file));
  } catch (error) {
    rmSync(part, { force: true });
    throw error;
  }
}

function markAsCopy(file: string): void {
  const copy = new Database(file, {});
  try {
    // One file, without a log beside it.
    copy.exec('PRAGMA journal_mode = DELETE');
    copy.run(
      "INSERT INTO store_meta (key, value) VALUES (?, '1') ON CONFLICT (key) DO NOTHING",
      META.copied,
    );
  } finally {
    copy.close();
  }
}

function checkBackup(file: string): void {
  let check: string | undefined;
  try {
    const database = new Database(file, { readOnly: true });
    try {
      check = database.one<{ integrity_check: string }>(
        'PRAGMA integrity_check(1)',
      )?.integrity_check;
      database.one('SELECT 1 FROM store_meta');
      readVersion(database, file);
    } finally {
      database.close();
    }
  } catch (error) {
    if (error instanceof StoreUnusable) throw error;
    throw new StoreUnusable(`${file} is no backup of Parley: ${(error as Error).message}.`, {
      cause: error,
    });
  }
  if (check !== 'ok')
    throw new StoreUnusable(`${file} is damaged: ${check?.replaceAll(/\s+/g, ' ')}.`);
}

function flush(path: string): void {
  const descriptor = openSync(path, 'r');
  fsyncSync(descriptor);
  closeSync(descriptor);
}
