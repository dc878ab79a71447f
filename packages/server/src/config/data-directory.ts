/** The data directory: made if missing, writable for us only, with the secrets kept in it. */
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

/** Made where it is missing. @throws {ConfigError} where it cannot be written to. */
export function prepareDataDirectory(path: string): string {
  const directory = resolve(path);
  inWords(path, () => {
    makeDirectory(directory);
    accessSync(directory, constants.R_OK | constants.W_OK | constants.X_OK);
  });
  return directory;
}

/** For who only reads: where there is none, none is made. @throws {ConfigError} where it cannot be written to. */
export function findDataDirectory(path: string): string {
  const directory = resolve(path);
  return inWords(path, () => isDirectory(directory)) ? prepareDataDirectory(path) : directory;
}

/** What the system says of a path, by its code. */
function inWords<T>(path: string, step: () => T): T {
  try {
    return step();
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    throw new ConfigError(`DATA_DIR is '${path}', which cannot be written to (${code}).`);
  }
}

/** One after the other: with `recursive`, Node tries for ever where the system lets nobody make any (`/proc`). */
function makeDirectory(path: string): void {
  const parent = dirname(path);
  if (parent !== path && !existsSync(parent)) makeDirectory(parent);
  try {
    mkdirSync(path, { mode: 0o700 });
  } catch (error) {
    // It may have been there, or another process been faster.
    if (!isDirectory(path)) throw error;
  }
}

function isDirectory(path: string): boolean {
  return statSync(path, { throwIfNoEntry: false })?.isDirectory() === true;
}

/** A secret that is made once and stays, readable by the server's user only. */
export function keepSecret(directory: string, name: string): string {
  const path = join(directory, name);
  // One that a full disk, or a power cut, has kept nothing of is none.
  const kept = readIfThere(path).trim();
  if (kept !== '') return kept;
  const secret = randomBytes(32).toString('base64url');
  const part = `${path}.part`;
  writeFileSync(part, `${secret}\n`, { mode: 0o600, flush: true });
  renameSync(part, path);
  return secret;
}

/** SQLite's primary codes for a disk that is full, and for one that fails. */
const FULL = 13;
const IO_ERROR = 10;
/** SQLite says no more than "I/O error" where its shared memory finds no room. */
const ROOM_BYTES_MIN = 1024 * 1024;

/** A start that failed for want of room, in words for the operator; any other failure as it is. */
export function explainFullDisk(error: unknown, path: string): unknown {
  if (!isForWantOfRoom(error, path)) return error;
  const fault = `DATA_DIR is '${path}', whose disk is full: make room there, then start again.`;
  return new ConfigError(fault, { cause: error });
}

function isForWantOfRoom(error: unknown, path: string): boolean {
  if (!(error instanceof Error)) return false;
  // By the system's codes, and by SQLite's own, which its driver adds.
  const { code, errcode = 0 } = error as NodeJS.ErrnoException & { readonly errcode?: number };
  if (code === 'ENOSPC' || code === 'EDQUOT' || (errcode & 0xff) === FULL) return true;
  if ((errcode & 0xff) === IO_ERROR) return roomIn(path) < ROOM_BYTES_MIN;
  return isForWantOfRoom(error.cause, path);
}

function roomIn(path: string): number {
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
