/**
 * One process owns the data directory, for as long as it lives. The lock is an
 * exclusive one on a small SQLite file, so the system frees it however the
 * process ends; a note beside it says who the owner is.
 */
import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Database } from './database.ts';

/** SQLite's code for a lock that another process has. */
const BUSY = 5;

export class DataDirectoryInUse extends Error {
  override readonly name = 'DataDirectoryInUse';
}

export class OwnerLock {
  readonly #database: Database;
  readonly #note: string;

  /** @throws DataDirectoryInUse naming the owner, when there is one; else why the lock cannot be taken. */
  static take(directory: string): OwnerLock {
    const note = join(directory, 'owner.json');
    const database = new Database(join(directory, 'owner.db'), {});
    try {
      database.exec(
        'PRAGMA journal_mode = DELETE; PRAGMA locking_mode = EXCLUSIVE; BEGIN EXCLUSIVE',
      );
    } catch (error) {
      database.close();
      if ((error as { readonly errcode?: number }).errcode !== BUSY) throw error;
      throw new DataDirectoryInUse(
        `The data directory ${directory} is in use by another Parley${describeOwner(note)}.`,
        { cause: error },
      );
    }
    return new OwnerLock(database, note);
  }

  private constructor(database: Database, note: string) {
    this.#database = database;
    this.#note = note;
    this.describe({});
  }

  /** Writes down who the owner is, for whoever meets the lock. */
  describe(owner: { readonly url?: string }): void {
    writeFileSync(this.#note, JSON.stringify({ pid: process.pid, ...owner }), { mode: 0o600 });
  }

  release(): void {
    rmSync(this.#note, { force: true });
    this.#database.close();
  }
}

function describeOwner(note: string): string {
  try {
    // Written by `describe`; what else it may be is shown as far as it goes.
    const { pid, url } = JSON.parse(readFileSync(note, 'utf8')) as { pid?: number; url?: string };
    return ` (process ${pid}${url === undefined ? '' : `, ${url}`})`;
  } catch {
    return ''; // Cut off or gone: the lock itself is what counts.
  }
}
