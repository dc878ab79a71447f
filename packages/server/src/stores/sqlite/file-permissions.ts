/** Files with all that people write, and what their passwords become: nobody else's on this machine to read. */
import { closeSync, openSync } from 'node:fs';

/** Makes an empty file that only its owner can read. @throws EEXIST. */
export function makePrivateFile(file: string): void {
  closeSync(openSync(file, 'wx', 0o600));
}

/**
 * As `makePrivateFile`, where there is none. One that is there stays as it is, and is not even
 * opened: to close it would free the locks that SQLite has on it in this process.
 */
export function ensurePrivateFile(file: string): void {
  try {
    makePrivateFile(file);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
  }
}
