/**
 * Steps around `npm pack` and `npm publish` of a package, run in its folder: `before` builds `dist/`,
 * points `exports` at it, and adds the project's addresses, also to the links of the README; `after` undoes this. A package with a
 * `tsconfig.cjs.json` also gets a CommonJS build.
 *
 * In a checkout the sources run without a build, so `package.json` names them; the published package
 * contains JavaScript with types. Both directions are computed from the manifest itself, so `after` also
 * repairs an interrupted `before`. This is plain JavaScript because npm runs it on whichever Node npm uses.
 */
import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { basename, dirname, join } from 'node:path';

const folder = process.cwd();
const manifestPath = join(folder, 'package.json');
const rootManifestPath = join(folder, '../../package.json');
const PROJECT_FIELDS = ['homepage', 'bugs', 'repository', 'author'];
const MADE_FIELDS = [...PROJECT_FIELDS, 'main', 'typesVersions'];

const [step] = process.argv.slice(2);
if (step === 'before') {
  build();
  change(toPublished);
  changeReadme((text) => text.replaceAll('](../../', `](${fileAddress()}`));
} else if (step === 'after') {
  change(toSource);
  changeReadme((text) => text.replaceAll(`](${fileAddress()}`, '](../../'));
} else {
  console.error('pack.mjs takes one argument: before, or after');
  process.exit(1);
}

function build() {
  const { dependencies = {} } = JSON.parse(readFileSync(manifestPath, 'utf8'));
  const workspaces = Object.keys(dependencies).filter((name) => name.startsWith('@parley/'));
  // The declarations of a package refer to those of the packages that it uses.
  for (const name of workspaces) compile(join(dirname(folder), basename(name)));
  compile(folder);
}

function compile(packageFolder) {
  rmSync(join(packageFolder, 'dist'), { recursive: true, force: true });
  runCompiler(join(packageFolder, 'tsconfig.build.json'));
  const commonJs = join(packageFolder, 'tsconfig.cjs.json');
  if (!existsSync(commonJs)) return;
  runCompiler(commonJs);
  writeFileSync(join(packageFolder, 'dist/cjs/package.json'), '{ "type": "commonjs" }\n');
}

function runCompiler(project) {
  const require = createRequire(import.meta.url);
  const tsc = join(dirname(require.resolve('typescript/package.json')), 'bin/tsc');
  const { status } = spawnSync(process.execPath, [tsc, '-p', project, '--singleThreaded'], {
    stdio: 'inherit',
  });
  if (status !== 0) process.exit(1);
}

function change(step) {
  const manifest = JSON.parse(readFileSync(manifestPath, 'utf8'));
  writeFileSync(manifestPath, `${JSON.stringify(step(manifest), null, 2)}\n`);
}

/** Links to files outside of the package work in a checkout; a published package names the address. */
function changeReadme(step) {
  const path = join(folder, 'README.md');
  if (existsSync(path)) writeFileSync(path, step(readFileSync(path, 'utf8')));
}

function fileAddress() {
  const { repository } = JSON.parse(readFileSync(rootManifestPath, 'utf8'));
  return `${repository.url.replace(/^git\+|\.git$/g, '')}/blob/main/`;
}

function toPublished(manifest) {
  const source = toSource(manifest);
  const exports = mapTargets(source.exports, builtTarget);
  const bin = movedBin(source, /^\.\/src\/(.+)\.ts$/, './dist/$1.js');
  return { ...source, ...bin, ...projectFields(), ...legacyFields(exports), exports };
}

function toSource(manifest) {
  const kept = Object.entries(manifest).filter(([name]) => !MADE_FIELDS.includes(name));
  const exports = mapTargets(manifest.exports, sourceTarget);
  const bin = movedBin(manifest, /^\.\/dist\/(.+)\.js$/, './src/$1.ts');
  return { ...Object.fromEntries(kept), ...bin, exports };
}

/** The commands of a package, if it has any. */
function movedBin({ bin }, from, to) {
  const move = (path) => (typeof path === 'string' ? path.replace(from, to) : undefined);
  return bin && { bin: mapTargets(bin, move) };
}

/** The root manifest is the one place that says where the project lives. */
function projectFields() {
  const root = JSON.parse(readFileSync(rootManifestPath, 'utf8'));
  const fields = Object.fromEntries(PROJECT_FIELDS.map((name) => [name, root[name]]));
  const directory = `packages/${basename(folder)}`;
  return { ...fields, repository: { ...root.repository, directory } };
}

/** Fields for tools that do not read `exports`, such as the resolution `node10` of TypeScript. */
function legacyFields(exports) {
  const main = exports['.'].default.require?.default;
  if (main === undefined) return {};
  const types = Object.entries(exports)
    .filter(([path, target]) => path !== '.' && target.default?.require !== undefined)
    .map(([path, target]) => [path.slice(2), [target.default.require.types]]);
  return { main, typesVersions: { '*': Object.fromEntries(types) } };
}

/**
 * `./src/index.ts` becomes files in `dist/`. Runtimes that can require ES modules take `module-sync`
 * or `bun` for `import` and `require`, so that a process has one copy. Other tools that require the
 * package, such as Jest, get the CommonJS build.
 */
function builtTarget(target) {
  const name = /^\.\/src\/(.+)\.ts$/.exec(target)?.[1];
  if (name === undefined) return undefined;
  const module = { types: `./dist/${name}.d.ts`, default: `./dist/${name}.js` };
  const required = commonJsTarget(name);
  if (required === undefined) return module;
  return { 'module-sync': module, bun: module, require: required, default: module };
}

function commonJsTarget(name) {
  const path = `./dist/cjs/${name}`;
  if (!existsSync(`${path}.js`)) return undefined;
  if (!readFileSync(`${path}.js`, 'utf8').includes("exports['module.exports']")) {
    return { types: `${path}.d.ts`, default: `${path}.js` };
  }
  // Only for ES modules does `require` return the export with this name.
  const from = `./${basename(name)}.js`;
  writeFileSync(`${path}.cjs`, `module.exports = require('${from}')['module.exports'];\n`);
  const types = `import { 'module.exports' as exported } from '${from}';\nexport = exported;\n`;
  writeFileSync(`${path}.d.cts`, types);
  return { types: `${path}.d.cts`, default: `${path}.cjs` };
}

function sourceTarget(target) {
  const module = target['module-sync'] ?? target;
  const name = /^\.\/dist\/(.+)\.js$/.exec(module.default)?.[1];
  return name === undefined ? undefined : `./src/${name}.ts`;
}

/** Replaces each target, at any depth, for which `change` returns another one. */
function mapTargets(target, change) {
  const changed = change(target);
  if (changed !== undefined) return changed;
  if (typeof target === 'string') return target;
  const entries = Object.entries(target);
  return Object.fromEntries(entries.map(([key, value]) => [key, mapTargets(value, change)]));
}
