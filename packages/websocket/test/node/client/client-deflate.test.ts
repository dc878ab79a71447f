/** permessage-deflate as a client: offered, agreed on or not, and used with both servers. */
import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import { type ClientOptions, type Connection, connect } from '../../../src/index.ts';
import { startRawServer } from '../../support/raw-server.ts';
import { echo, startServer } from '../../support/test-server.ts';
import { until } from '../../support/wait.ts';
import { startWsEcho } from '../../support/ws-package.ts';

type Deflate = ClientOptions['perMessageDeflate'];

async function open(t: TestContext, url: string, perMessageDeflate: Deflate): Promise<Connection> {
  const connection = await connect(url, { perMessageDeflate });
  t.after(() => connection.destroy());
  return connection;
}

const MESSAGES = [
  '',
  'a',
  'hello hello hello',
  'hello hello again',
  'ü'.repeat(40_000),
  'x'.repeat(300_000),
];

async function echoes(client: Connection): Promise<string[]> {
  const received: string[] = [];
  client.on('message', (data) => received.push(data.toString()));
  for (const message of MESSAGES) client.sendText(message);
  await until(() => received.length === MESSAGES.length, 'all echoes');
  return received;
}

test('it is not offered by default', async (t) => {
  const { server, port } = await startServer(t, { perMessageDeflate: true });
  const offers: unknown[] = [];
  server.on('connection', (_, request) => offers.push(request.headers['sec-websocket-extensions']));

  const plain = await open(t, `ws://127.0.0.1:${port}`, false);
  const client = await open(t, `ws://127.0.0.1:${port}`, true);

  assert.deepEqual(offers, [undefined, 'permessage-deflate; client_max_window_bits']);
  assert.deepEqual([plain.extensions, client.extensions], [[], ['permessage-deflate']]);
});

test('messages shrink on the wire and come back unchanged from our server', async (t) => {
  const { server, port, connections } = await startServer(t, {
    perMessageDeflate: { threshold: 0 },
  });
  server.on('connection', echo);
  const client = await open(t, `ws://127.0.0.1:${port}`, { threshold: 0 });

  assert.deepEqual(await echoes(client), MESSAGES);
  assert((connections[0]?.counters.bytesReceived ?? Infinity) < 5_000);
  assert(client.counters.bytesReceived < 5_000);
});

for (const [name, own, theirs] of [
  ['without parameters', {}, {}],
  ['with small windows', { serverMaxWindowBits: 10, clientMaxWindowBits: 9 }, {}],
  ['with smaller windows at the server', {}, { serverMaxWindowBits: 11, clientMaxWindowBits: 10 }],
  [
    'without memory of either',
    { serverNoContextTakeover: true, clientNoContextTakeover: true },
    {},
  ],
  [
    'without memory by the will of the server',
    {},
    { clientNoContextTakeover: true, serverNoContextTakeover: true },
  ],
] as const) {
  test(`messages come back unchanged from ws ${name}`, async (t) => {
    const url = await startWsEcho(t, { perMessageDeflate: { threshold: 0, ...theirs } });
    const client = await open(t, url, { threshold: 0, ...own });

    assert.deepEqual(client.extensions, ['permessage-deflate']);
    assert.deepEqual(await echoes(client), MESSAGES);
  });
}

test('a server that declines gets uncompressed frames', async (t) => {
  const { server, port } = await startServer(t);
  server.on('connection', echo);
  const client = await open(t, `ws://127.0.0.1:${port}`, { threshold: 0 });

  assert.deepEqual(client.extensions, []);
  assert.deepEqual(await echoes(client), MESSAGES);
});

test('a response that does not fit the offer fails the handshake', async (t) => {
  const { url, next } = await startRawServer(t);
  for (const [answer, reason] of [
    ['permessage-deflate; server_max_window_bits=12', 'extensionParameters'],
    ['permessage-deflate; unknown', 'extensionParameters'],
    ['permessage-deflate; client_max_window_bits', 'extensionParameters'],
    ['permessage-deflate, permessage-deflate', 'extension'],
    ['permessage-deflate, x-other', 'extension'],
  ]) {
    const attempt = connect(url, { perMessageDeflate: { serverMaxWindowBits: 11 } });
    const rejected = assert.rejects(attempt, { code: 'MALFORMED_RESPONSE', reason }, answer);
    const server = await next();

    await server.accept(`Sec-WebSocket-Extensions: ${answer}\r\n`);

    await rejected;
    await server.ended();
  }
});
