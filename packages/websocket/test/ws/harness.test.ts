/** Requests that test harnesses make without an HTTP parser, and sockets over streams in memory. */
import assert from 'node:assert/strict';
import type { IncomingMessage } from 'node:http';
import { Duplex, duplexPair, PassThrough } from 'node:stream';
import { test } from 'node:test';
import type { WebSocket } from 'ws';
import { WebSocketServer as EngineServer } from '../../src/index.ts';
import { KEY } from '../support/raw-peer.ts';
import { inTime, until } from '../support/wait.ts';
import { closing, type Implementation, testBoth } from './both.ts';

const NO_BYTES = Buffer.alloc(0);

const HEADERS = {
  connection: 'upgrade',
  upgrade: 'websocket',
  'sec-websocket-version': 13,
  'sec-websocket-key': KEY,
};

/** A request as harnesses make it: no parser, no socket, no raw headers. */
function madeRequest(parts: object = {}): IncomingMessage {
  // It has what a server reads.
  return { method: 'GET', httpVersion: '1.1', url: '/', headers: HEADERS, ...parts } as never;
}

/** The first line of the answer to a request. */
function answerOf(upgrade: (socket: Duplex) => unknown): Promise<string> {
  const [near, far] = duplexPair();
  const answer = new Promise<string>((resolve) => {
    far.once('data', (chunk) => resolve(String(chunk).split('\r\n', 1)[0] ?? ''));
  });
  upgrade(near);
  return inTime(answer, 'the answer');
}

const REQUESTS: readonly [title: string, parts: object][] = [
  ['with numbers as values and without Host', {}],
  ['with Host', { headers: { ...HEADERS, host: 'a' } }],
  ['with an empty list of raw headers', { rawHeaders: [] }],
  ['without a version of HTTP', { httpVersion: undefined }],
];

for (const [title, parts] of REQUESTS) {
  testBoth(`a request ${title} is accepted`, async ({ WebSocketServer }) => {
    const server = new WebSocketServer({ noServer: true });

    const line = await answerOf((socket) =>
      server.handleUpgrade(madeRequest(parts), socket, NO_BYTES, () => {}),
    );

    assert.equal(line, 'HTTP/1.1 101 Switching Protocols');
    for (const each of server.clients) each.terminate();
  });

  test(`the engine's own server accepts a request ${title}`, async () => {
    const server = new EngineServer();

    const line = await answerOf((socket) =>
      server.handleUpgrade(madeRequest(parts), socket, NO_BYTES),
    );

    assert.equal(line, 'HTTP/1.1 101 Switching Protocols');
    await server.shutdown();
  });
}

testBoth('a request without a key is rejected, and nothing is thrown', async (each) => {
  const server = new each.WebSocketServer({ noServer: true });
  const { 'sec-websocket-key': _, ...headers } = HEADERS;

  const line = await answerOf((socket) =>
    server.handleUpgrade(madeRequest({ headers }), socket, NO_BYTES, () => {}),
  );

  assert.equal(line, 'HTTP/1.1 400 Bad Request');
});

/** A socket with the members that harnesses use, although the types omit them. */
type HarnessSocket = WebSocket & {
  _isServer: boolean;
  setSocket(stream: Duplex, head: Buffer, options: object): void;
};

/** As `injectWS` of `@fastify/websocket` 11 does it: a client over a pair of streams. */
function injectClient({ WebSocket, WebSocketServer }: Implementation) {
  const [toClient, toServer] = [new PassThrough(), new PassThrough()];
  const serverStream = Duplex.from({ writable: toClient, readable: toServer });
  const clientStream = Duplex.from({ writable: toServer, readable: toClient });
  // `null` creates a socket without a connection, which the types omit.
  const Client = WebSocket as unknown as new (address: null, ...rest: unknown[]) => HarnessSocket;
  const client = new Client(null, undefined, { isServer: false });
  const states: number[] = [client.readyState];
  const handleData = (chunk: Buffer) => {
    assert.match(String(chunk), /^HTTP\/1\.1 101 Switching Protocols\r\n/);
    client._isServer = false;
    client.setSocket(clientStream, NO_BYTES, { maxPayload: 0 });
  };
  client.on('open', () => {
    states.push(client.readyState);
    clientStream.off('data', handleData);
  });
  clientStream.on('data', handleData);
  const server = new WebSocketServer({ noServer: true });
  const connected = new Promise<WebSocket>((resolve) => {
    server.handleUpgrade(madeRequest(), serverStream, NO_BYTES, (socket) => resolve(socket));
  });
  return { client, states, connected: inTime(connected, 'the socket of the server') };
}

testBoth('a client that is injected over streams sends and receives messages', async (each) => {
  const { client, states, connected } = injectClient(each);
  const received: string[] = [];
  client.on('message', (data, isBinary) => received.push(`${data} ${isBinary}`));
  const server = await connected;
  server.on('message', (data, isBinary) => server.send(data, { binary: isBinary }));
  await until(() => client.readyState === client.OPEN, 'the client to open');
  server.send('hello');

  client.send('echo');
  client.send(Buffer.alloc(200_000, 'x'));

  await until(() => received.length === 3, 'the messages');
  assert.deepEqual(states, [0, 1]);
  assert.deepEqual(received.slice(0, 2), ['hello false', 'echo false']);
  assert.equal(received[2]?.length, 200_000 + ' true'.length);
  const ends = Promise.all([closing(client), closing(server)]);
  client.close(4_000, 'enough');
  assert.deepEqual(await ends, [
    [4_000, 'enough'],
    [4_000, 'enough'],
  ]);
});

testBoth('the server closes an injected client, and terminates it', async (each) => {
  for (const act of ['close', 'terminate'] as const) {
    const { client, connected } = injectClient(each);
    const server = await connected;
    const end = closing(client);
    await until(() => client.readyState === client.OPEN, 'the client to open');

    server[act]();
    // A pair of streams passes no end on if one of them is destroyed.
    if (act === 'terminate') client.terminate();

    assert.equal((await end)[0], act === 'close' ? 1_005 : 1_006);
  }
});

testBoth('a socket of null over a stream is a server unless it is told otherwise', async (each) => {
  const [near, far] = duplexPair();
  const Socket = each.WebSocket as unknown as new (...given: unknown[]) => HarnessSocket;
  const socket = new Socket(null, undefined, {});
  let received = '';
  far.on('data', (chunk) => (received += chunk.toString('hex')));

  socket.setSocket(near, NO_BYTES, {});
  socket.send('a');

  await until(() => received.length >= 6, 'a frame');
  assert.equal(received, '810161');
  socket.terminate();
});
