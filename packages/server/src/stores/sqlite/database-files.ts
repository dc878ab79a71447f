/** The files of a database: its own, and those that SQLite puts beside it. */
import { existsSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { StoreUnusable } from '../../ports/store.ts';

/** The file itself last: while it is there it can be seen that something is left. */
const ENDINGS = Object.freeze(['-journal', '-wal', '-shm', '']);

/**
 * The database of a data directory, for who would make it where there is none.
 *
 * @throws {StoreUnusable} for a restore that was not finished: an empty database is not what belongs there.
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

/** What a copy is called until it is whole. */
export function partOf(file: string): string {
  return `${file}.part`;
}

/** A journal that is left behind would be taken for one of the next database of that name. */
export function removeDatabase(file: string): void {
  for (const ending of ENDINGS) rmSync(`${file}${ending}`, { force: true });
}
