/**
 * Ensures that one process owns the data directory for its lifetime. The lock is an exclusive lock
 * on a small SQLite file, so the system releases it however the process ends; a note beside it
 * names the owner.
 */
import { existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Database } from './database.ts';

/** SQLite's error code for a lock held by another process. */
const BUSY = 5;

class DataDirectoryInUse extends Error {
  override readonly name = 'DataDirectoryInUse';
}

export class OwnerLock {
  readonly #database: Database;
  readonly #note: string;

  /**
   * @throws DataDirectoryInUse naming the owner, if there is one; otherwise the reason why the lock
   * cannot be acquired.
   */
  static acquire(directory: string): OwnerLock {
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

  /** Undefined while another process owns the directory. */
  static tryAcquire(directory: string): OwnerLock | undefined {
    try {
      return OwnerLock.acquire(directory);
    } catch (error) {
      if (error instanceof DataDirectoryInUse) return undefined;
      throw error;
    }
  }

  /** The process that owns the directory; undefined if there is none. */
  static findOwner(directory: string): Owner | undefined {
    if (!existsSync(join(directory, 'owner.db'))) return undefined;
    // A note alone may be of a process that was killed.
    const lock = OwnerLock.tryAcquire(directory);
    lock?.release();
    return lock === undefined ? readNote(join(directory, 'owner.json')) : undefined;
  }

  private constructor(database: Database, note: string) {
    this.#database = database;
    this.#note = note;
    this.describe({});
  }

  /** Writes a note about the owner for processes that find the lock. */
  describe(owner: { readonly url?: string }): void {
    writeFileSync(this.#note, JSON.stringify({ pid: process.pid, ...owner }), { mode: 0o600 });
  }

  release(): void {
    rmSync(this.#note, { force: true });
    this.#database.close();
  }
}

interface Owner {
  readonly pid?: number;
  readonly url?: string;
}

function describeOwner(note: string): string {
  const owner = readNote(note);
  if (owner === undefined) return '';
  const { pid, url } = owner;
  return ` (process ${pid}${url === undefined ? '' : `, ${url}`})`;
}

function readNote(note: string): Owner | undefined {
  try {
    // Written by `describe`; other contents are shown as far as possible.
    return JSON.parse(readFileSync(note, 'utf8')) as Owner;
  } catch {
    return undefined; // Truncated or missing: only the lock itself matters.
  }
}
