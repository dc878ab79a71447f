/** `npm run ws:echo`, as a separate process. */
import assert from 'node:assert/strict';
import { type ChildProcessByStdio, spawn } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Readable } from 'node:stream';
import { type TestContext, test } from 'node:test';
import { TEST_CERTIFICATE, TEST_KEY } from '../../../../tests/support/certificate.ts';
import { binary, close, text } from '../support/bytes.ts';
import { RawPeer, upgradeRequest } from '../support/raw-peer.ts';
import { inTime, until } from '../support/wait.ts';

const PROGRAM = join(import.meta.dirname, '../../examples/echo-server.mjs');

interface Run {
  readonly child: ChildProcessByStdio<null, Readable, Readable>;
  readonly output: { out: string; error: string };
  readonly exit: Promise<number | null>;
}

function start(t: TestContext, ...args: string[]): Run {
  const child = spawn(process.execPath, [PROGRAM, ...args], { stdio: ['ignore', 'pipe', 'pipe'] });
  const output = { out: '', error: '' };
  child.stdout.on('data', (chunk) => (output.out += chunk));
  child.stderr.on('data', (chunk) => (output.error += chunk));
  const exit = new Promise<number | null>((resolve) => child.once('close', resolve));
  t.after(async () => {
    child.kill('SIGKILL');
    await exit;
  });
  return { child, output, exit: inTime(exit, 'the program to end').catch(() => null) };
}

/** Starts it on a free port, and waits for its first line. */
async function serve(t: TestContext, ...args: string[]) {
  const run = start(t, '--port', '0', ...args);
  await until(() => run.output.out.includes('\n'), `the line; ${run.output.error}`);
  const match = /^listening on (wss?):\/\/127\.0\.0\.1:(\d+)\n$/.exec(run.output.out);
  assert(match !== null, run.output.out);
  const isTls = args.includes('--cert');
  assert.equal(match[1], isTls ? 'wss' : 'ws');
  const port = Number(match[2]);

  const open = async (path = '/') => {
    const peer = new RawPeer(port, { isTls });
    t.after(() => peer.destroy());
    await peer.upgrade({}, `GET ${path} HTTP/1.1`);
    return peer;
  };
  return { ...run, port, open };
}

for (const mode of ['pooled', 'shared', 'own']) {
  test(`--read-buffer ${mode}: large and small messages come back unchanged`, async (t) => {
    const { open } = await serve(t, '--no-deflate', '--read-buffer', mode);
    const peer = await open();
    const payloads = [10, 100_000, 1, 300_000].map((size, index) => Buffer.alloc(size, index));

    peer.send(Buffer.concat(payloads.map((payload) => binary(payload))));

    for (const payload of payloads) assert.deepEqual((await peer.nextFrame()).payload, payload);
  });
}

test('an unknown read buffer is rejected in one line that names the modes', async (t) => {
  const { exit, output } = start(t, '--port', '0', '--read-buffer', 'lent');

  assert.equal(await exit, 1);
  assert.equal(output.error, "echo-server: --read-buffer is pooled, shared, own, not 'lent'\n");
});

test('it echoes text as text and binary as binary', async (t) => {
  const { open } = await serve(t, '--no-deflate');
  const peer = await open();

  peer.send(Buffer.concat([text('é'), binary('a')]));

  assert.equal(await peer.nextText(), 'é');
  assert.deepEqual(await peer.nextFrame(), { opcode: 0x2, payload: Buffer.from('a') });
});

test('it offers compression unless disabled', async (t) => {
  const offer = { 'Sec-WebSocket-Extensions': 'permessage-deflate; client_max_window_bits' };
  const answers: (string | undefined)[] = [];
  for (const args of [[], ['--no-deflate']]) {
    const { port } = await serve(t, ...args);
    const peer = new RawPeer(port);
    t.after(() => peer.destroy());
    peer.send(upgradeRequest(offer));
    answers.push((await peer.nextAnswer()).headers.get('sec-websocket-extensions'));
  }

  assert.deepEqual(answers, ['permessage-deflate', undefined]);
});

test('a message at /broadcast is sent to all clients there, also the sender, and to none at /', async (t) => {
  const { open } = await serve(t);
  const alice = await open('/broadcast');
  const bob = await open('/broadcast?name=bob');
  const carol = await open('/');

  alice.send(text('hi'));
  assert.equal(await alice.nextText(), 'hi');
  assert.equal(await bob.nextText(), 'hi');
  carol.send(text('only me'));

  assert.equal(await carol.nextText(), 'only me');
});

test('--cert and --key enable TLS', async (t) => {
  const folder = await mkdtemp(join(tmpdir(), 'parley-echo-'));
  t.after(() => rm(folder, { recursive: true }));
  const [cert, key] = [join(folder, 'cert.pem'), join(folder, 'key.pem')];
  await writeFile(cert, TEST_CERTIFICATE);
  await writeFile(key, TEST_KEY);
  const { open } = await serve(t, '--cert', cert, '--key', key);
  const peer = await open();

  peer.send(text('over TLS'));

  assert.equal(await peer.nextText(), 'over TLS');
});

test('other paths are answered with 404', async (t) => {
  const { port } = await serve(t);
  const peer = new RawPeer(port);
  t.after(() => peer.destroy());

  peer.send(upgradeRequest({}, 'GET /other HTTP/1.1'));

  assert.equal((await peer.nextAnswer()).status, 404);
});

