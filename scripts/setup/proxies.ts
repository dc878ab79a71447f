/** Finds nginx and HAProxy for the tests, or unpacks Debian's packages without installing them. */
import { existsSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { root, runCommand } from '../steps.ts';
import { findOnPath } from './find-on-path.ts';

export type FoundProxy =
  | { readonly kind: 'found'; readonly path: string }
  | { readonly kind: 'missing'; readonly reason: string };

/** Folder of unpacked packages; its libraries are found by `LD_LIBRARY_PATH`. */
const UNPACKED = join(root, 'node_modules/.cache/parley-proxies');

/** The program's package first, then those libraries of it that a small system lacks. */
const PACKAGES = {
  nginx: ['nginx'],
  haproxy: ['haproxy', 'liblua5.3-0', 'libopentracing1', 'libopentracing-c-wrapper0'],
};

export async function findOrUnpackProxy(name: keyof typeof PACKAGES): Promise<FoundProxy> {
  const named = process.env[`${name.toUpperCase()}_PATH`];
  const unpacked = join(UNPACKED, 'usr/sbin', name);
  const there = named ?? findOnPath(name) ?? (existsSync(unpacked) ? unpacked : undefined);
  if (there !== undefined) return { kind: 'found', path: there };
  const advice = `install ${name}, or name it in ${name.toUpperCase()}_PATH`;
  if (findOnPath('apt-get') === undefined || findOnPath('dpkg') === undefined) {
    return { kind: 'missing', reason: `no ${name} was found: ${advice}` };
  }
  console.log(`Unpacking ${name} for the tests …`);
  mkdirSync(UNPACKED, { recursive: true });
  const quoted = `'${UNPACKED.replaceAll("'", "'\\''")}'`;
  const { code, output } = await runCommand(
    'sh',
    [
      '-c',
      `cd ${quoted} && apt-get download -q ${PACKAGES[name].join(' ')} &&
       for package in *.deb; do dpkg -x "$package" . || exit 1; done; rm -f -- *.deb`,
    ],
    { quiet: true },
  );
  if (code === 0 && existsSync(unpacked)) return { kind: 'found', path: unpacked };
  const lastLine = output.trim().split('\n').at(-1) ?? '';
  return { kind: 'missing', reason: `${name} could not be downloaded (${lastLine}): ${advice}` };
}

/** Environment of an unpacked program: where its libraries are. */
export function proxyLibraries(): string {
  return ['x86_64-linux-gnu', 'aarch64-linux-gnu']
    .map((triplet) => join(UNPACKED, 'usr/lib', triplet))
    .join(':');
}
