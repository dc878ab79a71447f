/** Documents and comments name existing files, and the architecture lists every folder. */
import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import { test } from 'node:test';

const root = join(import.meta.dirname, '../..');
const FOLDERS = ['.github', 'bench', 'docs', 'packages', 'scripts', 'tests'];
const GENERATED = /(?:^|\/)(?:node_modules|dist|\.(?!github)[^/]*)\//;
const TEXT = /\.(?:md|tsx?|mts|mjs)$/;

/** A file or folder in backticks, with or without its leading folders. */
const FILE = /`(?:\.\/)?((?:[\w.-]+\/)*[\w.-]+\.(?:tsx?|mts|mjs|md|css))`/g;
const FOLDER = /`(?:\.\/)?((?:[\w.-]+\/)*[\w.-]+)\/`/g;
/** Test files in the table of a package's tests, which omits their suffix. */
const TEST = /`([\w-]+(?:\/[\w-]+)+)`/g;
/** Links of a Markdown file, except addresses and anchors. */
const LINK = /\]\((?!https?:|mailto:|#)([^)#\s]+)/g;

/** Files of examples and of exports, and folders that a build or a server creates. */
const NOT_IN_A_CHECKOUT = new Set([
  ...['client.mjs', 'data', 'dist', 'dist/cjs'],
  ...['data/exported_emoji', 'exported_emoji'],
]);

const files = [
  ...readdirSync(root).filter((name) => name.includes('.')),
  ...FOLDERS.flatMap((folder) =>
    readdirSync(join(root, folder), { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile())
      .map((entry) => relative(root, join(entry.parentPath, entry.name)).replaceAll('\\', '/')),
  ),
].filter((path) => !GENERATED.test(path));
const folders = new Set(files.flatMap(foldersOf));

/** Each existing path, also without some of its leading folders, and tests without their suffix. */
const known = new Set(
  [...files, ...folders].flatMap((path) => endsOf(path.replace(/\.test\.tsx?$/, ''))),
);
for (const path of files.flatMap(endsOf)) known.add(path);

function foldersOf(path: string): string[] {
  const names = path.split('/').slice(0, -1);
  return names.map((_, index) => names.slice(0, index + 1).join('/'));
}

function endsOf(path: string): string[] {
  const names = path.split('/');
  return names.map((_, index) => names.slice(index).join('/'));
}

function unknownIn(paths: readonly string[], pattern: RegExp): string[] {
  return paths.flatMap((path) =>
    [...readFileSync(join(root, path), 'utf8').matchAll(pattern)]
      .map(([, mention = '']) => mention)
      .filter((mention) => !known.has(mention) && !NOT_IN_A_CHECKOUT.has(mention))
      .map((mention) => `${path}: ${mention}`),
  );
}

test('files and folders that documents and comments name exist', () => {
  const texts = files.filter((path) => TEXT.test(path));
  assert(texts.length > 1000);
  assert.deepEqual(unknownIn(texts, FILE), []);
  assert.deepEqual(unknownIn(texts, FOLDER), []);
});

test('tests in the tables of tests exist', () => {
  const tables = files.filter((path) => path.endsWith('/test/README.md'));
  assert(tables.length > 0);
  assert.deepEqual(unknownIn(tables, TEST), []);
});

test('relative links in documents have a target', () => {
  for (const path of files.filter((file) => file.endsWith('.md'))) {
    for (const [, link = ''] of readFileSync(join(root, path), 'utf8').matchAll(LINK)) {
      const target = relative(root, join(root, path, '..', link));
      assert(files.includes(target) || folders.has(target), `${path}: ${link}`);
    }
  }
});

test('the layout in ARCHITECTURE.md lists every folder of a layer', () => {
  const layout = /```\n([\s\S]*?)```/.exec(
    readFileSync(join(root, 'ARCHITECTURE.md'), 'utf8'),
  )?.[1];
  assert(layout !== undefined);
  const named = new Set([...layout.matchAll(/[\w-]+/g)].map(([name]) => name));
  const parents = [
    ...['packages', 'packages/server/src', 'packages/server/src/domain'],
    ...['packages/server/src/http', 'packages/server/src/gateways', 'packages/server/src/stores'],
    ...['packages/websocket/src', 'packages/websocket/src/node', 'packages/client/src/core'],
  ];
  const missing = parents.flatMap((parent) =>
    readdirSync(join(root, parent), { withFileTypes: true })
      .filter((entry) => entry.isDirectory() && !named.has(entry.name))
      .map((entry) => `${parent}/${entry.name}`),
  );
  assert.deepEqual(missing, []);
});

test('the index of decisions names each record, of which a newcomer can read all', () => {
  const records = files.filter((path) => /^docs\/decisions\/\d{4}-/.test(path));
  const index = readFileSync(join(root, 'docs/decisions/README.md'), 'utf8');
  for (const path of records) {
    const title = /^# \d{4}: (.*)/.exec(readFileSync(join(root, path), 'utf8'))?.[1];
    const name = path.replace('docs/decisions/', '');
    assert(index.includes(`| [${name.slice(0, 4)}](${name}) | ${title} |`), path);
  }
  assert(records.length <= 35);
});