test('--max-message rejects longer messages, and accepts others', async (t) => {
  const { open } = await serve(t, '--max-message', '3000000');
  const peer = await open();

  peer.send(binary(Buffer.alloc(3_000_000)));
  assert.equal((await peer.nextFrame()).payload.length, 3_000_000);
  peer.send(binary(Buffer.alloc(3_000_001)));

  assert.equal(await peer.nextCloseCode(), 1009);
});

test('--close-command starts a close with 1000, and is not echoed', async (t) => {
  const { open } = await serve(t, '--close-command', 'goodbye');
  const peer = await open();

  peer.send(Buffer.concat([binary('goodbye'), text('goodbye'), text('more')]));

  assert.equal((await peer.nextFrame()).opcode, 0x2);
  assert.equal(await peer.nextCloseCode(), 1000);
  peer.send(close(1000));
  await peer.end();
});

test('--close-timeout disconnects a peer that does not answer', async (t) => {
  const { open } = await serve(t, '--close-command', 'x', '--close-timeout', '50');
  const peer = await open();

  peer.send(text('x'));
  await peer.nextCloseCode();

  await peer.end();
});

test('--handshake-timeout disconnects a client that does not finish its request', async (t) => {
  const { port } = await serve(t, '--handshake-timeout', '100');
  const peer = new RawPeer(port);
  t.after(() => peer.destroy());

  peer.send('GET / HTTP/1.1\r\n');

  await peer.end();
});

test('--heartbeat-interval and --heartbeat-timeout detect a silent peer', async (t) => {
  const { open } = await serve(t, '--heartbeat-interval', '80', '--heartbeat-timeout', '30');
  const peer = await open();

  assert.equal((await peer.nextFrame()).opcode, 0x9);
  assert.equal((await peer.nextFrame()).opcode, 0x9);
  assert.equal(await peer.nextCloseCode(), 1001);
});

test('--heartbeat-interval alone is enough', async (t) => {
  const { open } = await serve(t, '--heartbeat-interval', '100');
  const peer = await open();

  assert.equal((await peer.nextFrame()).opcode, 0x9);
});

test('an echo that is not read slows down its sender, and loses nothing', async (t) => {
  const { open } = await serve(t);
  const peer = await open();
  peer.socket.pause();
  const message = Buffer.alloc(1_000_000, 'x');

  for (let count = 0; count < 40; count += 1) peer.send(binary(message));
  peer.socket.resume();

  for (let count = 0; count < 40; count += 1) {
    assert.equal((await peer.nextFrame()).payload.length, 1_000_000);
  }
});

for (const signal of ['SIGTERM', 'SIGINT'] as const) {
  test(`${signal} closes with 1001 and exits 0`, async (t) => {
    const { child, exit, open, output } = await serve(t);
    const peer = await open();

    child.kill(signal);

    assert.equal(await peer.nextCloseCode(), 1001);
    peer.send(close(1001));
    await peer.end();
    peer.socket.end();
    assert.equal(await exit, 0);
    assert.equal(output.error, '');
  });
}

const WRONG: readonly [title: string, args: string[], text: RegExp][] = [
  [
    'an option that does not exist',
    ['--prot', '1'],
    /^echo-server: Unknown option '--prot'\. --help lists the options\.\n$/,
  ],
  ['a port that is not a number', ['--port', 'x'], /--port takes a whole number, not 'x'/],
  ['a port that is out of range', ['--port', '65536'], /65536/],
  ['a limit out of range', ['--port', '0', '--max-message', '0'], /maxMessageSize is 0/],
  ['a certificate without its key', ['--cert', 'cert.pem'], /--cert and --key go together/],
  [
    'a certificate that cannot be read',
    ['--port', '0', '--cert', 'nowhere.pem', '--key', 'nowhere.pem'],
    /nowhere\.pem cannot be read/,
  ],
  ['an extra argument', ['--port', '0', 'extra'], /extra/],
];

for (const [title, args, expected] of WRONG) {
  test(`${title} is reported in one line, and exits with 1`, async (t) => {
    const { exit, output } = start(t, ...args);

    assert.equal(await exit, 1);
    assert.match(output.error, expected);
    assert.equal(output.error.trim().split('\n').length, 1, output.error);
    assert.equal(output.out, '');
  });
}

test('--help lists every option, and starts no server', async (t) => {
  const { exit, output } = start(t, '--help');

  assert.equal(await exit, 0);
  for (const option of [
    ...['port', 'host', 'cert', 'key'],
    ...['no-deflate', 'max-message', 'heartbeat-interval'],
  ]) {
    assert.match(output.out, new RegExp(`^ {2}--${option} `, 'm'));
  }
});

test('a port in use is reported in one line, and exits with 1', async (t) => {
  const taken = createServer().listen(0, '127.0.0.1');
  t.after(() => taken.close());
  await new Promise((resolve) => taken.once('listening', resolve));
  const address = taken.address();
  assert(address !== null && typeof address === 'object');

  const { exit, output } = start(t, '--port', String(address.port));

  assert.equal(await exit, 1);
  assert.match(output.error, /EADDRINUSE/);
  assert.equal(output.error.trim().split('\n').length, 1);
});
