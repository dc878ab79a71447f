/** The life of a server: listening, serving, ending, and leaving nothing behind. */
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { createServer, type RequestListener } from 'node:http';
import { createServer as createTcpServer } from 'node:net';
import { extname, join } from 'node:path';
import { duplexPair } from 'node:stream';
import { test } from 'node:test';
import { WebSocketServer } from '../../../src/index.ts';
import { bareUpgradeRequest } from '../../support/bare-request.ts';
import { close, text } from '../../support/bytes.ts';
import { certificateFiles } from '../../support/certificate-files.ts';
import { FakeClock, NOON_MS, stopCalendar } from '../../support/fake-clock.ts';
import { RawPeer, upgradeRequest } from '../../support/raw-peer.ts';
import { echo, startServer, startServerWithClock } from '../../support/test-server.ts';
import { TEST_TLS } from '../../support/transport.ts';
import { inTime, next, turns, until } from '../../support/wait.ts';

test('listen resolves to the address, and emits it', async (t) => {
  const server = new WebSocketServer();
  t.after(() => server.shutdown());
  const events = next(server, 'listening');

  const address = await server.listen(0, '127.0.0.1');

  assert.deepEqual(await events, [address]);
  assert.equal(address.address, '127.0.0.1');
  assert(address.port > 0);
});

test('a port in use is reported as such, and listen may be called again', async (t) => {
  const accepted = createTcpServer().listen(0, '127.0.0.1');
  t.after(() => accepted.close());
  await new Promise((resolve) => accepted.once('listening', resolve));
  const occupied = accepted.address();
  assert(occupied !== null && typeof occupied === 'object');
  const server = new WebSocketServer();
  t.after(() => server.shutdown());

  await assert.rejects(server.listen(occupied.port, '127.0.0.1'), { code: 'EADDRINUSE' });

  assert((await server.listen(0, '127.0.0.1')).port > 0);
});

test('a server listens once, and not after its end', async (t) => {
  const { server } = await startServer(t);

  await assert.rejects(server.listen(0), { code: 'INVALID_ARGUMENT' });
  await server.shutdown();
  await assert.rejects(server.listen(0), { code: 'INVALID_ARGUMENT' });
});

test('options that cannot work are rejected at once', () => {
  assert.throws(() => new WebSocketServer({ maxConnections: -1 }), /maxConnections is -1/);
});

test('ordinary requests go to the given handler', async (t) => {
  const { port } = await startServer(t, {
    handleRequest: (request, response) => void response.end(`you asked for ${request.url}`),
  });

  const response = await fetch(`http://127.0.0.1:${port}/health`);

  assert.equal(await response.text(), 'you asked for /health');
});

const FAILING_HANDLERS: readonly [string, RequestListener][] = [
  ['throws', () => assert.fail('secret')],
  ['rejects', async () => assert.fail('secret')],
  [
    'rejects after it has set headers',
    async (_request, response) => {
      response.setHeader('Content-Encoding', 'gzip');
      assert.fail('secret');
    },
  ],
];

for (const [title, handleRequest] of FAILING_HANDLERS) {
  test(`a request whose handler ${title} gets 500, and the server emits error`, async (t) => {
    const { port, errors } = await startServer(t, { handleRequest });

    const response = await fetch(`http://127.0.0.1:${port}/`);

    assert.equal(response.status, 500);
    assert.doesNotMatch(await response.text(), /secret/);
    assert.match(String(errors[0]?.error), /secret/);
  });
}

test('a response that its handler has begun is cut if the handler rejects, not if it has ended', async (t) => {
  const { port, errors } = await startServer(t, {
    async handleRequest({ url }, response) {
      response.write('a part');
      if (url === '/complete') response.end();
      assert.fail('a fault of the handler');
    },
  });

  const response = await fetch(`http://127.0.0.1:${port}/complete`);

  assert.equal(await response.text(), 'a part');
  await assert.rejects(async () => (await fetch(`http://127.0.0.1:${port}/`)).text());
  assert.equal(errors.length, 2);
});

