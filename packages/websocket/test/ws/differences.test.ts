/** Intended differences from `ws`: the table of the README, row by row. */
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import type { IncomingMessage } from 'node:http';
import { test } from 'node:test';
import { deflateRawSync } from 'node:zlib';
import { type ServerOptions, WebSocket, WebSocketServer } from '../../src/ws/index.ts';
import { ping, text } from '../support/bytes.ts';
import { RawPeer, upgradeRequest } from '../support/raw-peer.ts';
import { turns, until } from '../support/wait.ts';
import { closing, event, OWN, pair, serve, type testBoth } from './both.ts';

type Test = Parameters<typeof testBoth>[1] extends (_: never, t: infer T) => unknown ? T : never;

/** A raw client of a server of ours, with its socket. */
async function rawPair(t: Test, options: ServerOptions = {}) {
  // The types of `ws` lack some of its options.
  const { port, sockets } = await serve(t, OWN, options as object);
  const peer = new RawPeer(port);
  t.after(() => peer.destroy());
  await peer.upgrade();
  await until(() => sockets.length === 1, 'the socket of the server');
  // There is one now.
  return { peer, socket: sockets[0] as NonNullable<(typeof sockets)[0]> };
}

test('requests are validated as in the RFCs', async (t) => {
  const { port } = await serve(t, OWN);
  const statuses: number[] = [];
  for (const request of [
    upgradeRequest({ 'Sec-WebSocket-Version': '8' }),
    upgradeRequest({}, 'GET / HTTP/1.0'),
    upgradeRequest({ 'Sec-WebSocket-Version': ['13', '13'] }),
  ]) {
    const peer = new RawPeer(port);
    t.after(() => peer.destroy());
    peer.send(request);
    statuses.push((await peer.nextAnswer()).status);
  }

  assert.deepEqual(statuses, [426, 400, 400]);
});

test('a client without Host is rejected, also with setHost: false', async (t) => {
  const { url } = await serve(t, OWN);
  const client = new WebSocket(url, { setHost: false });

  const [error] = await event(client, 'error');

  assert.equal(String(error), 'Error: Unexpected server response: 400');
});

test('a malformed offer is rejected, even if nothing is compressed', async (t) => {
  const { port } = await serve(t, OWN);
  const peer = new RawPeer(port);
  t.after(() => peer.destroy());

  peer.send(upgradeRequest({ 'Sec-WebSocket-Extensions': 'a;;b' }));

  assert.equal((await peer.nextAnswer()).status, 400);
});

test('a path is found in a target in absolute form too', async (t) => {
  const { port } = await serve(t, OWN, { path: '/ws' });
  const statuses: number[] = [];
  for (const target of ['http://localhost/ws?a=1', 'http://localhost/other']) {
    const peer = new RawPeer(port);
    t.after(() => peer.destroy());
    peer.send(upgradeRequest({}, `GET ${target} HTTP/1.1`));
    statuses.push((await peer.nextAnswer()).status);
  }

  assert.deepEqual(statuses, [101, 400]);
});

test('an invalid deflate offer is declined, and the next one is accepted', async (t) => {
  const { port } = await serve(t, OWN, { perMessageDeflate: true });
  const peer = new RawPeer(port);
  t.after(() => peer.destroy());
  const offer = 'permessage-deflate; unknown, permessage-deflate; client_no_context_takeover';

  peer.send(upgradeRequest({ 'Sec-WebSocket-Extensions': offer }));

  const { status, headers } = await peer.nextAnswer();
  assert.equal(status, 101);
  assert.equal(
    headers.get('sec-websocket-extensions'),
    'permessage-deflate; client_no_context_takeover',
  );
});

test('a violation of a peer closes only its connection, even without a listener', async (t) => {
  const { peer, socket } = await rawPair(t);
  const end = closing(socket);

  peer.send(Buffer.from([0x81, 0x00]));

  assert.equal(await peer.nextCloseCode(), 1_002);
  peer.socket.end();
  assert.equal((await end)[0], 1_006);
});

test('the close frame for a violation contains the reason', async (t) => {
  const { peer } = await rawPair(t);

  peer.send(Buffer.from([0x81, 0x00]));

  const { opcode, payload } = await peer.nextFrame();
  assert.deepEqual([opcode, payload.readUInt16BE(0)], [0x8, 1_002]);
  assert.equal(String(payload.subarray(2)), 'a client frame is not masked');
});

