/** The data directory: created if missing, accessible only to the server's user, with its secrets. */
import { randomBytes } from 'node:crypto';
import {
  accessSync,
  constants,
  existsSync,
  mkdirSync,
  readFileSync,
  renameSync,
  statfsSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { ConfigError } from './load-config.ts';

/** Creates the directory if it is missing. @throws {ConfigError} if it cannot be written to. */
export function prepareDataDirectory(path: string): string {
  const directory = resolve(path);
  explainErrors(path, () => {
    makeDirectory(directory);
    accessSync(directory, constants.R_OK | constants.W_OK | constants.X_OK);
  });
  return directory;
}

/** For commands that only read: does not create the directory. @throws {ConfigError} if it cannot be written to. */
export function findDataDirectory(path: string): string {
  const directory = resolve(path);
  return explainErrors(path, () => isDirectory(directory)) ? prepareDataDirectory(path) : directory;
}

/** Converts a system error about a path into a `ConfigError` with its code. */
function explainErrors<T>(path: string, step: () => T): T {
  try {
    return step();
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'EEXIST') throw new ConfigError(`DATA_DIR is '${path}', which is not a folder.`);
    throw new ConfigError(`DATA_DIR is '${path}', which cannot be written to (${code}).`);
  }
}

/** Creates parents one by one: with `recursive`, Node retries forever if the system allows no folders (`/proc`). */
function makeDirectory(path: string): void {
  const parent = dirname(path);
  if (parent !== path && !existsSync(parent)) makeDirectory(parent);
  try {
    mkdirSync(path, { mode: 0o700 });
  } catch (error) {
    // The directory may exist already, or another process may have created it just now.
    if (!isDirectory(path)) throw error;
  }
}

function isDirectory(path: string): boolean {
  return statSync(path, { throwIfNoEntry: false })?.isDirectory() === true;
}

/** Returns a secret that is generated once and kept, readable only by the server's user. */
export function keepSecret(directory: string, name: string): string {
  const path = join(directory, name);
  // An empty file, left by a full disk or a power failure, counts as missing.
  const kept = readIfThere(path).trim();
  if (kept !== '') return kept;
  const secret = randomBytes(32).toString('base64url');
  const part = `${path}.part`;
  writeFileSync(part, `${secret}\n`, { mode: 0o600, flush: true });
  renameSync(part, path);
  return secret;
}

/** SQLite's primary result codes for a full disk and for an I/O error. */
const FULL = 13;
const IO_ERROR = 10;
/** SQLite reports only "I/O error" if there is no disk space for its shared memory. */
const FREE_BYTES_MIN = 1024 * 1024;

/** Converts an error caused by a full disk into a `ConfigError`; returns other errors unchanged. */
export function explainFullDisk(error: unknown, path: string): unknown {
  if (!isDiskFull(error, path)) return error;
  const message = `DATA_DIR is '${path}', whose disk is full: free some disk space, then start again.`;
  return new ConfigError(message, { cause: error });
}

function isDiskFull(error: unknown, path: string): boolean {
  if (!(error instanceof Error)) return false;
  // Checks the codes of the system, and those of SQLite, which its driver adds.
  const { code, errcode = 0 } = error as NodeJS.ErrnoException & { readonly errcode?: number };
  if (code === 'ENOSPC' || code === 'EDQUOT' || (errcode & 0xff) === FULL) return true;
  if ((errcode & 0xff) === IO_ERROR) return freeBytesIn(path) < FREE_BYTES_MIN;
  return isDiskFull(error.cause, path);
}

function freeBytesIn(path: string): number {
  const { bavail, bsize } = statfsSync(path);
  return bavail * bsize;
}

function readIfThere(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
    return '';
  }
}
