/** The data directory: made if missing, writable for us only, with the secrets kept in it. */
import { randomBytes } from 'node:crypto';
import { accessSync, constants, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { ConfigError } from './load-config.ts';

/** @throws {ConfigError} where it cannot be written to. */
export function prepareDataDirectory(path: string): string {
  const directory = resolve(path);
  try {
    mkdirSync(directory, { recursive: true, mode: 0o700 });
    accessSync(directory, constants.R_OK | constants.W_OK | constants.X_OK);
  } catch (error) {
    // What the system says of a path, by its code.
    const { code } = error as NodeJS.ErrnoException;
    throw new ConfigError(`DATA_DIR is '${path}', which cannot be written to (${code}).`);
  }
  return directory;
}

/** A secret that is made once and stays, readable by the server's user only. */
export function keepSecret(directory: string, name: string): string {
  const path = join(directory, name);
  try {
    return readFileSync(path, 'utf8').trim();
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
  }
  const secret = randomBytes(32).toString('base64url');
  writeFileSync(path, `${secret}\n`, { mode: 0o600, flag: 'wx' });
  return secret;
}
