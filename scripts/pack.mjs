/**
 * Steps around `npm pack` and `npm publish` of a package, run in its folder: `before` builds `dist/`,
 * points `exports` at it, and adds the project's addresses; `after` undoes both.
 *
 * In a checkout the sources run without a build, so `package.json` names them; the published package
 * contains JavaScript with types. Both directions are computed from the manifest itself, so `after` also
 * repairs an interrupted `before`. This is plain JavaScript because npm runs it on whichever Node npm uses.
 */
import { spawnSync } from 'node:child_process';
import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { basename, dirname, join } from 'node:path';

const folder = process.cwd();
const manifestPath = join(folder, 'package.json');
const rootManifestPath = join(folder, '../../package.json');
const PROJECT_FIELDS = ['homepage', 'bugs', 'repository', 'author'];

const [step] = process.argv.slice(2);
if (step === 'before') {
  build();
  change((manifest) => ({ ...manifest, ...projectFields(), exports: toBuilt(manifest.exports) }));
} else if (step === 'after') {
  change((manifest) => ({
    ...withoutProjectFields(manifest),
    exports: toSource(manifest.exports),
  }));
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
  const require = createRequire(import.meta.url);
  const tsc = join(dirname(require.resolve('typescript/package.json')), 'bin/tsc');
  const args = [tsc, '-p', join(packageFolder, 'tsconfig.build.json')];
  const { status } = spawnSync(process.execPath, args, { stdio: 'inherit' });
  if (status !== 0) process.exit(1);
}

function change(step) {
  const manifest = JSON.parse(readFileSync(manifestPath, 'utf8'));
  writeFileSync(manifestPath, `${JSON.stringify(step(manifest), null, 2)}\n`);
}

/** The root manifest is the one place that says where the project lives. */
function projectFields() {
  const { repository, ...fields } = pick(JSON.parse(readFileSync(rootManifestPath, 'utf8')));
  return { ...fields, repository: { ...repository, directory: `packages/${basename(folder)}` } };
}

function pick(manifest) {
  return Object.fromEntries(PROJECT_FIELDS.map((name) => [name, manifest[name]]));
}

function withoutProjectFields(manifest) {
  return Object.fromEntries(
    Object.entries(manifest).filter(([name]) => !PROJECT_FIELDS.includes(name)),
  );
}

/** `./src/index.ts`, at any depth, becomes `{ types, default }` in `dist/`. */
function toBuilt(target) {
  if (typeof target !== 'string') return mapValues(target, toBuilt);
  const name = /^\.\/src\/(.+)\.ts$/.exec(target)?.[1];
  if (name === undefined) return target;
  return { types: `./dist/${name}.d.ts`, default: `./dist/${name}.js` };
}

function toSource(target) {
  if (typeof target === 'string') return target;
  const name = /^\.\/dist\/(.+)\.js$/.exec(target.default)?.[1];
  return name === undefined ? mapValues(target, toSource) : `./src/${name}.ts`;
}

function mapValues(object, change) {
  return Object.fromEntries(Object.entries(object).map(([key, value]) => [key, change(value)]));
}