test('close between upgrade and open ends the attempt', async (t) => {
  const { url } = await serve(t, OWN);
  const client = new WebSocket(url);
  const told: string[] = [];
  for (const name of ['open', 'error', 'close'] as const) client.on(name, () => told.push(name));
  client.on('upgrade', () => process.nextTick(() => client.close()));

  await event(client, 'close');

  assert.deepEqual(told, ['error', 'close']);
});

test('after terminate no message is delivered, not even from the same read', async (t) => {
  const { peer, socket } = await rawPair(t);
  const told: string[] = [];
  const end = closing(socket);
  socket.on('message', (data) => {
    told.push(String(data));
    socket.terminate();
  });

  peer.send(Buffer.concat([text('one'), text('two')]));

  assert.equal((await end)[0], 1_006);
  assert.deepEqual(told, ['one']);
});

test('a listener that throws closes with 1011, and its error is an uncaught exception of the process', async (t) => {
  const module = new URL('../../src/ws/index.ts', import.meta.url).href;
  const program = `
    const { WebSocketServer } = await import(process.argv[1]);
    process.on('uncaughtException', ({ message }) => console.log('uncaught', message));
    const server = new WebSocketServer({ port: 0, host: '127.0.0.1' }, () => {
      console.log('port', server.address().port);
    });
    server.on('connection', (socket) => socket.on('ping', () => { throw new Error('a bug'); }));
  `;
  const args = ['--input-type=module', '--eval', program, module];
  const child = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'inherit'] });
  t.after(() => child.kill('SIGKILL'));
  let output = '';
  child.stdout.on('data', (chunk) => (output += chunk));
  await until(() => output.includes('\n'), 'the port');
  const peer = new RawPeer(Number(/port (\d+)/.exec(output)?.[1]));
  t.after(() => peer.destroy());
  await peer.upgrade();

  peer.send(ping());

  assert.equal((await peer.nextFrame()).opcode, 0xa);
  assert.equal(await peer.nextCloseCode(), 1_011);
  await until(() => output.includes('uncaught a bug'), 'the error');
});

test('a server cannot close with 1010, a client can', async (t) => {
  const { client, socket } = await pair(t, OWN);
  const end = closing(socket);

  assert.throws(() => socket.close(1_010), TypeError);
  client.close(1_010);

  assert.equal((await end)[0], 1_010);
});

test('the threshold applies with context takeover too', async (t) => {
  const { client, socket } = await pair(t, OWN, { perMessageDeflate: true });
  const message = event(socket, 'message');
  // Libraries use it, although the types omit it.
  const { _socket } = client as unknown as { _socket: { bytesWritten: number } };
  const before = _socket.bytesWritten;

  client.send('x'.repeat(1_023));

  await message;
  assert.equal(_socket.bytesWritten - before, 1_023 + 8);
});

test('invalid text fails on its first invalid byte, not at the end of its message', async (t) => {
  const { peer, socket } = await rawPair(t);
  const end = closing(socket);

  // The message is not finished, and neither is the frame.
  peer.send(text(Buffer.concat([Buffer.from([0xff]), Buffer.alloc(1_000)])).subarray(0, 20));

  assert.equal(await peer.nextCloseCode(), 1_007);
  peer.socket.end();
  assert.equal((await end)[0], 1_006);
});

test('skipUTF8Validation changes nothing', async (t) => {
  const { port } = await serve(t, OWN, { skipUTF8Validation: true });
  const peer = new RawPeer(port);
  t.after(() => peer.destroy());
  await peer.upgrade();

  peer.send(text(Buffer.from([0xff])));

  assert.equal(await peer.nextCloseCode(), 1_007);
});

test('pings of a peer that does not read are answered by one pong, to the latest', async (t) => {
  // Ignored.
  const { peer, socket } = await rawPair(t, { maxPendingAutoPongs: 1 });
  peer.socket.pause();
  for (let count = 0; count < 200 && socket.bufferedAmount <= 16 * 1_048_576; count += 1) {
    socket.send(Buffer.alloc(1_000_000));
    await turns(3);
  }
  const waiting = socket.bufferedAmount;
  assert(waiting > 16 * 1_048_576, 'the system buffered everything');
  let pings = 0;
  socket.on('ping', () => (pings += 1));

  for (let count = 1; count <= 100; count += 1) peer.send(ping(`ping ${count}`));
  await until(() => pings === 100);
  assert.equal(socket.bufferedAmount, waiting);

  peer.socket.resume();
  let frame = await peer.nextFrame();
  while (frame.opcode === 0x2) frame = await peer.nextFrame();
  assert.deepEqual(frame, { opcode: 0xa, payload: Buffer.from('ping 100') });
});

