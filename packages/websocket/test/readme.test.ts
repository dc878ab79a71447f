/** The examples and statements of the README are correct. */
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { OPTION_DEFAULTS, WebSocketServer } from '../src/index.ts';
import { DEFLATE_OPTIONS } from '../src/node/options/deflate-settings.ts';
import { defaultsOf } from '../src/node/options/option-table.ts';
import { SERVER_OPTIONS } from '../src/node/options/server-options.ts';
import { close, text } from './support/bytes.ts';
import { RawPeer } from './support/raw-peer.ts';
import { until } from './support/wait.ts';

const folder = join(import.meta.dirname, '..');
const readme = readFileSync(join(folder, 'README.md'), 'utf8');

test('the example of the server runs, delivers messages, and exits on SIGTERM', async (t) => {
  const [, example] = /```ts\n([\s\S]*?)```/.exec(readme) ?? [];
  assert(example !== undefined);
  const args = ['--input-type=module-typescript', '--eval', example];
  const child = spawn(process.execPath, args, {
    cwd: folder,
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  t.after(() => child.kill('SIGKILL'));
  let output = '';
  child.stdout.on('data', (chunk) => (output += chunk));
  await until(() => output.includes('\n'), 'the line of the example');
  const port = Number(/:(\d+)\/chat/.exec(output)?.[1]);

  const peers = [new RawPeer(port), new RawPeer(port)] as const;
  t.after(() => {
    for (const peer of peers) peer.destroy();
  });
  for (const peer of peers) await peer.upgrade({}, 'GET /chat HTTP/1.1');
  const [alice, bob] = peers;
  alice.send(text('hi'));

  assert.equal(await alice.nextText(), 'you said: hi');
  assert.equal(await bob.nextText(), 'another user says: hi');
  child.kill('SIGTERM');
  for (const peer of peers) {
    assert.equal(await peer.nextCloseCode(), 1001);
    peer.send(close(1001));
    peer.socket.end();
  }
  await until(() => child.exitCode !== null, 'the example to end');
  assert.equal(child.exitCode, 0);
});

test('the example of the client runs, against any server', async (t) => {
  const [, example] = /```js\n([\s\S]*?)```/.exec(readme) ?? [];
  assert(example !== undefined);
  const received: string[] = [];
  const server = new WebSocketServer({ paths: ['/chat'], protocols: ['chat.v1'] });
  t.after(() => server.shutdown());
  server.on('connection', (connection, { headers }) => {
    received.push(headers.authorization ?? '');
    connection.on('message', (data) => {
      received.push(String(data));
      connection.sendText(`heard ${data}`);
    });
  });
  const { port } = await server.listen(0, '127.0.0.1');
  const program = [
    // Only the address is not that of the page, nor are three dots a token.
    example.replace('wss://chat.example', `ws://127.0.0.1:${port}`).replace('…', 'token'),
    "connection.on('message', () => connection.close());",
  ].join('\n');
  const child = spawn(process.execPath, ['--input-type=module', '--eval', program], {
    cwd: folder,
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  t.after(() => child.kill('SIGKILL'));
  let output = '';
  child.stdout.on('data', (chunk) => (output += chunk));

  await until(() => child.exitCode !== null, 'the example to end');

  assert.deepEqual([child.exitCode, output], [0, 'heard hello\n']);
  assert.deepEqual(received, ['Bearer token', 'hello']);
});

test('the way in which several servers share an HTTP server is the one that is tested', () => {
  const [, way = ''] = /```typescript\n([\s\S]*?)```/.exec(readme) ?? [];
  const test = readFileSync(join(folder, 'test/node/shared-port.test.ts'), 'utf8');

  const lines = way.split('\n').map((line) => line.trim());
  assert(lines.length >= 4);
  for (const line of lines) assert(test.replace('httpServer.', 'http.').includes(line), line);
});

test('the tables of limits and of compression contain the defaults', () => {
  const rows = [...readme.matchAll(/^\| `(\w+)` +\| ([\d,]+) +\|/gm)];

  const defaults = Object.entries({ ...OPTION_DEFAULTS, ...defaultsOf(DEFLATE_OPTIONS) });
  assert(rows.length >= 15);
  for (const [, name = '', value = ''] of rows) {
    const found = defaults.find(([option]) => option === name);
    assert.equal(found?.[1], Number(value.replaceAll(',', '')), name);
  }
});

test('the reference gives the range of each whole number', () => {
  const reference = readFileSync(join(folder, 'docs/reference.md'), 'utf8');
  const ranges = [...reference.matchAll(RANGE)];

  for (const [name, row] of Object.entries({ ...SERVER_OPTIONS, ...DEFLATE_OPTIONS })) {
    if (!('range' in row)) continue;
    const [, , min, max = ''] = ranges.find(([, option]) => option === name) ?? [];
    const isOption = max.startsWith('`');
    assert.deepEqual([Number(min), isOption ? row.range[1] : toNumber(max)], row.range, name);
  }
});

/** Name, minimum and maximum in a row such as `… | … Range 0 to 2^31 - 1. … |`. */
const RANGE =
  /^\| `(\w+)` +\|.* (?:Range|from) (\d+)(?: \(\w+\))? to (2\^\d+(?: - 1)?|[\d,]+|`\w+`)/gm;

function toNumber(text: string): number {
  const [, power, minusOne] = /^2\^(\d+)( - 1)?$/.exec(text) ?? [];
  if (power === undefined) return Number(text.replaceAll(',', ''));
  return 2 ** Number(power) - (minusOne === undefined ? 0 : 1);
}

test('what the README and the documents link to is in the package, and so is its heading', () => {
  const { files } = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8'));
  for (const page of ['README.md', ...readdirSync(join(folder, 'docs'), { encoding: 'utf8' })]) {
    const isReadme = page === 'README.md';
    const text = isReadme ? readme : readFileSync(join(folder, 'docs', page), 'utf8');
    for (const [, target = ''] of text.matchAll(/\]\((?!https?:)([^)]+)\)/g)) {
      const [path = '', heading] = target.split('#');
      // Without a path: in the page itself.
      const place = join(isReadme ? '' : 'docs', path || page);
      assert(existsSync(join(folder, place)), target);
      assert(place === 'README.md' || files.includes(place.split('/')[0]), `${target} is packed`);
      if (heading !== undefined) assert(headingsOf(join(folder, place)).includes(heading), target);
    }
  }
  const [forUsers = ''] = readme.split('In the repository');
  assert.doesNotMatch(forUsers, /`src\//, 'sources are not packed');
});

/** As they are linked to: in lower case, with hyphens. */
function headingsOf(path: string): string[] {
  const titles = readFileSync(path, 'utf8').matchAll(/^#+ (.+)$/gm);
  return [...titles].map(([, title = '']) =>
    title
      .toLowerCase()
      .replaceAll(/[^\w -]/g, '')
      .replaceAll(' ', '-'),
  );
}
