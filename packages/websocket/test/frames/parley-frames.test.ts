/** The command `parley-frames`, as a separate process. */
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { text } from '../support/bytes.ts';
import { inTime } from '../support/wait.ts';

const PROGRAM = join(import.meta.dirname, '../../src/frames/parley-frames.ts');

async function run(args: readonly string[], input: string | Uint8Array = '') {
  const child = spawn(process.execPath, [PROGRAM, ...args]);
  let [output, error] = ['', ''];
  child.stdout.on('data', (chunk) => (output += chunk));
  child.stderr.on('data', (chunk) => (error += chunk));
  const exit = new Promise<number | null>((resolve) => child.once('close', resolve));
  child.stdin.on('error', () => {
    // A program that rejects its arguments reads no input.
  });
  child.stdin.end(input);
  return { code: await inTime(exit, 'the end'), output, error };
}

const HELLO = /^frame 1 at byte 0: text, 5 bytes[\s\S]*"Hello"\n1 frame, 1 message, no error\n$/;

test('hex in the usual forms, and binary, are recognised', async () => {
  const frame = text('Hello');
  const pairs = frame.toString('hex').match(/../g) ?? [];
  for (const input of [
    frame,
    frame.toString('hex'),
    `${pairs.join(' ')}\n`,
    pairs.join(':'),
    pairs.map((pair) => `0x${pair.toUpperCase()}`).join(', '),
    pairs.map((pair) => `\\x${pair}`).join(''),
  ]) {
    const { code, output, error } = await run([], input);

    assert.equal(error, '');
    assert.match(output, HELLO);
    assert.equal(code, 0);
  }
});

test('a file is read, and an opening handshake before the frames is skipped', async (t) => {
  const folder = await mkdtemp(join(tmpdir(), 'parley-frames-'));
  t.after(() => rm(folder, { recursive: true }));
  const path = join(folder, 'capture.bin');
  const head = 'HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\n';
  const deflate = 'Sec-WebSocket-Extensions: permessage-deflate\r\n';
  const frame = Buffer.from('c107f248cdc9c90700', 'hex');

  await writeFile(path, Buffer.concat([Buffer.from(`${head}${deflate}\r\n`), frame]));
  const agreed = await run([path]);
  await writeFile(path, Buffer.concat([Buffer.from(`${head}\r\n`), frame]));
  const plain = await run([path]);

  assert.match(
    agreed.output,
    /^opening handshake, 102 bytes: "HTTP\/1\.1 101 Switching Protocols"\n/,
  );
  assert.match(agreed.output, /inflated from 7 bytes: "Hello"/);
  assert.equal(agreed.code, 0);
  assert.match(plain.output, /! RESERVED_BITS/);
  assert.equal(plain.code, 1);
});

test('the example of the README is what the command prints', async () => {
  const readme = readFileSync(join(import.meta.dirname, '../../README.md'), 'utf8');
  const [, input = '', printed] =
    /^\$ echo '(.*)' \| npx parley-frames\n([\s\S]*?)^```/m.exec(readme) ?? [];

  assert.equal((await run([], input)).output, printed);
});

test('a violation and an input that is cut off exit with 1', async () => {
  assert.equal((await run(['--from', 'server'], text('Hello'))).code, 1);
  assert.equal((await run([], text('Hello').subarray(0, 8))).code, 1);
  assert.equal((await run(['--max-message', '4'], text('Hello'))).code, 1);
  assert.equal((await run(['--no-deflate'], 'c107f248cdc9c90700')).code, 1);
});

test('wrong arguments and input are reported in one line, and exit with 2', async () => {
  for (const [args, message] of [
    [['--from', 'proxy'], /--from is client or server, not "proxy"/],
    [['--hex', '--binary'], /--hex or --binary, not both/],
    [['--hex'], /the input is not pairs of hex digits/],
    [['--payload-bytes', '1.5'], /--payload-bytes takes a whole number/],
    [['a', 'b'], /give one file/],
    [['/nowhere/capture'], /ENOENT/],
    [['--colour'], /--colour/],
  ] as const) {
    const { code, output, error } = await run(args, 'xyz');

    assert.equal(code, 2, error);
    assert.match(error, /^parley-frames: .*\n$/);
    assert.match(error, message);
    assert.equal(output, '');
  }
});

test('--help lists the options', async () => {
  const { code, output } = await run(['--help']);

  assert.equal(code, 0);
  for (const name of ['from', 'hex', 'binary', 'no-deflate', 'max-message', 'payload-bytes']) {
    assert.match(output, new RegExp(`--${name}\\b`));
  }
});
