/** Limits that change while the server runs. */
import assert from 'node:assert/strict';
import { X509Certificate } from 'node:crypto';
import { test } from 'node:test';
import { type ServerUpdate, WebSocketServer } from '../../../src/index.ts';
import { continuation, pong, text } from '../../support/bytes.ts';
import { startDeflater } from '../../support/deflate-peer.ts';
import { upgradeRequest } from '../../support/raw-peer.ts';
import { pass, startServer, startServerWithClock } from '../../support/test-server.ts';
import { TEST_TLS } from '../../support/transport.ts';
import { until } from '../../support/wait.ts';

test('new limits apply at once to new connections, and no open connection is closed', async (t) => {
  const on = await startServer(t);
  await on.open();
  await on.open();

  on.server.update({ maxConnections: 1 });

  const late = on.connect();
  late.send(upgradeRequest());
  assert.equal((await late.nextAnswer()).status, 503);
  assert.equal(on.server.connections.size, 2);
  assert.equal(on.server.options.maxConnections, 1);

  on.server.update({ maxConnections: 3 });
  await on.open();
});

test('limits can be updated after the certificate has expired', (t) => {
  const server = new WebSocketServer({ tls: TEST_TLS, maxConnections: 5 });
  const now = Date.parse(new X509Certificate(TEST_TLS.cert).validTo);
  t.mock.timers.enable({ apis: ['Date'], now });

  server.update({ maxConnections: 10 });

  assert.equal(server.options.maxConnections, 10);
  assert.equal(server.options.tls, TEST_TLS);
});

test('an update changes no option that is fixed at construction, also if its list has changed', () => {
  const paths = ['/chat'];
  const server = new WebSocketServer({ paths, maxMessageSize: 100 });
  paths.push('/admin');

  server.update({ maxMessageSize: 200 });

  assert.deepEqual(server.options.paths, ['/chat']);
  assert.equal(server.options.maxFrameSize, 200);
});

test('an update changes only those settings of its own HTTP server that it is about', async (t) => {
  const server = new WebSocketServer();
  t.after(() => server.shutdown());
  await server.listen(0, '127.0.0.1');
  const { httpServer } = server;
  assert(httpServer !== undefined);
  const settings = () => [
    httpServer.headersTimeout,
    httpServer.requestTimeout,
    httpServer.maxConnections,
  ];
  Object.assign(httpServer, { headersTimeout: 50_000, requestTimeout: 60_000, maxConnections: 50 });

  server.update({ messageRate: 5, handshakeTimeout: 5_000, maxConnections: 1_000_000 });
  assert.deepEqual(settings(), [50_000, 60_000, 50]);
  server.update({ handshakeTimeout: 7_000 });
  assert.deepEqual(settings(), [7_000, 7_000, 50]);
  server.update({ maxConnections: 10 });
  assert.deepEqual(settings(), [7_000, 7_000, 120]);
});

test('a limit per address that begins later counts the connections that are open', async (t) => {
  const on = await startServer(t);
  const { peer } = await on.open();
  await on.open();

  on.server.update({ maxConnectionsPerIp: 2 });

  const late = on.connect();
  late.send(upgradeRequest());
  assert.equal((await late.nextAnswer()).status, 429);
  peer.destroy();
  await until(() => on.closes.length === 1);
  await on.open();
});

test('a limit per address that begins later counts the handshakes that wait', async (t) => {
  const waiting: (() => void)[] = [];
  const on = await startServer(t, {
    authorize: async () => {
      await new Promise<void>((resolve) => waiting.push(resolve));
      return { accept: true };
    },
  });
  const first = on.connect();
  first.send(upgradeRequest());
  await until(() => waiting.length === 1);

  on.server.update({ maxConnectionsPerIp: 1 });

  const second = on.connect();
  second.send(upgradeRequest());
  assert.equal((await second.nextAnswer()).status, 429);
  waiting[0]?.();
  assert.equal((await first.nextAnswer()).status, 101);
});

