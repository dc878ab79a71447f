/** The manifests of the packages that are published, and the files that their tarballs have. */
import assert from 'node:assert/strict';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { root, runNpm } from './packed-checkout.ts';

interface Manifest {
  readonly name: string;
  readonly files: readonly string[];
  readonly exports: Readonly<Record<string, unknown>>;
  /** npm packs these files always; `prepack` names those in `dist`. */
  readonly bin?: Readonly<Record<string, string>>;
  readonly dependencies?: Readonly<Record<string, string>>;
}

const PACKAGES = ['protocol', 'client', 'websocket'];
/** Made by `prepack`. */
const BUILT = 'dist';

const folderOf = (name: string): string => join(root, 'packages', name);
const manifestOf = (name: string): Manifest =>
  JSON.parse(readFileSync(join(folderOf(name), 'package.json'), 'utf8'));

for (const name of PACKAGES) {
  test(`the entries and the listed files of @parley/${name} exist`, () => {
    const { exports, files } = manifestOf(name);

    const named = [...targetsIn(exports), ...files.filter((file) => file !== BUILT)];
    const missing = named.filter((path) => !existsSync(join(folderOf(name), path)));
    assert.deepEqual(missing, []);
    assert.ok(files.includes(BUILT));
  });

  test(`@parley/${name} depends on packages of this version, and names the others exactly`, () => {
    for (const [dependency, version] of Object.entries(manifestOf(name).dependencies ?? {})) {
      const own = /^@parley\/(.+)$/.exec(dependency)?.[1];
      const path = own === undefined ? join(root, 'node_modules', dependency) : folderOf(own);
      const { version: present } = JSON.parse(readFileSync(join(path, 'package.json'), 'utf8'));
      assert.equal(version, present, dependency);
    }
  });
}

test('the tarballs have what the manifests list, a README and a licence, and no sources or tests', async () => {
  const folders = PACKAGES.map((name) => `./packages/${name}`);
  const args = ['pack', '--dry-run', '--json', '--ignore-scripts', '--silent', ...folders];
  const { code, output } = await runNpm(args, root);

  assert.equal(code, 0, output);
  const packed = JSON.parse(output) as { name: string; files: { path: string }[] }[];
  assert.deepEqual(
    packed.map(({ name }) => name),
    PACKAGES.map((name) => `@parley/${name}`),
  );
  for (const [index, { name, files }] of packed.entries()) {
    const paths = files.map(({ path }) => path);
    for (const always of ['LICENSE', 'README.md', 'package.json']) {
      assert.ok(paths.includes(always), `${name}: ${always}`);
    }
    const { files: listed, bin = {} } = manifestOf(PACKAGES[index] ?? '');
    const missing = listed.filter(
      (each) => each !== BUILT && !paths.some((path) => `${path}/`.startsWith(`${each}/`)),
    );
    assert.deepEqual(missing, [], name);
    const commands = Object.values(bin).map((path) => path.replace('./', ''));
    const sources = paths.filter((path) => /^(src|test|scripts)\//.test(path));
    assert.deepEqual(sources, commands, name);
  }
});

/** The paths that a value of `exports` names, at any depth. */
function targetsIn(target: unknown): string[] {
  return typeof target === 'string'
    ? [target]
    : Object.values(target as object).flatMap((each) => targetsIn(each));
}
