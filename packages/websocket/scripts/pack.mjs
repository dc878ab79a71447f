/**
 * What `npm pack` and `npm publish` do around the package: `before` builds `dist/`
 * and lets `exports` point there, `after` lets them point at the sources again.
 *
 * In a checkout the sources run as they are, so its `package.json` names them;
 * whoever installs the package gets JavaScript with types. Both ways are computed
 * from `exports` itself, so that `after` mends whatever was interrupted. Plain
 * JavaScript, since npm runs it on any Node that it runs on itself.
 */
import { spawnSync } from 'node:child_process';
import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const folder = dirname(dirname(fileURLToPath(import.meta.url)));
const manifestPath = join(folder, 'package.json');

const [step] = process.argv.slice(2);
if (step === 'before') {
  build();
  changeExports(toBuilt);
} else if (step === 'after') {
  changeExports(toSource);
} else {
  console.error('pack.mjs takes one argument: before, or after');
  process.exit(1);
}

function build() {
  rmSync(join(folder, 'dist'), { recursive: true, force: true });
  const require = createRequire(import.meta.url);
  const tsc = join(dirname(require.resolve('typescript/package.json')), 'bin/tsc');
  const args = [tsc, '-p', join(folder, 'tsconfig.build.json')];
  const { status } = spawnSync(process.execPath, args, { stdio: 'inherit' });
  if (status !== 0) process.exit(1);
}

function changeExports(change) {
  const manifest = JSON.parse(readFileSync(manifestPath, 'utf8'));
  manifest.exports = change(manifest.exports);
  writeFileSync(manifestPath, `${JSON.stringify(manifest, null, 2)}\n`);
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