test('its own HTTP server can be configured once it listens', async (t) => {
  const server = new WebSocketServer({
    handleRequest: (_request, response) => void response.end('ok'),
  });
  t.after(() => server.shutdown());
  const beforeListening = server.httpServer;
  server.on('listening', () => {
    assert(server.httpServer !== undefined);
    server.httpServer.keepAliveTimeout = 70_000;
  });
  const { port } = await server.listen(0, '127.0.0.1');

  const { headers } = await fetch(`http://127.0.0.1:${port}/`);

  assert.equal(beforeListening, undefined);
  assert.deepEqual(server.httpServer?.address(), { address: '127.0.0.1', family: 'IPv4', port });
  assert.equal(headers.get('keep-alive'), 'timeout=70');
});

test('a connection is announced open, registered and with the address of its peer', async (t) => {
  const { server, open } = await startServer(t);
  const seen: unknown[] = [];
  server.on('connection', (connection, request) => {
    seen.push(connection.state, server.connections.get(connection.id) === connection);
    seen.push(request.url, server.getStats().heartbeat.monitored);
  });

  const { connection } = await open();

  assert.deepEqual(seen, ['OPEN', true, '/', 1]);
  assert.equal(connection.remoteAddress, '127.0.0.1');
  assert.deepEqual(connection.extensions, []);
  assert.match(
    connection.id,
    /^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/,
  );
});

test('lastActivity is the date when bytes last arrived', async (t) => {
  stopCalendar(t);
  const { clock, open } = await startServerWithClock(t);
  const { peer, connection } = await open();
  clock.advance(700);

  peer.send(text('hello'));
  await until(() => connection.counters.messagesReceived === 1);
  const { lastActivity } = connection;
  clock.advance(700);

  assert.deepEqual(lastActivity, new Date(NOON_MS));
  assert.deepEqual(connection.lastActivity, new Date(NOON_MS - 700));
});

test('bytes and messages are counted', async (t) => {
  const { server, open } = await startServer(t);
  server.on('connection', echo);
  const { peer, connection } = await open();
  const overhead = connection.counters.bytesSent;

  peer.send(text('hello'));
  await peer.nextText();
  await until(() => connection.counters.messagesSent === 1);

  const { bytesReceived, bytesSent, messagesReceived, messagesSent } = connection.counters;
  assert.deepEqual([bytesReceived, messagesReceived, messagesSent], [11, 1, 1]);
  assert.equal(bytesSent - overhead, 7);
});

test('statistics count connections by state, ever opened and ended', async (t) => {
  const { server, open, closes } = await startServer(t);
  const alice = await open();
  const bob = await open();
  await open();

  alice.connection.destroy();
  await until(() => closes.length === 1);
  bob.connection.close();

  const stats = server.getStats();
  assert.deepEqual(stats.byState, { CONNECTING: 0, OPEN: 1, CLOSING: 1, CLOSED: 0 });
  assert.deepEqual([stats.opened, stats.ended], [3, 1]);
  assert.equal(stats.heartbeat.monitored, 1);
});

test('shutdown closes all with 1001, waits for the answers, and ends the listener', async (t) => {
  const { server, port, closes, open } = await startServer(t);
  const alice = await open();
  const bob = await open();
  let isClosed = false;
  server.on('closed', () => (isClosed = true));

  const done = server.shutdown();
  for (const { peer } of [alice, bob]) {
    assert.equal(await peer.nextCloseCode(), 1001);
    assert.equal(isClosed, false);
    peer.send(close(1001));
    await peer.end();
    peer.socket.end();
  }
  await done;

  assert.deepEqual(
    closes.map(({ code, wasClean }) => [code, wasClean]),
    [
      [1001, true],
      [1001, true],
    ],
  );
  assert.equal(isClosed, true);
  const late = new RawPeer(port);
  await until(() => late.error !== undefined, 'the rejected connection');
});

