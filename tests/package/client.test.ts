/**
 * `npm pack` of the SDK and of the protocol that it depends on: checked by the tools that
 * packages are checked by, installed without a registry, compiled and run.
 *
 * It packs a copy, so that other tests find the checkout unchanged.
 */
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { cp, mkdir, mkdtemp, readdir, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';

const root = join(import.meta.dirname, '../..');
const PACKAGES = ['protocol', 'client'] as const;

let folder: string;
const tarballs = new Map<string, string>();

before(async () => {
  folder = await mkdtemp(join(tmpdir(), 'parley-pack-'));
  const checkout = join(folder, 'checkout');
  await mkdir(join(checkout, 'packages'), { recursive: true });
  for (const path of ['tsconfig.base.json', 'package.json', 'scripts/pack.mjs']) {
    await cp(join(root, path), join(checkout, path));
  }
  for (const name of PACKAGES) {
    await cp(join(root, 'packages', name), join(checkout, 'packages', name), {
      recursive: true,
      filter: (path) => !/(node_modules|dist|test)$/.test(path),
    });
  }
  await symlink(join(root, 'node_modules'), join(checkout, 'node_modules'), 'junction');
  for (const name of PACKAGES) {
    const at = join(checkout, 'packages', name);
    tarballs.set(name, await pack(at));
    const [packed, source] = await Promise.all(
      [at, join(root, 'packages', name)].map((each) =>
        readFile(join(each, 'package.json'), 'utf8'),
      ),
    );
    assert.equal(packed, source, 'packing leaves the checkout unchanged');
  }
});

after(() => rm(folder, { recursive: true, force: true }));

for (const name of PACKAGES) {
  test(`publint finds nothing in @parley/${name}`, async () => {
    const { code, output } = await run(process.execPath, [
      bin('publint'),
      tarballOf(name),
      '--strict',
    ]);
    assert.equal(code, 0, output);
    assert.match(output, /All good!/);
  });

  test(`the types of every entry of @parley/${name} are right`, async () => {
    const args = [bin('attw'), tarballOf(name), '--profile', 'esm-only', '--no-color'];
    const { code, output } = await run(process.execPath, args);
    assert.equal(code, 0, output);
  });
}

test('installed, the SDK runs in Node, and its types compile', async () => {
  const app = join(folder, 'app');
  await mkdir(app);
  await writeFile(join(app, 'package.json'), '{"name":"app","private":true,"type":"module"}');
  // The only dependency from a registry is packed from this checkout.
  const typebox = await pack(join(root, 'node_modules/typebox'), '--ignore-scripts');
  const files = [...tarballs.values(), typebox];
  const install = await npm(['install', '--offline', '--no-audit', '--no-fund', ...files], app);
  assert.equal(install.code, 0, install.output);
  await writeFile(join(app, 'app.ts'), APP);
  await writeFile(join(app, 'app.js'), APP.replace(': string', ''));
  const compilerOptions = {
    ...{ target: 'es2024', lib: ['es2024', 'dom'], module: 'nodenext', strict: true },
    ...{ skipLibCheck: false, types: [], noEmit: true },
  };
  await writeFile(
    join(app, 'tsconfig.json'),
    JSON.stringify({ compilerOptions, include: ['app.ts'] }),
  );

  const ran = await run(process.execPath, [join(app, 'app.js')]);
  assert.equal(ran.output.trim(), 'idle VALIDATION_ERROR');
  const tsc = await run(process.execPath, [bin('tsc'), '-p', app]);
  assert.equal(tsc.code, 0, tsc.output);
});

const APP = `
import { ChatError, createParley } from '@parley/client';

const parley = createParley({ url: 'http://127.0.0.1:1', auth: { getToken: () => 'token' } });
const state: string = parley.connection.state;
try {
  parley.room('r').send({ text: '' });
} catch (error) {
  console.log(state, error instanceof ChatError ? error.code : error);
}
parley.close();
`;

function tarballOf(name: string): string {
  return tarballs.get(name) ?? assert.fail(`${name} was not packed`);
}

async function pack(packageFolder: string, ...options: string[]): Promise<string> {
  const earlier = await readdir(folder);
  const args = ['pack', '--pack-destination', folder, ...options];
  const { code, output } = await npm(args, packageFolder);
  assert.equal(code, 0, output);
  const made = (await readdir(folder)).find(
    (each) => each.endsWith('.tgz') && !earlier.includes(each),
  );
  return join(folder, made ?? assert.fail(output));
}

function bin(name: string): string {
  return join(root, 'node_modules/.bin', name);
}

function npm(args: readonly string[], cwd: string) {
  const env = { ...process.env, npm_config_cache: join(folder, 'npm-cache') };
  return run(process.platform === 'win32' ? 'npm.cmd' : 'npm', args, { cwd, env });
}

function run(
  command: string,
  args: readonly string[],
  options: { readonly cwd?: string; readonly env?: NodeJS.ProcessEnv } = {},
): Promise<{ readonly code: number | null; readonly output: string }> {
  const child = spawn(command, args, {
    ...options,
    shell: process.platform === 'win32',
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let output = '';
  child.stdout.on('data', (chunk) => (output += chunk));
  child.stderr.on('data', (chunk) => (output += chunk));
  return new Promise((resolve, reject) => {
    child.once('error', reject);
    child.once('close', (code) => resolve({ code, output }));
  });
}
