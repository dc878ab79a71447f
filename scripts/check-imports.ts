/**
 * Checks import directions and import cycles by the table in `import-layers.ts`, and texts that are
 * not allowed in a folder. Type imports count: a cycle of types is a cycle for the reader.
 */
import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join, normalize, relative } from 'node:path';
import { FEATURES, LAYERS, MUTUAL_FOLDERS } from './import-layers.ts';
import { root } from './steps.ts';

/** Texts that a folder must not contain, and the reason. */
const FORBIDDEN: readonly {
  readonly folder: string;
  readonly text: RegExp;
  readonly why: string;
}[] = [
  {
    folder: 'packages/server/src/gateways/socketio',
    text: /\.(?:to|in|except|broadcast|serverSideEmit)\b\s*[.(]|\b(?:io|server|#server)\.(?:emit|send|write)\(/,
    // With the Redis adapter attached these would deliver twice.
    why: 'sends to a single socket only: rooms and broadcasts of Socket.IO are not used',
  },
  ...FEATURES.map((name) => ({
    folder: `packages/server/src/domain/${name}`,
    text: /ports\/bus\.ts/,
    why: 'a feature reaches the other nodes over core/other-nodes.ts',
  })),
];

const IMPORT =
  /(?:^|\n)\s*(?:import|export)\s[^'"`;]*?from\s*['"]([^'"]+)['"]|(?:^|\n)\s*import\s*['"]([^'"]+)['"]|\bimport\(\s*['"]([^'"]+)['"]\s*\)/g;

/** Each violation in one line; none if all is well. */
export function findBreaches(): string[] {
  const imports = readImports();
  return [
    ...[...imports].flatMap(([file, targets]) => findInFile(file, targets)),
    ...findForbiddenTexts(),
    ...findMutualFolders(imports),
  ];
}

/**
 * Pairs of folders that import each other, unless one contains the other, compared with the list of
 * those that are allowed.
 */
function findMutualFolders(imports: ReadonlyMap<string, readonly string[]>): string[] {
  const edges = new Set<string>();
  for (const [file, targets] of imports) {
    if (!file.includes('/src/')) continue;
    for (const target of targets) {
      const [from, to] = [dirname(file), dirname(target)];
      const isWithin = `${from}/`.startsWith(`${to}/`) || `${to}/`.startsWith(`${from}/`);
      if (imports.has(target) && !isWithin) edges.add(`${from} ${to}`);
    }
  }
  const pairs = [...edges]
    .map((edge) => edge.split(' '))
    .filter(([from = '', to = '']) => from < to && edges.has(`${to} ${from}`))
    .map((pair) => pair.join(' <-> '));
  const allowed = MUTUAL_FOLDERS.map((pair) => pair.join(' <-> '));
  return [
    ...pairs
      .filter((pair) => !allowed.includes(pair))
      .map((pair) => `folders import each other: ${pair}`),
    ...allowed
      .filter((pair) => !pairs.includes(pair))
      .map((pair) => `no longer import each other, remove from MUTUAL_FOLDERS: ${pair}`),
  ];
}

/** Each import cycle in one line: the files that reach each other. */
export function findCycles(): string[] {
  const imports = readImports();
  const sources = [...imports.keys()].filter((file) => file.includes('/src/'));
  const reached = new Map(sources.map((file) => [file, reach(file, imports)]));
  const groups = new Map<string, string[]>();
  for (const file of sources) {
    const others = sources.filter(
      (other) => reached.get(file)?.has(other) === true && reached.get(other)?.has(file) === true,
    );
    if (others.length > 0) groups.set([...new Set([file, ...others])].sort().join(' <-> '), others);
  }
  return [...groups.keys()].map((group) => `import cycle: ${group}`);
}

/** Files reachable from `file`, which is included only if it is part of a cycle. */
function reach(file: string, imports: ReadonlyMap<string, readonly string[]>): Set<string> {
  const reached = new Set<string>();
  const pending = [...(imports.get(file) ?? [])];
  for (let next = pending.pop(); next !== undefined; next = pending.pop()) {
    if (reached.has(next)) continue;
    reached.add(next);
    pending.push(...(imports.get(next) ?? []));
  }
  return reached;
}

function findInFile(file: string, targets: readonly string[]): string[] {
  const layer = layerOf(file);
  if (layer === undefined) return [`${file}: belongs to no layer of scripts/import-layers.ts`];
  return targets
    .filter((target) => !isAllowed(layer, target))
    .map((target) => `${file}: may not import ${target}`);
}

function isAllowed(layer: string, target: string): boolean {
  return [layer, ...(LAYERS[layer] ?? [])].some((allowed) => {
    if (allowed === 'node:') return target.startsWith('node:');
    if (target === allowed) return true;
    return !allowed.startsWith('@parley/') && target.startsWith(`${allowed}/`);
  });
}

function layerOf(file: string): string | undefined {
  return Object.keys(LAYERS)
    .filter((layer) => file === layer || file.startsWith(`${layer}/`))
    .sort((a, b) => b.length - a.length)[0];
}

function findForbiddenTexts(): string[] {
  return FORBIDDEN.flatMap(({ folder, text, why }) =>
    readdirSync(join(root, folder))
      .filter((name) => text.test(readFileSync(join(root, folder, name), 'utf8')))
      .map((name) => `${folder}/${name}: ${why}`),
  );
}

/** Imports of each source file below `packages/`, relative imports as paths of the checkout. */
function readImports(): Map<string, string[]> {
  return new Map(
    sourceFiles(['packages']).map((file) => {
      const text = readFileSync(join(root, file), 'utf8');
      const specifiers = [...text.matchAll(IMPORT)].map(
        (match) => match[1] ?? match[2] ?? match[3] ?? '',
      );
      return [file, specifiers.map((specifier) => resolve(file, specifier))];
    }),
  );
}

/** A relative import as a path of the checkout. */
export function resolve(file: string, specifier: string): string {
  if (!specifier.startsWith('.')) return specifier;
  return normalize(join(dirname(file), specifier)).replaceAll('\\', '/');
}

export function sourceFiles(folders: readonly string[]): string[] {
  return folders
    .flatMap((folder) =>
      readdirSync(join(root, folder), { recursive: true, withFileTypes: true })
        .filter((entry) => entry.isFile() && /\.(ts|tsx|mts)$/.test(entry.name))
        .map((entry) => relative(root, join(entry.parentPath, entry.name)).replaceAll('\\', '/')),
    )
    .filter((path) => !/(^|\/)(node_modules|dist)\//.test(path));
}
