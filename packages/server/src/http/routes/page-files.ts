/**
 * The files of the web client, read once. A file that is opened for an answer holds a descriptor
 * for as long as its client takes to read it, which would be for the client to decide.
 */
import { createHash } from 'node:crypto';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { extname, join, relative, sep } from 'node:path';

/** The same content, compressed by the build or not. */
export interface PageVariant {
  readonly encoding: 'br' | 'gzip' | undefined;
  readonly body: Buffer;
  readonly tag: string;
}

export interface PageFile {
  readonly type: string;
  /** Its name has a hash of its content, which therefore never changes. */
  readonly isHashed: boolean;
  /** The smallest first; the last one is for every client. */
  readonly variants: readonly PageVariant[];
}

const TYPES: Readonly<Record<string, string>> = Object.freeze({
  '.css': 'text/css; charset=utf-8',
  '.html': 'text/html; charset=utf-8',
  '.ico': 'image/vnd.microsoft.icon',
  '.js': 'application/javascript; charset=utf-8',
  '.json': 'application/json; charset=utf-8',
  '.png': 'image/png',
  '.svg': 'image/svg+xml',
  '.txt': 'text/plain; charset=utf-8',
  '.webmanifest': 'application/manifest+json',
  '.woff2': 'font/woff2',
});
/** Copies that the build puts beside a file. */
const COPIES = [
  ['br', '.br'],
  ['gzip', '.gz'],
] as const;
const HASHED_FOLDER = 'assets/';

/** By path below the folder, with `/` between its parts. */
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
