/** The files of a database: its own, and those that SQLite creates beside it. */
import { existsSync, rmSync } from 'node:fs';
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

/** Name of a copy until it is complete. */
export function partOf(file: string): string {
  return `${file}.part`;
}

/** A leftover journal would be applied to the next database of that name. */
export function removeDatabase(file: string): void {
  for (const ending of ENDINGS) rmSync(`${file}${ending}`, { force: true });
}
