/**
 * Finds exports that no other file imports: the word `export` promises users that do not exist, and
 * hides dead code from the compiler. Reads texts, as `check-imports.ts` does: knip and its like need
 * the compiler API, which TypeScript 7 does not have.
 */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { resolve, sourceFiles } from './check-imports.ts';
import { root } from './steps.ts';

const FOLDERS = ['bench', 'packages', 'scripts', 'tests'];

const DECLARED =
  /^export (?:declare )?(?:abstract )?(?:async )?(?:function\*?|const|let|class|interface|type|enum) (?:(\w+)|\{([^}]*)\})/gm;
const LISTED = /^export (?:type )?\{([^}]*)\}(?! from)/gm;
const IMPORTED = /^(?:import|export)\s([^'";]*?)\sfrom\s'([^']+)'/gm;
const LATE = /\bimport\(\s*'([^']+)'/g;

/** Exports whose users are not imports: a program of the package's tests, and declarations. */
const USED = [
  'packages/websocket/test/ws/drop-in.ts *',
  'packages/websocket/src/node/options/option-table.ts Option',
];

/** Each export without a user in one line; none if all is well. */
export function findUnusedExports(): string[] {
  const texts = new Map(
    sourceFiles(FOLDERS).map((file) => [file, readFileSync(join(root, file), 'utf8')]),
  );
  const used = new Set(USED);
  const late = new Set<string>();
  for (const [file, text] of texts) {
    for (const [, names = '', from = ''] of text.matchAll(IMPORTED)) {
      const target = resolve(file, from);
      if (names.includes('*')) used.add(`${target} *`);
      for (const name of namesIn(names.replace(/^[^{]*/, ''), 0)) used.add(`${target} ${name}`);
    }
    for (const [, from = ''] of text.matchAll(LATE)) late.add(resolve(file, from));
  }
  /** A module that is loaded late passes from file to file: its names count wherever they stand. */
  const isNamed = (name: string, file: string): boolean =>
    [...texts].some(([other, text]) => other !== file && new RegExp(`\\b${name}\\b`).test(text));
  const entries = new Set(entryFiles());
  return (
    [...texts]
      .filter(([file]) => !entries.has(file) && !used.has(`${file} *`))
      // Texts of tests contain programs; `lock.d.mts` describes JavaScript.
      .filter(([file]) => !/\.test\.tsx?$|\.d\.m?ts$/.test(file))
      .flatMap(([file, text]) =>
        exportsOf(text)
          .filter((name) => !used.has(`${file} ${name}`))
          .filter((name) => !late.has(file) || !isNamed(name, file))
          .map((name) => `${file}: nothing imports ${name}`),
      )
  );
}

function exportsOf(text: string): string[] {
  return [
    ...[...text.matchAll(DECLARED)].flatMap(([, name, names = '']) => name ?? namesIn(names, 1)),
    ...[...text.matchAll(LISTED)].flatMap(([, names = '']) => namesIn(names, 1)),
  ].filter((name) => name !== 'default');
}

/** The names in `{ a, type b, c as d }`; `side` is 0 for `c`, and 1 for `d`. */
function namesIn(list: string, side: 0 | 1): string[] {
  return list
    .replace(/[{}]|\/\/.*/g, '')
    .split(',')
    .map((part) =>
      part
        .trim()
        .replace(/^type /, '')
        .split(/\s+as\s+|:\s*/),
    )
    .map((names) => names[side] ?? names[0] ?? '')
    .filter((name) => name !== '');
}

/** Files that other packages, or users, import by the name of a package. */
function entryFiles(): string[] {
  return readdirSync(join(root, 'packages')).flatMap((name) => {
    const manifest = readFileSync(join(root, 'packages', name, 'package.json'), 'utf8');
    return [...manifest.matchAll(/"\.\/(src\/[^"]+)"/g)].map(
      ([, path]) => `packages/${name}/${path}`,
    );
  });
}
