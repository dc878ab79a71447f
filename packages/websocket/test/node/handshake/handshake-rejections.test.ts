/** Malformed upgrades over real sockets: each gets its status, and affects no other connection. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { HandshakeError } from '../../../src/index.ts';
import { handshakesOf } from '../../support/handshake-counts.ts';
import {
  ACCEPT,
  type HttpAnswer,
  KEY,
  type RequestChange,
  upgradeRequest,
} from '../../support/raw-peer.ts';
import { startServer, type TestServer } from '../../support/test-server.ts';

/** Resolves to the response to one request, after the server has ended the connection. */
async function answerTo({ connect }: TestServer, request: string): Promise<HttpAnswer> {
  const peer = connect();
  peer.send(request);
  const answer = await peer.nextAnswer();
  await peer.end();
  assert.equal(peer.isSilent, true, 'nothing comes after the answer');
  return answer;
}

const CASES: readonly [title: string, status: number, change: RequestChange, startLine?: string][] =
  [
    ['a POST', 405, {}, 'POST / HTTP/1.1'],
    ['HTTP 1.0', 400, {}, 'GET / HTTP/1.0'],
    ['a claim of HTTP 2.0', 400, {}, 'GET / HTTP/2.0'],
    ['no Host', 400, { Host: undefined }],
    ['two Hosts', 400, { Host: ['a', 'b'] }],
    ['no version', 426, { 'Sec-WebSocket-Version': undefined }],
    ['an old version', 426, { 'Sec-WebSocket-Version': '8' }],
    ['a version that only looks like 13', 426, { 'Sec-WebSocket-Version': '013' }],
    ['two versions', 400, { 'Sec-WebSocket-Version': ['13', '13'] }],
    ['no key', 400, { 'Sec-WebSocket-Key': undefined }],
    ['a short key', 400, { 'Sec-WebSocket-Key': 'dGhlIHNhbXBsZQ==' }],
    ['a key that is no base64', 400, { 'Sec-WebSocket-Key': 'dGhlIHNhbXBsZSBub25j*Q==' }],
    ['two keys', 400, { 'Sec-WebSocket-Key': [KEY, KEY] }],
    ['two equal subprotocols', 400, { 'Sec-WebSocket-Protocol': 'chat, chat' }],
    ['a malformed extension offer', 400, { 'Sec-WebSocket-Extensions': 'permessage-deflate;' }],
    ['a body', 400, { 'Content-Length': '5' }],
  ];

for (const [title, status, change, startLine] of CASES) {
  test(`an upgrade with ${title} gets ${status}, and the connection ends`, async (t) => {
    const on = await startServer(t);

    const answer = await answerTo(on, upgradeRequest(change, startLine));

    assert.equal(answer.status, status);
    assert.equal(on.server.connections.size, 0);
    assert.deepEqual(on.errors, []);
  });
}

const FAILED: readonly [title: string, reason: string, change: RequestChange][] = [
  ['no upgrade token in Connection', 'connection', { Connection: 'keep-alive' }],
  ['no Connection', 'connection', { Connection: undefined }],
  ['no Upgrade', 'upgrade', { Upgrade: undefined }],
  ['another target', 'upgrade', { Upgrade: 'h2c' }],
  ['only a key', 'upgrade', { Upgrade: undefined, 'Sec-WebSocket-Version': undefined }],
  ['only a version', 'upgrade', { Upgrade: undefined, 'Sec-WebSocket-Key': undefined }],
];

for (const [title, reason, change] of FAILED) {
  test(`a malformed upgrade with ${title} is rejected with 400, counted and reported`, async (t) => {
    const on = await startServer(t, { handleRequest: () => assert.fail('it is an upgrade') });
    const refusals: HandshakeError[] = [];
    on.server.on('upgradeRefused', (error) => refusals.push(error));

    const answer = await answerTo(on, upgradeRequest(change));

    assert.equal(answer.status, 400);
    assert.equal(answer.headers.get('connection'), 'close');
    assert.match(answer.body, new RegExp(reason, 'i'));
    assert.deepEqual(
      refusals.map((each) => [each.reason, each.status]),
      [[reason, 400]],
    );
    assert.deepEqual(handshakesOf(on), { [reason]: 1 });
  });
}