test('a shutdown with an invalid timeout is rejected, and nothing ends', async (t) => {
  const { server } = await startServer(t);

  for (const timeoutMs of [-1, Number.NaN, 0.5, Number.POSITIVE_INFINITY, 'x' as never]) {
    assert.throws(() => server.shutdown(timeoutMs), { code: 'INVALID_ARGUMENT' });
    assert.throws(() => server.manager.shutdown(timeoutMs), { code: 'INVALID_ARGUMENT' });
  }

  assert.equal(server.isDraining, false);
});

test('shutdown may be called again, and returns the same promise', async (t) => {
  const { server } = await startServer(t);

  const first = server.shutdown();

  assert.equal(server.shutdown(), first);
  await first;
  assert.equal(server.shutdown(1), first);
});

for (const end of ['shutdown', 'drain'] as const) {
  test(`${end} may be called again by a listener that its first call calls`, async (t) => {
    const { server, clock, connections, open } = await startServerWithClock(t);
    for (let count = 0; count < 3; count += 1) await open();
    const promises = new Set<Promise<void>>();
    let endings = 0;
    server.on('closed', () => (endings += 1));
    for (const connection of connections) {
      connection.on('state_change', (_previous, next) => {
        if (next !== 'CLOSING') return;
        promises.add(server[end]()).add(server.manager.shutdown());
        connection.destroy();
      });
    }

    promises.add(server[end]());

    assert.equal(promises.size, 2);
    await inTime(Promise.all(promises), 'the end');
    assert.deepEqual([endings, server.manager.size, clock.timerCount], [1, 0, 0]);
  });
}

test('queued output is sent before the end', async (t) => {
  const { server, open } = await startServer(t);
  const { peer, connection } = await open();

  connection.sendText('last words');
  void server.shutdown();

  assert.equal(await peer.nextText(), 'last words');
  assert.equal(await peer.nextCloseCode(), 1001);
  peer.destroy();
});

test('shutdown cuts clients that do not answer, after its timeout', async (t) => {
  const { server, clock, closes, open } = await startServerWithClock(t);
  const { peer } = await open();

  const done = server.shutdown(2_000);
  await peer.nextCloseCode();
  clock.advance(1_999);
  await turns();
  assert.equal(closes.length, 0);
  clock.advance(1);
  await done;

  assert.deepEqual([closes[0]?.code, closes[0]?.wasClean], [1006, false]);
});

test('shutdownTimeout is the default timeout of shutdown', async () => {
  const clock = new FakeClock();
  const server = new WebSocketServer({ clock, closeTimeout: 5_000, shutdownTimeout: 6_000 });
  // More than are closed in one turn, so that the last has more time left by its own limit.
  for (let count = 0; count < 501; count += 1) {
    const [near] = duplexPair();
    await server.handleUpgrade(bareUpgradeRequest(), near, Buffer.alloc(0));
  }
  const ended = () => server.getStats().ended;

  const done = server.shutdown();
  clock.advance(4_000);
  await until(() => server.getStats().byState.CLOSING === 501, 'the last close frame');
  clock.advance(1_999);
  await until(() => ended() === 500, 'the limits of the others');
  await turns();
  assert.equal(ended(), 500);
  clock.advance(1);

  await done;
  assert.equal(ended(), 501);
});

test('during shutdown upgrades get 503, also those that wait for authorize', async (t) => {
  const server = new WebSocketServer({ authorize: () => new Promise(() => undefined) });
  const httpServer = createServer().listen(0, '127.0.0.1');
  httpServer.on('upgrade', (request, socket, head) => {
    void server.handleUpgrade(request, socket, head);
  });
  await new Promise((resolve) => httpServer.once('listening', resolve));
  const address = httpServer.address();
  assert(address !== null && typeof address === 'object');
  const [early, late] = [new RawPeer(address.port), new RawPeer(address.port)];
  t.after(() => {
    early.destroy();
    late.destroy();
    httpServer.close();
  });
  early.send(upgradeRequest());
  await until(() => server.getStats().byState.CONNECTING === 1);

  const done = server.shutdown();
  late.send(upgradeRequest());

  for (const peer of [early, late]) {
    const { status, headers } = await peer.nextAnswer();
    assert.equal(status, 503);
    assert(headers.has('retry-after'));
    peer.socket.end();
  }
  await done;
});

