/**
 * `npm pack` of the engine: installed as a stranger would, checked by the tools that packages are
 * checked by, and run by the Node of the machine.
 */
import assert from 'node:assert/strict';
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { copyFile, readdir, readFile, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { after, before, test } from 'node:test';
import { WebSocketServer } from '@parley/websocket';
import { build } from 'vite';
import {
  expectCompiles,
  machineNode,
  PackedCheckout,
  root,
  runProgram,
} from './packed-checkout.ts';
import { testReadmeExamples, writeTypedExamples } from './readme-examples.ts';

let packed: PackedCheckout;
/** A folder with the package installed from the tarball. */
let app: string;

before(async () => {
  packed = await PackedCheckout.make(['websocket']);
  app = await packed.install(packed.tarballs);
  await addPrograms();
});
const programs: ChildProcess[] = [];

after(() => {
  for (const program of programs) program.kill('SIGKILL');
  return packed.remove();
});

test('it comes without dependencies', async () => {
  const installed = await readdir(join(app, 'node_modules'));

  assert.deepEqual(
    installed.filter((name) => !name.startsWith('.')),
    ['@parley'],
  );
});

test('publint finds nothing, not even to suggest', () =>
  packed.expectLintFindsNothing('websocket'));

test('the types are right for every entry, in every resolution', () =>
  packed.expectTypesAreRight('websocket', 'strict'));

testReadmeExamples(() => app);

test('installed offline it echoes, on the Node of the machine, and code for ws compiles as with ws', async () => {
  const echo = await runProgram(machineNode(), [join(app, 'echo.js')]);
  assert.equal(echo.code, 0, echo.output);
  assert.match(echo.output, /^you said: hello$/m);

  // Code for `ws` compiles below; it must also compile with its own types, or the test shows nothing.
  const types = join(root, 'node_modules/@types/ws/index.d.mts');
  const compared = JSON.stringify({
    extends: './tsconfig.json',
    compilerOptions: { paths: { '@parley/websocket/ws': [types] } },
    include: ['drop-in.ts'],
  });
  await writeFile(join(app, 'tsconfig.ws.json'), compared);
  await expectCompiles(join(app, 'tsconfig.ws.json'));
});

test('the examples run where they are installed, on the Node of the machine', async () => {
  const folder = join(app, 'node_modules/@parley/websocket/examples');
  const names = await readdir(folder);
  assert.deepEqual(names.sort(), [
    ...['chat-room.mjs', 'echo-client.mjs', 'echo-server.mjs', 'existing-server.mjs'],
  ]);
  const run = (name: string, ...args: string[]) => {
    const child = spawn(machineNode(), [join(folder, name), ...args], {
      env: { ...process.env, SECRET: 'a' },
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    programs.push(child);
    const end = once(child, 'close');
    return { child, end, line: once(child.stdout, 'data').then(([chunk]) => String(chunk)) };
  };

  const room = run('chat-room.mjs', '0');
  const { url } = JSON.parse(await room.line);
  assert.equal((await fetch(`${url}health`)).status, 200);
  const existing = run('existing-server.mjs', '0');
  assert.match(await existing.line, /^listening on http/);
  const echo = run('echo-server.mjs', '--port', '0');
  assert.match(await echo.line, /^listening on ws:/);
  for (const { child, end } of [room, existing, echo]) {
    child.kill('SIGTERM');
    assert.deepEqual(await end, [0, null]);
  }

  const server = new WebSocketServer();
  server.on('connection', (connection) => connection.sendText('hello'));
  server.on('message', (connection) => connection.close());
  const { port } = await server.listen(0, '127.0.0.1');
  const client = run('echo-client.mjs', `ws://127.0.0.1:${port}/`);
  assert.deepEqual(
    [await client.line, await client.end],
    ['closed with 1000, cleanly\n', [0, null]],
  );
  await server.shutdown();
});

test('the command parley-frames runs where it is installed, on the Node of the machine', async () => {
  const capture = join(app, 'capture.txt');
  await writeFile(capture, '818537fa213d7f9f4d5158 880203e8');

  const command = join(app, 'node_modules/.bin/parley-frames');
  const { code, output } = await runProgram(machineNode(), [command, capture]);

  assert.match(output, /= text message, 5 bytes in 1 frame: "Hello"$/m);
  assert.match(output, /! UNMASKED_CLIENT_FRAME: /);
  assert.equal(code, 1);
});

test('no declaration has a form that TypeScript 5.6 does not know', async () => {
  const folder = join(app, 'node_modules/@parley/websocket/dist');
  const names = await readdir(folder, { recursive: true });

  for (const name of names.filter((each) => /\.d\.[cm]?ts$/.test(each))) {
    // Typed arrays have parameters since 5.7.
    assert.doesNotMatch(
      await readFile(join(folder, name), 'utf8'),
      /(?:Array|Buffer)<ArrayBuffer/,
      name,
    );
  }
});

for (const [build, flags, result] of [
  ['the ES modules that others import', [], 'you said: hello, in js and true'],
  // As with tools that neither load ES modules nor know `module-sync`, such as Jest.
  ['its own build', ['--no-experimental-require-module'], 'you said: hello, in cjs and false'],
] as const) {
  test(`CommonJS code gets ${build}, on the Node of the machine`, async () => {
    await writeFile(join(app, 'echo.cjs'), COMMON_JS_ECHO);

    const echo = await runProgram(machineNode(), [...flags, join(app, 'echo.cjs')]);

    assert.deepEqual(echo, { code: 0, output: `${result}\n` });
  });
}

test('in a bundle for browsers, the engine throws an error that says what to use', async () => {
  for (const entry of ['', '/debug', '/http']) {
    const page = bundle(`import * as engine from '@parley/websocket${entry}';\nengine.use();\n`);

    await assert.rejects(import(await page), /use the WebSocket class that every browser has/);
  }
});

test('in a bundle for browsers, ws can be imported and required, and throws when it is used', async () => {
  const { uses } = await import(await bundle(BROWSER_PAGE));

  assert.equal(uses.length, 4);
  for (const use of uses) assert.throws(use, /use the WebSocket class that every browser has/);
});

for (const [module, moduleResolution, more] of [
  ['esnext', 'bundler', []],
  ['node16', 'node16', ['common.cts']],
  ['nodenext', 'nodenext', ['common.cts', 'drop-in.ts']],
] as const) {
  test(`its types and its examples compile under moduleResolution ${moduleResolution}`, async () => {
    const include = ['echo.ts', ...writeTypedExamples(app), ...more];
    const path = join(app, `tsconfig.${moduleResolution}.json`);
    const compilerOptions = { module, moduleResolution };
    await writeFile(path, JSON.stringify({ extends: './tsconfig.json', compilerOptions, include }));

    await expectCompiles(path);
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

test('an interrupted packing is undone', async () => {
  const path = 'packages/websocket/package.json';
  const manifest = await readFile(join(packed.checkout, path), 'utf8');
  await copyFile(
    join(app, 'node_modules/@parley/websocket/package.json'),
    join(packed.checkout, path),
  );

  const args = [join(packed.checkout, 'scripts/pack.mjs'), 'after'];
  const { code, output } = await runProgram(machineNode(), args, {
    cwd: join(packed.checkout, dirname(path)),
  });

  assert.equal(code, 0, output);
  assert.equal(await readFile(join(packed.checkout, path), 'utf8'), manifest);
});

async function readManifest(path: string): Promise<Record<string, unknown>> {
  return JSON.parse(await readFile(path, 'utf8')) as Record<string, unknown>;
}

/** Returns the bundle for browsers of a page's module, as an address to import. */
async function bundle(source: string): Promise<string> {
  const input = join(app, 'page.js');
  await writeFile(input, source);
  const output = await build({
    root: app,
    logLevel: 'silent',
    build: { write: false, rolldownOptions: { input, preserveEntrySignatures: 'strict' } },
  });
  // A build of one input, which is not watched, has one result.
  const [{ code }] = (output as unknown as { output: [{ code: string }] }).output;
  return `data:text/javascript,${encodeURIComponent(code)}`;
}

async function addPrograms(): Promise<void> {
  await writeFile(join(app, 'echo.js'), ECHO);
  await writeFile(join(app, 'echo.ts'), ECHO);
  await writeFile(join(app, 'common.cts'), COMMON_JS_TYPES);
  await writeFile(join(app, 'required.cjs'), REQUIRED);
  const dropIn = await readFile(join(root, 'packages/websocket/test/ws/drop-in.ts'), 'utf8');
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

const COMMON_JS_ECHO = `
const { extname } = require('node:path');
const { connect, WebSocketServer } = require('@parley/websocket');
const WebSocket = require('@parley/websocket/ws');
void (async () => {
  const server = new WebSocket.Server({ port: 0 });
  server.on('connection', (socket) => {
    socket.on('message', (data) => socket.send('you said: ' + data));
  });
  await new Promise((resolve) => server.once('listening', resolve));
  const client = await connect('ws://127.0.0.1:' + server.address().port);
  const engine = await import('@parley/websocket');
  const ws = await import('@parley/websocket/ws');
  const isSame = engine.WebSocketServer === WebSocketServer && ws.default === WebSocket;
  const build = extname(require.resolve('@parley/websocket/ws')).slice(1);
  client.on('message', (data) => {
    console.log(String(data) + ', in ' + build + ' and ' + isSame);
    client.close();
    server.close();
  });
  client.sendText('hello');
})();
`;

/** Libraries for Node and browsers import a class that they do not use in browsers. */
const BROWSER_PAGE = `
import ws, { WebSocket as NamedWebSocket, WebSocketServer } from '@parley/websocket/ws';
import { required } from './required.cjs';
export const uses = [ws, NamedWebSocket, WebSocketServer, required].map((each) => () => new each());
`;

const REQUIRED = "exports.required = require('@parley/websocket/ws');\n";

const COMMON_JS_TYPES = `
import websocket = require('@parley/websocket');
import WebSocket = require('@parley/websocket/ws');
import { type RawData, WebSocketServer } from '@parley/websocket/ws';
const server: websocket.WebSocketServer = new websocket.WebSocketServer();
server.on('connection', (connection: websocket.Connection) => connection.sendText('hello'));
const sockets: WebSocket.WebSocketServer = new WebSocket.Server({ port: 0 });
const named: WebSocket.Server = new WebSocketServer({ port: 0 });
const client: WebSocket = new WebSocket.WebSocket('ws://127.0.0.1');
const same: WebSocket.WebSocket = client;
same.on('message', (data: RawData) => void data);
sockets.close(() => named.close());
`;