test('426 to an ordinary request ends the connection if the client asks for that', async (t) => {
  const on = await startServer(t);
  const request = (change: string) => `GET / HTTP/1.1\r\nHost: a\r\n${change}\r\n`;
  const peer = on.connect();

  peer.send(request(''));
  const kept = await peer.nextAnswer();
  peer.send(request('Connection: close\r\n'));
  const last = await peer.nextAnswer();
  await peer.end();

  assert.deepEqual(
    [kept, last].map(({ status, headers }) => [status, headers.get('connection')]),
    [
      [426, 'Upgrade'],
      [426, 'Upgrade, close'],
    ],
  );
  assert.equal(last.headers.has('transfer-encoding'), false);
  assert.equal(last.body, 'This is a WebSocket server\n');
  assert.equal(peer.isSilent, true);
});

test('426 names version and upgrade, whatever the problem was', async (t) => {
  const on = await startServer(t);
  const rejected = await answerTo(on, upgradeRequest({ 'Sec-WebSocket-Version': '12' }));
  const ordinary = await fetch(`http://127.0.0.1:${on.port}/`);

  for (const headers of [rejected.headers, ordinary.headers]) {
    assert.equal(headers.get('upgrade'), 'websocket');
    assert.equal(headers.get('connection'), 'Upgrade');
    assert.equal(headers.get('sec-websocket-version'), '13');
  }
  assert.equal(ordinary.status, 426);
});

test('an upgrade to another protocol is an ordinary request', async (t) => {
  const on = await startServer(t, {
    handleRequest: (_request, response) => void response.end('plain'),
  });
  const peer = on.connect();

  peer.send('GET / HTTP/1.1\r\nHost: a\r\nConnection: Upgrade\r\nUpgrade: h2c\r\n\r\n');

  const answer = await peer.nextAnswer();
  assert.equal(answer.status, 200);
  assert.equal(answer.body, 'plain');
});

test('405 names the allowed method', async (t) => {
  const on = await startServer(t);

  const answer = await answerTo(on, upgradeRequest({}, 'DELETE / HTTP/1.1'));

  assert.equal(answer.headers.get('allow'), 'GET');
});

test('a rejection states the problem in a body whose length matches its header', async (t) => {
  const on = await startServer(t);

  const answer = await answerTo(on, upgradeRequest({ 'Sec-WebSocket-Key': 'x' }));

  assert.match(answer.body, /Sec-WebSocket-Key/);
  assert.equal(answer.headers.get('content-type'), 'text/plain; charset=utf-8');
  assert.equal(answer.headers.get('connection'), 'close');
});

test("headers above the platform's limit get 431", async (t) => {
  const on = await startServer(t);

  const peer = on.connect();
  await peer.sendInTwo(upgradeRequest({ 'X-Long': 'a'.repeat(16_384) }));

  assert.equal((await peer.nextAnswer()).status, 431);
  await peer.end();
  assert.equal(peer.isSilent, true, 'nothing comes after the answer');
});

test('input that is not HTTP gets 400', async (t) => {
  const on = await startServer(t);

  assert.equal((await answerTo(on, 'hello\r\n\r\n')).status, 400);
});

test('a rejection is reported to the application with its reason and status', async (t) => {
  const on = await startServer(t);
  const refusals: HandshakeError[] = [];
  on.server.on('upgradeRefused', (error) => refusals.push(error));

  await answerTo(on, upgradeRequest({ 'Sec-WebSocket-Key': undefined }));

  assert.deepEqual(
    refusals.map(({ reason, status, code }) => [reason, status, code]),
    [['key', 400, 'MALFORMED_HANDSHAKE']],
  );
});

test('a valid request gets the accept value of its key, and nothing else', async (t) => {
  const on = await startServer(t);
  const peer = on.connect();

  peer.send(
    upgradeRequest({
      'Sec-WebSocket-Extensions': 'permessage-deflate; client_max_window_bits',
      'Sec-WebSocket-Protocol': 'chat',
    }),
  );

  const answer = await peer.nextAnswer();
  assert.equal(answer.status, 101);
  assert.deepEqual(
    [...answer.headers],
    [
      ['upgrade', 'websocket'],
      ['connection', 'Upgrade'],
      ['sec-websocket-accept', ACCEPT],
    ],
  );
});

test('a request in many small segments is parsed', async (t) => {
  const on = await startServer(t);
  const peer = on.connect();

  await peer.sendByteByByte(Buffer.from(upgradeRequest()));

  assert.equal((await peer.nextAnswer()).status, 101);
});

test('a client that never finishes its request is cut', async (t) => {
  const on = await startServer(t, { handshakeTimeout: 100 });
  const silent = on.connect();
  const slow = on.connect();

  slow.send('GET / HTTP/1.1\r\nHost: a\r\n');

  await silent.end();
  await slow.end();
});