test('a socket that never sent a request does not delay the end', async (t) => {
  const { server, connect } = await startServer(t);
  const silent = connect();
  await new Promise((resolve) => silent.socket.once('connect', resolve));
  await turns(10);

  await server.shutdown();

  await silent.end();
});

for (const end of ['shutdown', 'drain'] as const) {
  test(`${end} waits for requests that are being answered`, async (t) => {
    const { server, connect } = await startServer(t, {
      handleRequest: (_request, response) => void answers.push(() => response.end('answer')),
    });
    const answers: (() => void)[] = [];
    const client = connect();
    client.send('GET / HTTP/1.1\r\nHost: localhost\r\n\r\n');
    await until(() => answers.length === 1);

    const ended = server[end]().then(() => 'ended');
    await turns(10);
    answers[0]?.();

    const { status, body } = await client.nextAnswer();
    assert.deepEqual([status, body], [200, 'answer']);
    assert.equal(await inTime(ended, 'the end'), 'ended');
  });
}

test('a client that leaves before its pipelined requests are answered does not delay the end', async (t) => {
  let requests = 0;
  const { server, closes, connect } = await startServerWithClock(t, {
    handleRequest: () => {
      requests += 1;
    },
  });
  const client = connect();
  client.send('GET / HTTP/1.1\r\nHost: localhost\r\n\r\n'.repeat(2) + upgradeRequest());
  await until(() => requests === 2 && server.connections.size === 1);

  client.destroy();
  await until(() => closes.length === 1);

  await inTime(server.shutdown(), 'the end');
});

test('shutdown cuts requests that are not answered within its timeout', async (t) => {
  let requests = 0;
  const { server, clock, connect } = await startServerWithClock(t, {
    handleRequest: () => {
      requests += 1;
    },
  });
  const client = connect();
  client.send('GET / HTTP/1.1\r\nHost: localhost\r\n\r\n');
  await until(() => requests === 1);

  let hasEnded = false;
  const ended = server.shutdown(5_000).then(() => (hasEnded = true));
  clock.advance(4_999);
  await turns(10);
  assert.equal(hasEnded, false);
  clock.advance(1);

  await inTime(ended, 'the end');
});

test('shutdown cuts TLS handshakes after its timeout', async (t) => {
  const options = { tls: TEST_TLS, handshakeTimeout: 60_000 };
  const { server, port, clock } = await startServerWithClock(t, options);
  assert(server.httpServer !== undefined);
  const accepted = next(server.httpServer, 'connection');
  const silent = new RawPeer(port);
  t.after(() => silent.destroy());
  await accepted;

  const done = server.shutdown(2_000);
  clock.advance(1_999);
  await turns();
  assert.equal(silent.hasEnded, false);
  clock.advance(1);

  await inTime(done, 'the end of the server');
  await silent.end();
});

test('shutdown cuts rejected clients that do not leave after its timeout', async (t) => {
  for (const tls of [undefined, TEST_TLS]) {
    const authorize = () => new Promise<never>(() => undefined);
    const { server, port, clock } = await startServerWithClock(t, { tls, authorize });
    const peer = new RawPeer(port, { isTls: tls !== undefined });
    t.after(() => peer.destroy());
    peer.send(upgradeRequest());
    await until(() => server.getStats().byState.CONNECTING === 1);

    const done = server.shutdown(2_000);
    assert.equal((await peer.nextAnswer()).status, 503);
    clock.advance(2_000);

    await inTime(done, 'the end of the server');
  }
});

