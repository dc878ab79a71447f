/** Permissions of files with messages and password hashes: only their owner can read them. */
import { closeSync, openSync } from 'node:fs';

/** Creates an empty file that only its owner can read. @throws EEXIST. */
export function makePrivateFile(file: string): void {
  closeSync(openSync(file, 'wx', 0o600));
}

/**
 * Like `makePrivateFile`, if the file does not exist. An existing file is not even opened: closing
 * it would release the locks that SQLite holds on it in this process.
 */
export function ensurePrivateFile(file: string): void {
  try {
    makePrivateFile(file);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
  }
}