test('rates apply at once to open connections too', async (t) => {
  const { open, server } = await startServer(t, {
    messageRate: 0,
    byteRate: 0,
    rateLimitPolicy: 'close',
  });
  const { peer, connection } = await open();
  let count = 0;
  connection.on('message', () => (count += 1));
  peer.send(Buffer.concat(Array.from({ length: 50 }, () => text('x'))));
  await until(() => count === 50);

  server.update({ messageRate: 1, messageBurst: 1 });
  peer.send(Buffer.concat([text('x'), text('x')]));

  assert.equal(await peer.nextCloseCode(), 1008);
  assert.equal(count, 51);
});

test('sizes apply to each connection from its next message on', async (t) => {
  const { open, server } = await startServer(t);
  const { peer, connection } = await open();
  const received: string[] = [];
  connection.on('message', (data) => received.push(String(data)));
  peer.send(text('begun before ', { isFinal: false }));
  await until(() => connection.counters.bytesReceived > 0);

  server.update({ maxMessageSize: 10 });

  peer.send(continuation('and ended after'));
  await until(() => received.length === 1);
  peer.send(text('ten bytes.'));
  await until(() => received.length === 2);
  peer.send(text('eleven byte'));
  assert.equal(await peer.nextCloseCode(), 1009);
  assert.deepEqual(received, ['begun before and ended after', 'ten bytes.']);
  const later = await open();
  later.peer.send(text('eleven byte'));
  assert.equal(await later.peer.nextCloseCode(), 1009);
});

test('larger sizes apply too, and so do frames and fragments', async (t) => {
  const { open, server } = await startServer(t, { maxMessageSize: 10, maxFragments: 2 });
  const { peer, connection } = await open();
  const received: string[] = [];
  connection.on('message', (data) => received.push(String(data)));

  server.update({ maxMessageSize: 30, maxFragments: 3 });
  peer.send(text('more than ten bytes'));
  peer.send(text('a', { isFinal: false }));
  peer.send(continuation('b', { isFinal: false }));
  peer.send(continuation('c'));
  await until(() => received.length === 2);

  server.update({ maxFrameSize: 2 });
  peer.send(text('ab'));
  await until(() => received.length === 3);
  peer.send(text('abc'));
  assert.equal(await peer.nextCloseCode(), 1009);
  assert.deepEqual(received, ['more than ten bytes', 'abc', 'ab']);
});

test('inflated messages follow a changed message limit, as uncompressed ones do', async (t) => {
  const { open, server } = await startServer(t, { perMessageDeflate: true, maxMessageSize: 100 });
  const { peer, connection } = await open({
    'Sec-WebSocket-Extensions': 'permessage-deflate; client_no_context_takeover',
  });
  const received: number[] = [];
  connection.on('message', (data) => received.push(data.length));
  const deflate = startDeflater({ isKept: false });
  const compressed = async (byteCount: number) =>
    text(await deflate('x'.repeat(byteCount)), { reservedBits: 0x40 });

  server.update({ maxMessageSize: 1_000 });
  peer.send(await compressed(999));
  peer.send(await compressed(1_000));
  await until(() => received.length === 2);
  server.update({ maxMessageSize: 500 });
  peer.send(await compressed(500));
  await until(() => received.length === 3);
  peer.send(await compressed(501));

  assert.equal(await peer.nextCloseCode(), 1009);
  assert.deepEqual(received, [999, 1_000, 500]);
});

test('time limits apply at once: ticks become more frequent', async (t) => {
  const { open, server, clock } = await startServerWithClock(t);
  const { peer, connection } = await open();
  const { bytesReceived } = connection.counters;
  peer.send(text('never finished').subarray(0, 8));
  await until(() => connection.counters.bytesReceived > bytesReceived);

  server.update({ fragmentTimeout: 40 });
  clock.advance(60);

  assert.equal(await peer.nextCloseCode(), 1008);
});