test('open connections over TLS are cut by shutdown as they are over TCP', async (t) => {
  const { server, port, clock, closes, errors } = await startServerWithClock(t, { tls: TEST_TLS });
  const peer = new RawPeer(port, { isTls: true });
  t.after(() => peer.destroy());
  await peer.upgrade();

  const done = server.shutdown(2_000);
  await peer.nextCloseCode();
  clock.advance(2_000);
  await done;

  assert.deepEqual([closes[0]?.code, closes[0]?.wasClean, errors], [1006, false, []]);
});

test('a shutdown while listen binds the port frees it, and listen rejects', async (t) => {
  const files = await certificateFiles(t);
  for (const tls of [undefined, files]) {
    // Before there is a listener, and while the system binds it.
    for (const microtasks of [0, 20]) {
      const server = new WebSocketServer({ tls });
      const events: unknown[] = [];
      server.on('listening', (address) => events.push(address));
      const listening = server.listen(0, '127.0.0.1').catch((error: unknown) => error);
      for (let count = 0; count < microtasks; count += 1) await undefined;

      await server.shutdown();

      assert.deepEqual([events, server.httpServer], [[], undefined]);
      assert.match(String(await listening), /the server has ended/);
    }
  }
});

test('after a thousand connections nothing is left: no connection, timer or listener', async (t) => {
  const clock = new FakeClock();
  const server = new WebSocketServer({
    clock,
    maxConnectionsPerIp: 0,
    maxConnectionsPerMinutePerIp: 0,
    maxViolationsPerMinutePerIp: 0,
  });
  const httpServer = createServer().listen(0, '127.0.0.1');
  t.after(() => httpServer.close());
  const sockets = new Set<{ eventNames(): unknown[]; destroyed: boolean }>();
  httpServer.on('upgrade', (request, socket, head) => {
    sockets.add(socket);
    void server.handleUpgrade(request, socket, head);
  });
  server.on('connection', echo);
  server.on('error', () => undefined);
  await new Promise((resolve) => httpServer.once('listening', resolve));
  const address = httpServer.address();
  assert(address !== null && typeof address === 'object');
  const { port } = address;

  for (let round = 0; round < 50; round += 1) {
    await Promise.all(Array.from({ length: 20 }, (_, index) => visit(index)));
  }
  await until(() => [...sockets].every(({ destroyed }) => destroyed));
  await until(() => server.getStats().ended === 1_000);

  assert.equal(sockets.size, 1_000);
  assert.equal(server.connections.size, 0);
  assert.equal(clock.timerCount, 0);
  assert.equal(server.getStats().heartbeat.monitored, 0);
  assert.equal(server.getStats().bufferedBytes, 0);

  /** Connects, sends a message, and leaves in one of five ways. */
  async function visit(index: number): Promise<void> {
    const peer = new RawPeer(port);
    await peer.upgrade();
    peer.send(text('hello'));
    assert.equal(await peer.nextText(), 'hello');
    if (index % 5 === 0) peer.send(close(1000));
    if (index % 5 === 1) peer.send(Buffer.from([0x81, 0x00]));
    if (index % 5 === 2) peer.send(text('half').subarray(0, 7));
    if (index % 5 === 3) peer.socket.resetAndDestroy();
    else peer.socket.end();
    await peer.closed();
  }
});

test('shutdown ends although nothing else keeps the process alive', () => {
  // Also compiled, as on other versions of Node.
  const entry = join(import.meta.dirname, `../../../src/index${extname(import.meta.filename)}`);
  const program = `
    import { IncomingMessage } from 'node:http';
    import { Socket } from 'node:net';
    import { duplexPair } from 'node:stream';
    import { WebSocketServer } from ${JSON.stringify(entry)};
    const server = new WebSocketServer();
    const [near, far] = duplexPair();
    far.resume();
    await server.adopt(near, Object.assign(new IncomingMessage(new Socket()), { url: '/' }));
    await server.shutdown(50);
    console.log('shut down');
  `;
  const args = ['--input-type=module', '--eval', program];

  assert.equal(execFileSync(process.execPath, args, { encoding: 'utf8' }), 'shut down\n');
});
