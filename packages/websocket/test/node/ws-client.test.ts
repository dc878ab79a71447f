/** The `ws` package as an independent client: it must find no errors. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { WebSocket } from 'ws';
import { echo, startServer } from '../support/test-server.ts';
import { inTime, until } from '../support/wait.ts';
import { connectWs } from '../support/ws-package.ts';

function nextMessage(client: WebSocket): Promise<readonly [data: Buffer, isBinary: boolean]> {
  return inTime(
    new Promise((resolve) => {
      // `nodebuffer` is the default type of a client's data.
      client.once('message', (data, isBinary) => resolve([data as Buffer, isBinary]));
    }),
    'a message',
  );
}

test('text and binary of every size come back unchanged', async (t) => {
  const { server, port } = await startServer(t);
  server.on('connection', echo);
  const client = await connectWs(t, port);

  for (const length of [0, 1, 125, 126, 65_535, 65_536, 1_000_000]) {
    client.send('ü'.repeat(length / 2));
    assert.deepEqual(await nextMessage(client), [Buffer.from('ü'.repeat(length / 2)), false]);
    client.send(Buffer.alloc(length, 7));
    assert.deepEqual(await nextMessage(client), [Buffer.alloc(length, 7), true]);
  }
});

test('an offer of permessage-deflate is declined, and plain frames are used', async (t) => {
  const { server, port } = await startServer(t);
  server.on('connection', echo);

  const client = await connectWs(t, port, { perMessageDeflate: true });
  client.send('a'.repeat(5_000));

  assert.equal(client.extensions, '');
  assert.deepEqual(await nextMessage(client), [Buffer.from('a'.repeat(5_000)), false]);
});

test('fragments of the client are assembled', async (t) => {
  const { server, port } = await startServer(t);
  server.on('connection', echo);
  const client = await connectWs(t, port);

  client.send('Hel', { fin: false });
  client.ping('between');
  client.send('lo', { fin: true });

  assert.deepEqual(await nextMessage(client), [Buffer.from('Hello'), false]);
});

test('both sides agree on the close, whichever began', async (t) => {
  const { port, closes, connections } = await startServer(t);
  const first = await connectWs(t, port);
  const second = await connectWs(t, port);
  const ends: unknown[] = [];
  for (const client of [first, second]) {
    client.on('close', (code, reason) => ends.push([code, reason.toString()]));
  }

  first.close(4000, 'enough');
  await until(() => closes.length === 1 && ends.length === 1);
  connections[1]?.close(4001, 'full');
  await until(() => closes.length === 2 && ends.length === 2);

  assert.deepEqual(
    closes.map(({ code, wasClean }) => [code, wasClean]),
    [
      [4000, true],
      [4001, true],
    ],
  );
  assert.deepEqual(ends, [
    [4000, ''],
    [4001, 'full'],
  ]);
});

test('the client answers our pings, and we its pings', async (t) => {
  const { port, connections } = await startServer(t);
  const client = await connectWs(t, port);
  const pongs: string[] = [];
  client.on('pong', (data) => pongs.push(data.toString()));
  connections[0]?.on('pong', (data) => pongs.push(data.toString()));

  client.ping('from client');
  connections[0]?.ping('from server');
  await until(() => pongs.length === 2);

  assert.deepEqual(pongs.sort(), ['from client', 'from server']);
});

test('the client knows the chosen subprotocol', async (t) => {
  const { port } = await startServer(t, { protocols: ['parley'] });

  const client = await connectWs(t, port, { protocols: ['other', 'parley'] });

  assert.equal(client.protocol, 'parley');
});

test('a message above the limit reaches the client as 1009', async (t) => {
  const { port } = await startServer(t, { maxMessageSize: 1_000 });
  const client = await connectWs(t, port);
  const codes: number[] = [];
  client.on('close', (code) => codes.push(code));

  client.send(Buffer.alloc(5_000_000));
  await until(() => codes.length === 1);

  assert.deepEqual(codes, [1009]);
});

test('fifty clients at once each get their own answers, in order', async (t) => {
  const { server, port } = await startServer(t);
  server.on('connection', echo);
  const clients = await Promise.all(Array.from({ length: 50 }, () => connectWs(t, port)));

  await Promise.all(
    clients.map(async (client, number) => {
      const received: string[] = [];
      client.on('message', (data) => received.push(data.toString()));
      const sent = Array.from({ length: 100 }, (_, count) => `${number}: ${count}`);
      for (const message of sent) client.send(message);
      await until(() => received.length === 100);
      assert.deepEqual(received, sent);
    }),
  );
});