test('pings overtake queued messages for a peer that does not read', async (t) => {
  const { peer, socket } = await rawPair(t);
  peer.socket.pause();
  for (let count = 0; count < 200 && socket.bufferedAmount <= 1_048_576; count += 1) {
    socket.send(Buffer.alloc(1_000_000));
    await turns(3);
  }
  socket.send('before');

  socket.ping('after');

  peer.socket.resume();
  const order: string[] = [];
  while (order.length < 2) {
    const { opcode, payload } = await peer.nextFrame();
    if (opcode !== 0x2) order.push(String(payload));
  }
  assert.deepEqual(order, ['after', 'before']);
});

test('bufferedAmount includes bytes that are written at the end of the turn', async (t) => {
  const { client, socket } = await pair(t, OWN);
  const message = event(client, 'message');

  socket.send('hello');

  assert.equal(socket.bufferedAmount, 2 + 5);
  await message;
  assert.equal(socket.bufferedAmount, 0);
});

test('fragments are sent uncompressed even if messages are compressed', async (t) => {
  const { client, socket } = await pair(t, OWN, { perMessageDeflate: { threshold: 0 } });
  const message = event(socket, 'message');
  // Libraries use it, although the types omit it.
  const { _socket } = client as unknown as { _socket: { bytesWritten: number } };
  const before = _socket.bytesWritten;

  client.send('x'.repeat(1_000), { fin: false });
  client.send('x'.repeat(1_000));

  await message;
  assert.equal(_socket.bytesWritten - before, 2 * (1_000 + 8));
});

test('compressed messages are complete, as RFC 7692 defines it', async (t) => {
  const offer = { 'Sec-WebSocket-Extensions': 'permessage-deflate' };
  const final = deflateRawSync('hello');
  for (const [payload, isAccepted] of [
    // A final block without the zero byte of section 7.2.3.4, and nothing at all.
    [final, false],
    [Buffer.alloc(0), false],
    [Buffer.concat([final, Buffer.alloc(1)]), true],
    [Buffer.alloc(1), true],
  ] as const) {
    const { port, sockets } = await serve(t, OWN, { perMessageDeflate: true });
    const peer = new RawPeer(port);
    t.after(() => peer.destroy());
    await peer.upgrade(offer);
    await until(() => sockets.length === 1, 'the socket of the server');
    sockets[0]?.on('message', (data) => sockets[0]?.send(String(data)));

    peer.send(text(payload, { reservedBits: 0x40 }));

    if (isAccepted) assert.equal(await peer.nextText(), payload.length > 1 ? 'hello' : '');
    else assert.equal(await peer.nextCloseCode(), 1_007);
  }
});

test('the caller cannot choose the masking', async (t) => {
  const { client, socket } = await pair(t, OWN);
  const messages = Promise.all([event(socket, 'message'), event(client, 'message')]);

  client.send('a', { mask: false });
  socket.send('b', { mask: true });

  assert.deepEqual(
    (await messages).map(([data]) => String(data)),
    ['a', 'b'],
  );
});

test('a closing socket continues to read, paused or not', async (t) => {
  const { client, socket } = await pair(t, OWN);
  const told: string[] = [];
  socket.on('message', (data) => told.push(String(data)));
  socket.pause();
  client.send('a');
  const end = closing(socket);

  socket.close(4_000);

  assert.equal((await end)[0], 4_000);
  assert.deepEqual(told, ['a']);
});

test('an offered no_context_takeover is confirmed, even if the option is false', async (t) => {
  const { port } = await serve(t, OWN, { perMessageDeflate: { serverNoContextTakeover: false } });
  const peer = new RawPeer(port);
  t.after(() => peer.destroy());
  const offer = 'permessage-deflate; server_no_context_takeover';

  peer.send(upgradeRequest({ 'Sec-WebSocket-Extensions': offer }));

  const { status, headers } = await peer.nextAnswer();
  assert.deepEqual([status, headers.get('sec-websocket-extensions')], [101, offer]);
});

test('fragments are a list with the whole message, and can be sent unchanged', async (t) => {
  const { client, socket } = await pair(t, OWN);
  socket.binaryType = 'fragments';
  const message = event(socket, 'message');
  const echo = event(client, 'message');
  socket.on('message', (data) => socket.send(data));

  client.send(Buffer.from('a'), { fin: false });
  client.send(Buffer.from('b'));

  assert.deepEqual((await message)[0], [Buffer.from('ab')]);
  assert.equal(String((await echo)[0]), 'ab');
});

