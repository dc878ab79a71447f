/**
 * `npm pack`, and what comes out of it: installed as a stranger would, checked by
 * the tools that packages are checked by, and run by the Node of the machine.
 *
 * It packs a copy, so that the other tests find the checkout as it is.
 */
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { cp, mkdir, mkdtemp, readdir, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { after, before, test } from 'node:test';

const source = join(import.meta.dirname, '..');
const root = join(source, '../..');

let folder: string;
let tarball: string;
/** A folder with the package installed from the tarball. */
let app: string;

before(async () => {
  folder = await mkdtemp(join(tmpdir(), 'parley-pack-'));
  const copy = join(folder, 'checkout/packages/websocket');
  await mkdir(copy, { recursive: true });
  await cp(source, copy, { recursive: true, filter: (path) => !/(node_modules|dist)$/.test(path) });
  for (const file of ['tsconfig.base.json', 'package.json', 'scripts/pack.mjs']) {
    await cp(join(root, file), join(folder, 'checkout', file));
  }
  await symlink(join(root, 'node_modules'), join(folder, 'checkout/node_modules'), 'junction');

  const pack = await npm(['pack', '--pack-destination', folder], copy);
  assert.equal(pack.code, 0, pack.output);
  const name = (await readdir(folder)).find((each) => each.endsWith('.tgz'));
  assert(name !== undefined, pack.output);
  tarball = join(folder, name);
  await install();
  assert.deepEqual(
    await readFile(join(copy, 'package.json'), 'utf8'),
    await readFile(join(source, 'package.json'), 'utf8'),
    'packing leaves the checkout as it was',
  );
});

after(() => rm(folder, { recursive: true, force: true }));

test('publint finds nothing, not even to suggest', async () => {
  const { code, output } = await run(process.execPath, [bin('publint'), tarball, '--strict']);

  assert.equal(code, 0, output);
  assert.match(output, /All good!/);
});

test('the types are right for every entry, for ES modules and bundlers', async () => {
  const args = [bin('attw'), tarball, '--profile', 'esm-only', '--no-color'];
  const { code, output } = await run(process.execPath, args);

  assert.equal(code, 0, output);
});

test('installed offline it echoes, on the Node of the machine, and its types compile, those of ws too', async () => {
  const echo = await run(machineNode(), [join(app, 'echo.js')]);
  assert.equal(echo.code, 0, echo.output);
  assert.match(echo.output, /^you said: hello$/m);

  const tsc = await run(process.execPath, [bin('tsc'), '-p', app]);
  assert.equal(tsc.code, 0, tsc.output);

  // Code for `ws` must also compile with its own types, or the test shows nothing.
  const types = join(root, 'node_modules/@types/ws/index.d.mts');
  const compared = JSON.stringify({
    extends: './tsconfig.json',
    compilerOptions: { paths: { '@parley/websocket/ws': [types] } },
    include: ['drop-in.ts'],
  });
  await writeFile(join(app, 'tsconfig.ws.json'), compared);
  const tscWs = await run(process.execPath, [bin('tsc'), '-p', join(app, 'tsconfig.ws.json')]);
  assert.equal(tscWs.code, 0, tscWs.output);
});

test('CommonJS code requires it, on the Node of the machine', async () => {
  await writeFile(join(app, 'echo.cjs'), COMMON_JS_ECHO);

  const echo = await run(machineNode(), [join(app, 'echo.cjs')]);

  assert.equal(echo.code, 0, echo.output);
  assert.match(echo.output, /^you said: hello$/m);
});

for (const [module, moduleResolution, files] of [
  ['esnext', 'bundler', ['echo.ts']],
  ['node16', 'node16', ['echo.ts']],
  ['nodenext', 'nodenext', ['echo.ts', 'common.cts']],
] as const) {
  test(`its types compile under moduleResolution ${moduleResolution}`, async () => {
    await writeFile(join(app, 'common.cts'), COMMON_JS_TYPES);
    const path = join(app, `tsconfig.${moduleResolution}.json`);
    const compilerOptions = { module, moduleResolution };
    await writeFile(
      path,
      JSON.stringify({ extends: './tsconfig.json', compilerOptions, include: files }),
    );

    const tsc = await run(process.execPath, [bin('tsc'), '-p', path]);

    assert.equal(tsc.code, 0, tsc.output);
  });
}

test('the published manifest names the project that the root manifest names', async () => {
  const published = await readManifest(join(app, 'node_modules/@parley/websocket/package.json'));
  const project = await readManifest(join(root, 'package.json'));

  assert.equal(published['homepage'], project['homepage']);
  assert.equal(published['author'], project['author']);
  assert.deepEqual(published['repository'], {
    ...(project['repository'] as object),
    directory: 'packages/websocket',
  });
});

async function readManifest(path: string): Promise<Record<string, unknown>> {
  return JSON.parse(await readFile(path, 'utf8')) as Record<string, unknown>;
}

async function install(): Promise<void> {
  app = join(folder, 'app');
  await mkdir(app);
  await writeFile(join(app, 'package.json'), '{"name":"app","private":true,"type":"module"}');
  const install = await npm(['install', '--offline', '--no-audit', '--no-fund', tarball], app);
  assert.equal(install.code, 0, install.output);
  assert.deepEqual(
    (await readdir(join(app, 'node_modules'))).filter((name) => !name.startsWith('.')),
    ['@parley'],
    'it comes without dependencies',
  );
  await writeFile(join(app, 'echo.js'), ECHO);
  await writeFile(join(app, 'echo.ts'), ECHO);
  const dropIn = await readFile(join(source, 'test/ws/drop-in.ts'), 'utf8');
  const dropInAbroad = dropIn.replace('../../src/ws/index.ts', '@parley/websocket/ws');
  await writeFile(join(app, 'drop-in.ts'), dropInAbroad);
  await writeFile(
    join(app, 'tsconfig.json'),
    JSON.stringify({
      compilerOptions: {
        target: 'es2024',
        module: 'nodenext',
        strict: true,
        // A declaration that does not stand on its own is a fault.
        skipLibCheck: false,
        types: ['node'],
        typeRoots: [join(root, 'node_modules/@types')],
        noEmit: true,
      },
      include: ['echo.ts', 'drop-in.ts'],
    }),
  );
}

const ECHO = `
import { connect, WebSocketServer } from '@parley/websocket';

const server = new WebSocketServer();
server.on('message', (connection, data) => {
  connection.sendText('you said: ' + data.toString());
});
const { port } = await server.listen(0, '127.0.0.1');
const client = await connect('ws://127.0.0.1:' + port);
client.on('message', async (data) => {
  console.log(data.toString());
  client.close();
  await server.shutdown();
});
client.sendText('hello');
`;

/** Node 20.19 and later let CommonJS code require ES modules. */
const COMMON_JS_ECHO = `
const { connect, WebSocketServer } = require('@parley/websocket');
const { WebSocket } = require('@parley/websocket/ws');
void (async () => {
  if (typeof WebSocket !== 'function') throw new Error('no WebSocket');
  const server = new WebSocketServer();
  server.on('message', (connection, data) => connection.sendText('you said: ' + data));
  const { port } = await server.listen(0, '127.0.0.1');
  const client = await connect('ws://127.0.0.1:' + port);
  client.on('message', async (data) => {
    console.log(String(data));
    client.close();
    await server.shutdown();
  });
  client.sendText('hello');
})();
`;

const COMMON_JS_TYPES = `
import websocket = require('@parley/websocket');
const server: websocket.WebSocketServer = new websocket.WebSocketServer();
server.on('connection', (connection: websocket.Connection) => connection.sendText('hello'));
`;

/** The first on the PATH that did not come with packages: the oldest that users may have, here. */
function machineNode(): string {
  const name = process.platform === 'win32' ? 'node.exe' : 'node';
  const folders = (process.env['PATH'] ?? '').split(delimiter);
  const own = folders.find(
    (each) => !each.includes('node_modules') && existsSync(join(each, name)),
  );
  return own === undefined ? process.execPath : join(own, name);
}

function bin(name: string): string {
  return join(root, 'node_modules/.bin', name);
}

function npm(args: readonly string[], cwd: string) {
  const env = { ...process.env, npm_config_cache: join(folder, 'npm-cache') };
  return run(process.platform === 'win32' ? 'npm.cmd' : 'npm', args, { cwd, env });
}

interface Run {
  readonly code: number | null;
  readonly output: string;
}

function run(
  command: string,
  args: readonly string[],
  options: { readonly cwd?: string; readonly env?: NodeJS.ProcessEnv } = {},
): Promise<Run> {
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