test('a shorter heartbeat pings within its interval, and does not count earlier silence against a peer', async (t) => {
  const { open, server, clock } = await startServerWithClock(t);
  const { peer, connection } = await open();
  await pass(clock, 19_000);
  assert.equal(connection.lastPingTime, undefined);

  // By these limits, a peer that was silent for eight seconds is dead.
  server.update({ heartbeatInterval: 5_000, heartbeatTimeout: 1_000 });
  await pass(clock, 5_000);

  assert.equal(connection.state, 'OPEN');
  const { opcode, payload } = await peer.nextFrame();
  assert.equal(opcode, 0x9);
  peer.send(pong(payload));
  await until(() => connection.averageRtt !== undefined);
  // From here on silence is judged by the new limits.
  await pass(clock, 9_000);
  assert.notEqual(connection.state, 'OPEN');
});

test('a shorter heartbeat pings its connections spread over the interval, not together', async (t) => {
  const { open, server, clock } = await startServerWithClock(t);
  const opened = [];
  for (let count = 0; count < 20; count += 1) opened.push(await open());
  await pass(clock, 1_000);

  server.update({ heartbeatInterval: 9_000, heartbeatTimeout: 2_000 });
  await pass(clock, 9_000);

  const moments = new Set(
    server.manager.getAllConnections().map((each) => each.lastPingTime?.getTime()),
  );
  assert(!moments.has(undefined), 'all were pinged');
  assert(moments.size >= 3, `in ${moments.size} ticks`);
});

test('a slower tick delays no ping', async (t) => {
  const { open, server, clock } = await startServerWithClock(t, { fragmentTimeout: 40 });
  const { connection } = await open();
  for (let count = 0; count < 290; count += 1) await pass(clock, 100);

  server.update({ fragmentTimeout: 30_000 });
  await pass(clock, 2_000);

  assert(connection.lastPingTime !== undefined);
});

test('an update that leaves the heartbeat alone moves no ping, however often it comes', async (t) => {
  const { open, server, clock } = await startServerWithClock(t);
  await open();

  for (let count = 0; count < 52; count += 1) {
    server.update({ messageRate: count });
    await pass(clock, 1_000);
  }

  const { pingsSent, dead } = server.getStats().heartbeat;
  assert.deepEqual([pingsSent, dead], [2, 1]);
});

test('either all changes apply or none, and the error names the invalid one', async (t) => {
  const { server } = await startServer(t);
  const before = server.options;

  assert.throws(() => server.update({ maxConnections: 5, messageRate: -1 }), {
    code: 'INVALID_ARGUMENT',
    message: 'option messageRate is -1; allowed: a whole number from 0 to 1000000',
  });
  assert.throws(() => server.update({ maxConnections: 5, reservedConnections: 6 }), {
    message: 'option reservedConnections is 6; allowed: maxConnections, 5, or less',
  });

  assert.equal(server.options, before);
});

test('derived limits follow the limits that they are derived from', async (t) => {
  const { server } = await startServer(t);

  server.update({ maxMessageSize: 2_000_000 });

  assert.equal(server.options.maxFrameSize, 2_000_000);
});

test('options fixed at construction cannot be changed, and undefined changes nothing', async (t) => {
  const { server } = await startServer(t, { maxMissedPongs: 3 });
  // Values that plain JavaScript may pass.
  const update = (changes: object) => server.update(changes as ServerUpdate);

  for (const changes of [{ port: 1 }, { clock: {} }, { authorize: () => {} }, { nonsense: 1 }]) {
    assert.throws(() => update(changes), /allowed: only at construction/);
  }
  update({ maxMissedPongs: undefined });
  assert.equal(server.options.maxMissedPongs, 3);
});

test('policies and access lists cannot be changed', async (t) => {
  const { server } = await startServer(t);

  for (const changes of [
    { slowConsumerPolicy: 'drop' },
    { stopCompressionAt: 'never' },
    { unlimitedAddresses: ['127.0.0.1'] },
    { allowedOrigins: ['https://chat.example'] },
  ]) {
    assert.throws(() => server.update(changes as ServerUpdate), /allowed: only at construction/);
  }
});
