/** The files of a database: its own, and those that SQLite creates beside it. */
import { existsSync, readdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { StoreUnusable } from '../../ports/store.ts';

/** The database file comes last: while it exists, leftovers can be detected. */
const ENDINGS = Object.freeze(['-journal', '-wal', '-shm', '']);

/**
 * Returns the database of a data directory, for callers that create a missing one.
 *
 * @throws {StoreUnusable} for an unfinished restore, which an empty database must not replace.
 */
export function databaseFile(directory: string): string {
  const file = join(directory, 'parley.db');
  const part = partOf(file);
  if (!existsSync(file) && existsSync(part)) {
    throw new StoreUnusable(
      `A restore into ${directory} was not finished: run 'parley restore' again, or remove ${part} to begin with an empty database.`,
    );
  }
  return file;
}

/** As `databaseFile`, for callers that need a database. @throws {StoreUnusable} also if there is none. */
export function existingDatabaseFile(directory: string): string {
  const file = databaseFile(directory);
  if (!existsSync(file)) throw new StoreUnusable(`There is no database in ${directory}.`);
  return file;
}

/** Name of a copy until it is complete. */
export function partOf(file: string): string {
  return `${file}.part`;
}

/** A leftover journal would be applied to the next database of that name. */
export function removeDatabase(file: string): void {
  for (const ending of ENDINGS) rmSync(`${file}${ending}`, { force: true });
}

/** File into which this process copies a database to export it. */
export function exportCopyFile(directory: string): string {
  return join(directory, `export-${process.pid}.db`);
}

/** Removes the copies of exports that were killed: they hold texts that users delete later. */
export function removeAbandonedCopies(directory: string): void {
  for (const name of readdirSync(directory)) {
    const [, file, pid] = /^(export-(\d+)\.db)(?:-journal|-wal|-shm)?$/.exec(name) ?? [];
    if (file !== undefined && !isRunning(Number(pid))) removeDatabase(join(directory, file));
  }
}

function isRunning(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch (error) {
    return (error as NodeJS.ErrnoException).code !== 'ESRCH'; // It may belong to another user.
  }
}
