/** Several servers on one HTTP server of the application. */
import assert from 'node:assert/strict';
import { createServer, type Server } from 'node:http';
import { test } from 'node:test';
import { type Connection, type WebSocketError, WebSocketServer } from '../../src/index.ts';
import { requestPath } from '../../src/protocol/request-path.ts';
import { RawPeer, upgradeRequest } from '../support/raw-peer.ts';
import { until } from '../support/wait.ts';

test('each has its own connections, and ends neither those of others nor the HTTP server', async (t) => {
  const chat = new WebSocketServer();
  const live = new WebSocketServer();
  const httpServer = createServer((_request, response) => response.end('hello'));
  httpServer.on('upgrade', (request, socket, head) => {
    const server = requestPath(request.url) === '/chat' ? chat : live;
    void server.handleUpgrade(request, socket, head);
  });
  const port = await listen(httpServer);
  const alice = new RawPeer(port);
  const bob = new RawPeer(port);
  const carol = new RawPeer(port);
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

test('an upgrade passed twice gets one response, and the second call is reported', async (t) => {
  const first = new WebSocketServer({ paths: ['/chat'] });
  const second = new WebSocketServer({ paths: ['/live'] });
  const failures: unknown[] = [];
  second.on('error', ({ error }) => failures.push((error as WebSocketError).code));
  const handed: unknown[] = [];
  const httpServer = createServer();
  httpServer.on('upgrade', async (request, socket, head) => {
    const both = [first, second].map((each) => each.handleUpgrade(request, socket, head));
    handed.push(...(await Promise.all(both)));
  });
  const port = await listen(httpServer);
  const alice = new RawPeer(port);
  const bob = new RawPeer(port);
  t.after(() => {
    for (const peer of [alice, bob]) peer.destroy();
    httpServer.close();
  });

  await alice.upgrade({}, 'GET /chat HTTP/1.1');
  bob.send(upgradeRequest({}, 'GET /live HTTP/1.1'));
  assert.equal((await bob.nextAnswer()).status, 404);
  await bob.end();
  await until(() => handed.length === 4, 'both upgrades');

  assert.deepEqual(handed.map(stateOf), ['OPEN', undefined, undefined, undefined]);
  assert.deepEqual(failures, ['INVALID_ARGUMENT', 'INVALID_ARGUMENT']);
  assert.deepEqual(
    [first, second].map(({ manager }) => manager.size),
    [1, 0],
  );
  first.broadcast('one of each');
  assert.equal(await alice.nextText(), 'one of each');

  const ended = Promise.all([first.shutdown(), second.shutdown()]);
  assert.equal(await alice.nextCloseCode(), 1001);
  alice.destroy();
  await ended;
});

function stateOf(connection: unknown): string | undefined {
  return (connection as Connection | undefined)?.state;
}

async function listen(httpServer: Server): Promise<number> {
  await new Promise<void>((resolve) => httpServer.listen(0, '127.0.0.1', resolve));
  const address = httpServer.address();
  assert(address !== null && typeof address === 'object');
  return address.port;
}
