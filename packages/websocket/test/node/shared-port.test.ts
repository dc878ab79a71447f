/** Several servers on one HTTP server of the application's own (G-11). */
import assert from 'node:assert/strict';
import { createServer } from 'node:http';
import { test } from 'node:test';
import { WebSocketServer } from '../../src/index.ts';
import { RawPeer } from '../support/raw-peer.ts';
import { until } from '../support/wait.ts';

test('each has its own connections, and ends nobody else’s, nor the HTTP server', async (t) => {
  const chat = new WebSocketServer();
  const live = new WebSocketServer();
  const httpServer = createServer((_request, response) => response.end('hello'));
  httpServer.on('upgrade', (request, socket, head) => {
    const server = request.url === '/chat' ? chat : live;
    void server.handleUpgrade(request, socket, head);
  });
  await new Promise<void>((resolve) => httpServer.listen(0, '127.0.0.1', resolve));
  const address = httpServer.address();
  assert(address !== null && typeof address === 'object');
  const alice = new RawPeer(address.port);
  const bob = new RawPeer(address.port);
  const carol = new RawPeer(address.port);
  t.after(async () => {
    for (const peer of [alice, bob, carol]) peer.destroy();
    await live.shutdown();
    httpServer.close();
  });
  await alice.upgrade({}, 'GET /chat HTTP/1.1');
  await bob.upgrade({}, 'GET /live HTTP/1.1');
  assert.deepEqual([chat.connections.size, live.connections.size], [1, 1]);

  const ended = chat.shutdown();
  assert.equal(await alice.nextCloseCode(), 1001);
  alice.destroy();
  await ended;

  live.broadcast('still here');
  assert.equal(await bob.nextText(), 'still here');
  carol.send('GET / HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n');
  const { status, body } = await carol.nextAnswer();
  assert.deepEqual([status, body], [200, 'hello']);
  await until(() => chat.connections.size === 0);
});
