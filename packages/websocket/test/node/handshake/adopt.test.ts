/** Connections over streams whose handshake is not an upgrade of HTTP 1.1, HTTP/2 among them. */
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { IncomingMessage } from 'node:http';
import {
  type ClientHttp2Stream,
  connect,
  createServer,
  type Http2Server,
  type IncomingHttpHeaders,
} from 'node:http2';
import { type AddressInfo, Socket } from 'node:net';
import { Duplex, duplexPair } from 'node:stream';
import { type TestContext, test } from 'node:test';
import {
  handleConnect,
  isWebSocketConnect,
  WebSocketServer,
  type WebSocketServerOptions,
} from '../../../src/index.ts';
import { close, text } from '../../support/bytes.ts';
import { echo } from '../../support/test-server.ts';
import { inTime, next, outcomeOf, until } from '../../support/wait.ts';

function request(url = '/', rawHeaders: string[] = []): IncomingMessage {
  const message = new IncomingMessage(new Socket());
  return Object.assign(message, { method: 'GET', url, httpVersion: '1.1', rawHeaders });
}

test('a stream whose handshake was performed elsewhere carries frames at once', async (t) => {
  const server = new WebSocketServer();
  t.after(() => server.shutdown());
  const [near, far] = duplexPair();
  const received: Buffer[] = [];
  far.on('data', (chunk: Buffer) => received.push(chunk));

  const connection = await server.adopt(near, request());
  assert(connection !== undefined);
  echo(connection);
  const outcome = outcomeOf(connection);
  far.write(text('hello'));
  const echoed = Buffer.from('\x81\x05hello', 'latin1');
  await until(() => Buffer.concat(received).equals(echoed), 'the echo');
  far.end(close(1000));

  assert.deepEqual(await outcome, { code: 1000, reason: '', wasClean: true });
});

test('limits and hooks decide about an adopted stream; a rejected one is destroyed', async (t) => {
  const refused: string[] = [];
  const server = new WebSocketServer({ paths: ['/chat'] });
  t.after(() => server.shutdown());
  server.on('upgradeRefused', ({ reason }) => refused.push(reason));
  const [near, far] = duplexPair();
  far.resume();

  assert.equal(await server.adopt(near, request('/other')), undefined);

  assert.deepEqual([refused, near.destroyed], [['path'], true]);
});

test('answers that throw or reject are reported, and end the stream', async (t) => {
  const fail = () => assert.fail('a fault of the application');
  for (const answer of [fail, async () => fail()]) {
    for (const hooks of [{}, { authorize: () => ({ accept: false, status: 401 }) as const }]) {
      const server = new WebSocketServer();
      t.after(() => server.shutdown());
      const errors: unknown[] = [];
      server.on('error', ({ error }) => errors.push(error));
      const [near, far] = duplexPair();
      far.resume();

      await server.adopt(near, request(), { accept: answer, reject: answer, hooks });

      await until(() => errors.length === 1 && near.destroyed, 'the end of the stream');
      assert.match(String(errors[0]), /a fault of the application/);
    }
  }
});

test('the request of an adopted stream may have no socket', async (t) => {
  const server = new WebSocketServer({ maxConnectionsPerIp: 1 });
  t.after(() => server.shutdown());
  const [near] = duplexPair();

  const connection = await server.adopt(near, Object.assign(request(), { socket: undefined }));

  assert.equal(connection?.state, 'OPEN');
  assert.equal(connection.clientAddress, undefined);
  connection.destroy();
});

for (const [when, options, url] of [
  ['rejected', {}, '/other'],
  ['rejected by its own answer', { reject: () => {} }, '/other'],
  ['cut by an answer that fails', { reject: () => assert.fail('a fault') }, '/other'],
  ['given up because its input has ended', {}, '/'],
] as const) {
  test(`a stream may report an error after it was ${when}`, async (t) => {
    const server = new WebSocketServer({ paths: ['/'] });
    t.after(() => server.shutdown());
    server.on('error', () => {});
    const stream = new Duplex({
      read() {},
      destroy: (error, done) => done(error ?? new Error('it cannot be destroyed')),
    });
    const closed = next(stream, 'close');
    const asked = request(url);
    if (when.includes('input')) {
      stream.push(null);
      stream.resume();
      await once(stream, 'end');
    }

    assert.equal(await server.adopt(stream, asked, options), undefined);
    stream.destroy();

    await closed;
    assert.match(String(stream.errored), /cannot be destroyed/);
  });
}

/** Serves WebSocket streams, as in the README. */
function serveStreams(http2: Http2Server, server: WebSocketServer): void {
  http2.on('stream', (stream, headers) => {
    if (isWebSocketConnect(headers)) void handleConnect(server, stream, headers);
    else stream.respond({ ':status': 404 }, { endStream: true });
  });
}

/** The same on a server that has a request handler. */
function serveConnects(http2: Http2Server, server: WebSocketServer): void {
  http2.on('request', (_request, response) => response.end('ordinary'));
  http2.on('connect', (request, response) => {
    if (isWebSocketConnect(request.headers))
      void handleConnect(server, request.stream, request.headers);
    else response.writeHead(405).end();
  });
}