test('a blob can be received, but not sent', async (t) => {
  const { client, socket } = await pair(t, OWN);
  socket.binaryType = 'blob' as 'nodebuffer';
  const message = event(socket, 'message');

  client.send(Buffer.from('a'));

  const [blob] = await message;
  assert(blob instanceof Blob);
  assert.equal(await blob.text(), 'a');
  assert.throws(() => client.send(blob as never), TypeError);
});

test('unsupported options are rejected by name, not ignored', () => {
  const options: object = { generateMask: () => {} };
  assert.throws(() => new WebSocket('ws://127.0.0.1:1', options), /generateMask/);
  assert.throws(() => new WebSocket('ws+unix:/tmp/socket'), SyntaxError);
});

test('invalid compression settings are rejected by name, and other settings of zlib are ignored', () => {
  const refused: readonly [object, RegExp][] = [
    [{ serverMaxWindowBits: 16 }, /serverMaxWindowBits/],
    [{ serverMaxWindowBits: 8 }, /serverMaxWindowBits/],
    [{ zlibDeflateOptions: { level: 0 } }, /level/],
    [{ maxPayload: 1 }, /maxPayload/],
  ];
  for (const [perMessageDeflate, text] of refused) {
    assert.throws(() => new WebSocketServer({ noServer: true, perMessageDeflate }), text);
    assert.throws(() => new WebSocket('ws://127.0.0.1:1', { perMessageDeflate }), text);
  }

  const strange = { zlibDeflateOptions: { strategy: 1 }, zlibInflateOptions: { chunkSize: 1 } };
  new WebSocketServer({ noServer: true, perMessageDeflate: strange });
});

test('internal modules of ws are not exported', async () => {
  const own = await import('../../src/ws/index.ts');
  const missing = Object.keys(await import('ws')).filter((name) => !(name in own));

  assert.deepEqual(missing, ['PerMessageDeflate', 'Receiver', 'extension', 'subprotocol']);
});

test('require returns the class itself, with all exports as properties', async () => {
  const { createRequire } = await import('node:module');
  const required: unknown = createRequire(import.meta.url)('../../src/ws/index.ts');
  const { default: surface } = await import('../../src/ws/index.ts');

  assert.equal(required, surface);
  assert.equal(surface, WebSocket);
  assert.equal(surface.Server, WebSocketServer);
  assert.equal(typeof surface.createWebSocketStream, 'function');
});

test('a list of header values of verifyClient has a line for each', async (t) => {
  const { url } = await serve(t, OWN, {
    verifyClient: (_info, callback) => callback(false, 401, '', { 'Set-Cookie': ['a=1', 'b=2'] }),
  });
  const client = new WebSocket(url);
  t.after(() => client.on('error', () => {}).terminate());

  const [, response] = (await event(client, 'unexpected-response')) as [unknown, IncomingMessage];

  assert.deepEqual(response.headers['set-cookie'], ['a=1', 'b=2']);
});

test('no message is delivered after pause() in a listener, until resume()', async (t) => {
  const { peer, socket } = await rawPair(t);
  const received: string[] = [];
  socket.on('message', (data) => {
    received.push(String(data));
    socket.pause();
  });

  peer.send(Buffer.concat([text('one'), text('two')]));
  await until(() => received.length === 1);
  await turns();
  assert.deepEqual(received, ['one']);
  socket.resume();
  await until(() => received.length === 2);
});

test('members of a proxy of a socket throw', async (t) => {
  const { client } = await pair(t, OWN);

  assert.equal(client.readyState, WebSocket.OPEN);
  assert.throws(() => new Proxy(client, {}).readyState, TypeError);
});

test('the error of a send callback has a cause and no code', async (t) => {
  const { client, socket } = await pair(t, OWN);
  const results: unknown[][] = [];
  client.send('sent', (...result: unknown[]) => results.push(result));
  await until(() => results.length === 1);
  assert.equal(results[0]?.length, 0);

  // More than the system takes.
  socket.pause();
  client.send(Buffer.alloc(50_000_000), (...result: unknown[]) => results.push(result));
  client.terminate();
  await until(() => results.length === 2);

  const error = results[1]?.[0];
  assert(error instanceof Error && error.cause instanceof Error);
  assert.equal('code' in error, false);
});
