/**
 * Input that the server's own port rejects before there is a request: answered as by Node, and
 * counted.
 */
import assert from 'node:assert/strict';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { type TestContext, test } from 'node:test';
import { TEST_CERTIFICATE, TEST_KEY } from '../../../../../tests/support/certificate.ts';
import { createDebugLog, type DebugEntry } from '../../../src/debug.ts';
import { handshakesOf } from '../../support/handshake-counts.ts';
import { RawPeer, upgradeRequest } from '../../support/raw-peer.ts';
import { startServer } from '../../support/test-server.ts';
import { until } from '../../support/wait.ts';

/** Exceeds the limit only with its last bytes. */
const OVERSIZED = upgradeRequest({ 'X-Long': 'a'.repeat(16_384) });
const GARBAGE = 'hello\r\n\r\n';
/** Its header never ends. */
const SLOW = 'GET / HTTP/1.1\r\nHost: a\r\n';

const CASES: readonly [title: string, sent: string, status: number, result: string][] = [
  ['an oversized header', OVERSIZED, 431, 'tooLarge'],
  ['input that is not HTTP', GARBAGE, 400, 'malformed'],
  ['a header that does not end', SLOW, 408, 'timeout'],
];

for (const [title, sent, status, result] of CASES) {
  test(`${title} gets ${status} as by Node, counted and reported`, async (t) => {
    const entries: DebugEntry[] = [];
    const on = await startServer(t, {
      handshakeTimeout: timeoutFor(sent),
      debugLog: createDebugLog((entry) => entries.push(entry)),
    });

    const peer = on.connect();
    await send(peer, sent);
    const answer = await peer.nextAnswer();
    await peer.end();

    assert.deepEqual(answer, await answerOfNode(t, sent));
    assert.equal(answer.status, status);
    assert.deepEqual(handshakesOf(on), { [result]: 1 });
    assert.deepEqual(entries, [{ kind: 'handshake', result, status, request: {} }]);
    assert.deepEqual([on.errors, on.server.manager.size], [[], 0]);
  });
}

test('garbage after a request gets its response after the first response is complete', async (t) => {
  const on = await startServer(t, {
    handleRequest: (_request, response) => void response.end('first'),
  });
  const peer = on.connect();
  peer.send('GET / HTTP/1.1\r\nHost: a\r\n\r\n');
  assert.equal((await peer.nextAnswer()).body, 'first');

  peer.send(GARBAGE);

  assert.equal((await peer.nextAnswer()).status, 400);
  assert.deepEqual(handshakesOf(on), { malformed: 1 });
});

const REQUEST = 'GET / HTTP/1.1\r\nHost: a\r\n\r\n';

for (const [title, requests] of [
  ['a response', REQUEST],
  ['a response that another one waits for', REQUEST + REQUEST],
] as const) {
  test(`garbage in the middle of ${title} ends the socket without a response`, async (t) => {
    let isFirst = true;
    const on = await startServer(t, {
      handleRequest: (_request, response) => {
        response.setHeader('Content-Length', '5');
        if (isFirst) response.flushHeaders();
        isFirst = false;
      },
    });
    const peer = on.connect();
    let received = '';
    peer.socket.on('data', (chunk) => {
      received += chunk.toString('latin1');
    });
    peer.send(requests);
    await until(() => received.endsWith('\r\n\r\n'), 'the head of the answer');

    peer.send(GARBAGE);

    await until(() => peer.hasEnded || peer.error !== undefined, 'the end');
    assert.equal(received.match(/HTTP/g)?.length, 1);
    assert.deepEqual(handshakesOf(on), { malformed: 1 });
  });
}

test('a client that leaves before it sends a request is not a rejection', async (t) => {
  const on = await startServer(t);
  const peer = on.connect();
  await until(() => !peer.socket.connecting);
  peer.socket.resetAndDestroy();

  await on.open();

  assert.deepEqual(handshakesOf(on), { accepted: 1 });
});

test('input that is not TLS is counted, and gets no HTTP response', async (t) => {
  const on = await startServer(t, { tls: { cert: TEST_CERTIFICATE, key: TEST_KEY } });
  const peer = on.connect();
  let received = '';
  peer.socket.on('data', (chunk) => {
    received += chunk.toString('latin1');
  });

  peer.send(upgradeRequest());

  await until(() => peer.hasEnded || peer.error !== undefined, 'the end');
  assert.doesNotMatch(received, /HTTP/);
  assert.deepEqual(handshakesOf(on), { tls: 1 });
});

test('a socket beyond the limit of the port is dropped, and counted', async (t) => {
  const on = await startServer(t, { maxConnections: 1 });

  for (let count = 0; count < 103; count += 1) on.connect();

  await until(() => handshakesOf(on)['dropped'] === 1, 'the drop');
});

/** All input arrives first: input after a response would reset it. */
function timeoutFor(sent: string): number {
  return sent === SLOW ? 1_000 : 30_000;
}

async function send(peer: RawPeer, sent: string): Promise<void> {
  if (sent === SLOW) peer.send(sent);
  else await peer.sendInTwo(sent);
}

/** The response of a plain Node server to the same bytes. */
async function answerOfNode(t: TestContext, sent: string) {
  const server = createServer({ connectionsCheckingInterval: 10 });
  server.headersTimeout = timeoutFor(sent);
  server.requestTimeout = timeoutFor(sent);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  // A bound TCP server has an address of this kind.
  const peer = new RawPeer((server.address() as AddressInfo).port);
  t.after(() => {
    peer.destroy();
    server.close();
  });
  await send(peer, sent);
  return peer.nextAnswer();
}