/** An HTTP/2 server with WebSocket streams, and a client of it. */
async function startHttp2(
  t: TestContext,
  options: Partial<WebSocketServerOptions> = {},
  serve = serveStreams,
) {
  const server = new WebSocketServer(options);
  server.on('connection', echo);
  const http2 = createServer({ settings: { enableConnectProtocol: true } });
  serve(http2, server);
  http2.listen(0, '127.0.0.1');
  await once(http2, 'listening');
  // A server that listens on a port has an address of this form.
  const { port } = http2.address() as AddressInfo;
  const client = connect(`http://127.0.0.1:${port}`);
  await once(client, 'remoteSettings');
  t.after(async () => {
    client.destroy();
    for (const connection of server.connections.values()) connection.destroy();
    await server.shutdown();
    await new Promise((resolve) => http2.close(resolve));
  });
  const open = async (headers: IncomingHttpHeaders = {}) => {
    const stream = client.request({
      ':method': 'CONNECT',
      ':protocol': 'websocket',
      ':path': '/',
      'sec-websocket-version': '13',
      ...headers,
    });
    const [answer] = (await inTime(once(stream, 'response'), 'the response')) as [
      IncomingHttpHeaders,
    ];
    return { stream, answer };
  };
  return { server, open };
}

async function readBytes(stream: ClientHttp2Stream, byteCount: number): Promise<Buffer> {
  const chunks: Buffer[] = [];
  stream.on('data', (chunk: Buffer) => chunks.push(chunk));
  await until(() => Buffer.concat(chunks).length >= byteCount, 'the bytes');
  return Buffer.concat(chunks);
}

test('a WebSocket connection opens over HTTP/2, agrees on a subprotocol, echoes and closes', async (t) => {
  const { server, open } = await startHttp2(t, { protocols: ['chat'] });
  const ends: number[] = [];
  server.on('connectionClosed', ({ code }) => ends.push(code));

  const { stream, answer } = await open({ 'sec-websocket-protocol': 'other, chat' });
  assert.deepEqual([answer[':status'], answer['sec-websocket-protocol']], [200, 'chat']);
  const [connection] = server.connections.values();
  assert.deepEqual(
    [connection?.clientAddress, connection?.remoteAddress],
    ['127.0.0.1', '127.0.0.1'],
  );
  const large = 'x'.repeat(200_000);
  stream.write(Buffer.concat([text('hello'), text(large)]));
  const echoed = await readBytes(stream, 7 + 10 + large.length);

  assert.equal(echoed.subarray(0, 7).toString('latin1'), '\x81\x05hello');
  assert.equal(echoed.subarray(17).toString(), large);
  stream.end(close(1000));
  await until(() => ends.length === 1, 'the end');
  assert.deepEqual(ends, [1000]);
});

test('an HTTP/2 server with a request handler opens connections in its connect event', async (t) => {
  const { server, open } = await startHttp2(t, {}, serveConnects);
  const ends: number[] = [];
  server.on('connectionClosed', ({ code }) => ends.push(code));

  const plain = await open({ ':method': 'GET', ':protocol': undefined });
  const { stream, answer } = await open();
  stream.write(text('hello'));
  const echoed = await readBytes(stream, 7);
  stream.end(close(1000));

  assert.deepEqual(
    [plain.answer[':status'], String(await readBytes(plain.stream, 8))],
    [200, 'ordinary'],
  );
  assert.deepEqual([answer[':status'], echoed.toString('latin1')], [200, '\x81\x05hello']);
  await until(() => ends.length === 1, 'the end');
  assert.deepEqual(ends, [1000]);
});

test('compression is agreed on over HTTP/2 too', async (t) => {
  const { open } = await startHttp2(t, { perMessageDeflate: true });

  const { answer } = await open({ 'sec-websocket-extensions': 'permessage-deflate' });

  assert.match(String(answer['sec-websocket-extensions']), /^permessage-deflate/);
});

test('a rejected client of HTTP/2 that goes on sending loses its stream', async (t) => {
  const { open } = await startHttp2(t, { authorize: () => ({ accept: false, status: 403 }) });

  const { stream, answer } = await open();
  const send = setInterval(() => stream.write('more'), 5);
  t.after(() => clearInterval(send));

  assert.equal(answer[':status'], 403);
  stream.resume();
  await until(() => stream.closed, 'the end of the stream');
});

test('headers of authorize that HTTP/2 does not allow are left out of all its responses', async (t) => {
  const headers = {
    ...{ 'Keep-Alive': 'timeout=5', 'Proxy-Connection': 'close', TE: 'gzip' },
    ...{ 'HTTP2-Settings': 'a', 'X-A': 'a' },
  };
  for (const [status, admission] of [
    [200, { accept: true, headers }],
    [401, { accept: false, status: 401, headers }],
  ] as const) {
    const { open } = await startHttp2(t, { authorize: () => admission });

    const { answer } = await open();

    assert.deepEqual([answer[':status'], answer['x-a']], [status, 'a']);
    assert.equal(answer['keep-alive'], undefined);
  }
});

test('a rejection is an ordinary response of HTTP/2', async (t) => {
  const { open } = await startHttp2(t, { maxConnectionsPerIp: 1, paths: ['/'] });

  assert.equal((await open({ ':path': '/other' })).answer[':status'], 404);
  assert.equal((await open({ 'sec-websocket-version': '8' })).answer[':status'], 400);
  assert.equal((await open()).answer[':status'], 200);
  const { answer } = await open();
  assert.deepEqual([answer[':status'], answer['retry-after']], [429, '5']);
});
