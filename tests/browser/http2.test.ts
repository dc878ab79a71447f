/** The engine over HTTP/2 (RFC 8441), with Chromium as the client. */
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createSecureServer } from 'node:http2';
import type { AddressInfo } from 'node:net';
import { after, before, describe, test } from 'node:test';
import { handleConnect, isWebSocketConnect, WebSocketServer } from '@parley/websocket';
import { browserSkip, openProfile, type Profile } from '../support/browser.ts';
import { TEST_CERTIFICATE, TEST_KEY } from '../support/certificate.ts';

describe('WebSocket over HTTP/2', { skip: browserSkip() }, () => {
  const server = new WebSocketServer({
    paths: ['/chat'],
    protocols: ['chat.v1'],
    perMessageDeflate: { threshold: 0 },
  });
  // Without `allowHTTP1`: a handshake of HTTP 1.1 could not connect at all.
  const http2 = createSecureServer({
    cert: TEST_CERTIFICATE,
    key: TEST_KEY,
    settings: { enableConnectProtocol: true },
  });
  let profile: Profile;
  let origin: string;

  before(async () => {
    http2.on('stream', (stream, headers) => {
      if (isWebSocketConnect(headers)) void handleConnect(server, stream, headers);
      else {
        stream.respond({ ':status': 200, 'content-type': 'text/html' });
        stream.end('<title>page</title>');
      }
    });
    http2.listen(0, '127.0.0.1');
    await once(http2, 'listening');
    // A server that listens on a port has an address of this form.
    origin = `https://localhost:${(http2.address() as AddressInfo).port}`;
    profile = await openProfile({ ignoreHTTPSErrors: true });
    await profile.page.goto(origin);
  });
  after(async () => {
    await profile?.close();
    await server.shutdown();
    http2.close();
  });

  test('a page opens a connection, with subprotocol and compression, gets its echoes and closes', async () => {
    server.once('connection', (connection, request) => {
      assert.equal(request.httpVersion, '2.0');
      connection.on('message', (data, isBinary) => {
        if (isBinary) connection.sendBinary(data);
        else connection.sendText(data);
      });
    });
    const ended = once(server, 'connectionClosed');

    const seen = await profile.page.evaluate(talk, origin);

    assert.deepEqual(seen, {
      protocol: 'chat.v1',
      extensions: 'permessage-deflate',
      texts: ['hello', 'x'.repeat(200_000)],
      close: [4000, true],
    });
    const [{ code, reason, wasClean }] = await ended;
    assert.deepEqual([code, reason, wasClean], [4000, 'bye', true]);
  });

  test('a page is told the close code of the server', async () => {
    server.once('connection', (connection) => connection.close(4001, 'later'));

    const seen = await profile.page.evaluate(waitForEnd, `${origin}/chat`);

    assert.deepEqual(seen, [4001, 'later', true]);
  });

  test('an upgrade that the server rejects fails in the page', async () => {
    const seen = await profile.page.evaluate(waitForEnd, `${origin}/other`);

    assert.deepEqual(seen, [1006, '', false]);
  });
});

/** Runs in the page. */
async function talk(origin: string) {
  const socket = new WebSocket(`${origin}/chat`, ['chat.v1']);
  const texts: string[] = [];
  await new Promise((resolve) => socket.addEventListener('open', resolve));
  for (const text of ['hello', 'x'.repeat(200_000)]) {
    const answer = new Promise<string>((resolve) =>
      socket.addEventListener('message', ({ data }) => resolve(data), { once: true }),
    );
    socket.send(text);
    texts.push(await answer);
  }
  const { protocol, extensions } = socket;
  const close = new Promise((resolve) =>
    socket.addEventListener('close', ({ code, wasClean }) => resolve([code, wasClean])),
  );
  socket.close(4000, 'bye');
  return { protocol, extensions, texts, close: await close };
}

/** Runs in the page. */
function waitForEnd(url: string): Promise<unknown> {
  const socket = new WebSocket(url);
  return new Promise((resolve) =>
    socket.addEventListener('close', ({ code, reason, wasClean }) =>
      resolve([code, reason, wasClean]),
    ),
  );
}
