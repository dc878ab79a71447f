/**
 * Copies of the SQLite database, also while a server writes to it: the copy is a snapshot and does
 * not block writers.
 */
import { closeSync, existsSync, fsyncSync, openSync, renameSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { backup, DatabaseSync } from 'node:sqlite';
import { StoreUnusable } from '../../ports/store.ts';
import { writeNote } from '../sql/store-notes.ts';
import { Database } from './database.ts';
import {
  existingDatabaseFile,
  partOf,
  removeAbandonedCopies,
  removeDatabase,
} from './database-files.ts';
import { makePrivateFile } from './file-permissions.ts';
import { readVersion, rejectUnfinished } from './migrate.ts';
import { runNow } from './run-now.ts';

/** All pages in one step: a copy in several steps restarts whenever a write comes in between. */
const PAGES_PER_STEP = 2 ** 31 - 1;

/**
 * Writes the copy as one file without a journal, replacing a file of that name; leaves nothing if
 * it fails.
 *
 * @throws {StoreUnusable} if there is no database, or only a partially imported one.
 */
export async function copyDatabase(directory: string, file: string): Promise<void> {
  const source = existingDatabaseFile(directory);
  removeAbandonedCopies(directory);
  try {
    await copyFile(source, file);
    withCopy(file, (copy) => {
      if (copy.one("SELECT 1 FROM sqlite_schema WHERE name = 'store_meta'") === undefined) {
        throw new StoreUnusable(`${source} contains no Parley data.`);
      }
      rejectUnfinished(copy);
    });
  } catch (error) {
    removeDatabase(file);
    throw error;
  }
}

/**
 * Writes a complete copy or nothing. The copy is marked: serving from it first creates a new epoch.
 *
 * @param copyFiles Called with the ids of its files before the copy gets its name.
 * @throws {StoreUnusable} if there is no database, or if the file already exists.
 */
export async function backUp(
  directory: string,
  file: string,
  copyFiles: (ids: readonly string[]) => Promise<void> = async () => {},
): Promise<void> {
  await putFile(file, async (part) => {
    await copyDatabase(directory, part);
    await copyFiles(listFileIds(part));
  });
}

/**
 * Makes the backup the database of an empty data directory.
 *
 * @param copyFiles Called before the database gets its name.
 * @throws {StoreUnusable} for an incomplete backup, or one of a newer Parley.
 */
export async function restore(
  file: string,
  directory: string,
  copyFiles: () => Promise<void> = async () => {},
): Promise<void> {
  if (!existsSync(file)) throw new StoreUnusable(`There is no file ${file}.`);
  checkBackup(file);
  await putFile(join(directory, 'parley.db'), async (part) => {
    await copyFile(file, part);
    await copyFiles();
  });
}

function listFileIds(file: string): string[] {
  const copy = new Database(file, { readOnly: true });
  try {
    // Databases of before files are backed up, too.
    if (copy.one("SELECT 1 FROM sqlite_schema WHERE name = 'files'") === undefined) return [];
    return copy.all<{ id: string }>('SELECT id FROM files').map(({ id }) => id);
  } finally {
    copy.close();
  }
}

async function copyFile(file: string, copy: string): Promise<void> {
  removeDatabase(copy);
  makePrivateFile(copy);
  const source = new DatabaseSync(file, { readOnly: true });
  try {
    await backup(source, copy, { rate: PAGES_PER_STEP });
  } finally {
    source.close();
  }
}

/** Writes a temporary file, marks and flushes it, then renames it. */
async function putFile(file: string, write: (part: string) => Promise<void>): Promise<void> {
  if (existsSync(file)) throw new StoreUnusable(`${file} already exists.`);
  const part = partOf(file);
  try {
    await write(part);
    withCopy(part, markAsCopy);
    flush(part);
    renameSync(part, file);
    flush(dirname(file));
  } catch (error) {
    removeDatabase(part);
    throw error;
  }
}

function withCopy(file: string, work: (copy: Database) => void): void {
  const copy = new Database(file, {});
  try {
    // One file, without a journal.
    copy.exec('PRAGMA journal_mode = DELETE');
    work(copy);
  } finally {
    copy.close();
  }
}

function markAsCopy(copy: Database): void {
  runNow(copy, writeNote('copied', '1'));
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
      readVersion(database, { name: file });
    } finally {
      database.close();
    }
  } catch (error) {
    if (error instanceof StoreUnusable) throw error;
    throw new StoreUnusable(`${file} is not a Parley backup: ${(error as Error).message}.`, {
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
