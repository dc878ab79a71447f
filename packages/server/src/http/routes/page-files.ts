/**
 * Reads the files of the web client once. If files were opened per response, slow clients would
 * decide how long the server holds their descriptors.
 */
import { createHash } from 'node:crypto';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { extname, join, relative, sep } from 'node:path';

/** One encoding of a file: compressed by the build, or uncompressed. */
export interface PageVariant {
  readonly encoding: 'br' | 'gzip' | undefined;
  readonly body: Buffer;
  readonly tag: string;
}

export interface PageFile {
  readonly type: string;
  /** Whether the name contains a hash of the content, which therefore never changes. */
  readonly isHashed: boolean;
  /** Smallest first; the last variant is uncompressed and fits every client. */
  readonly variants: readonly PageVariant[];
}

export const HTML = 'text/html; charset=utf-8';

const TYPES: Readonly<Record<string, string>> = Object.freeze({
  '.css': 'text/css; charset=utf-8',
  '.html': HTML,
  '.ico': 'image/vnd.microsoft.icon',
  '.js': 'application/javascript; charset=utf-8',
  '.json': 'application/json; charset=utf-8',
  '.png': 'image/png',
  '.svg': 'image/svg+xml',
  '.txt': 'text/plain; charset=utf-8',
  '.webmanifest': 'application/manifest+json',
  '.woff2': 'font/woff2',
});
/** Compressed copies that the build writes beside a file. */
const COPIES = [
  ['br', '.br'],
  ['gzip', '.gz'],
] as const;
export const HASHED_FOLDER = 'assets/';

/** Returns the files by path relative to the folder, with `/` as separator. */
export function readPageFiles(root: string): ReadonlyMap<string, PageFile> {
  const entries = readdirSync(root, { recursive: true, withFileTypes: true });
  const files = entries
    .filter((entry) => entry.isFile() && !entry.name.startsWith('.'))
    .map(({ parentPath, name }) => join(parentPath, name))
    .filter((path) => !COPIES.some(([, suffix]) => path.endsWith(suffix)));
  return new Map(
    files.map((path) => {
      const name = relative(root, path).split(sep).join('/');
      return [name, readPageFile(path, name)] as const;
    }),
  );
}

function readPageFile(path: string, name: string): PageFile {
  const copies = COPIES.filter(([, suffix]) => existsSync(path + suffix));
  return {
    type: TYPES[extname(path)] ?? 'application/octet-stream',
    isHashed: name.startsWith(HASHED_FOLDER),
    variants: [
      ...copies.map(([encoding, suffix]) => readVariant(path + suffix, encoding)),
      readVariant(path, undefined),
    ],
  };
}

function readVariant(path: string, encoding: PageVariant['encoding']): PageVariant {
  const body = readFileSync(path);
  return { encoding, body, tag: `"${createHash('sha256').update(body).digest('base64url')}"` };
}
