/** The metrics of a server that real clients use. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { MetricFamily, WebSocketServer } from '../../../src/index.ts';
import { METRICS } from '../../../src/node/metrics/metric-table.ts';
import { binary, bytes, close, ping, pong, text } from '../../support/bytes.ts';
import { upgradeRequest } from '../../support/raw-peer.ts';
import {
  echo,
  LOOP_DELAY_ONLY,
  pass,
  startServer,
  startServerWithClock,
} from '../../support/test-server.ts';
import { until } from '../../support/wait.ts';

function family(server: WebSocketServer, name: string): MetricFamily {
  const found = server.metrics.collect().find((each) => each.name === name);
  assert(found !== undefined, name);
  return found;
}

/**
 * The values of one metric by their labels: `{'received text': 1}`; a metric without labels as ''.
 */
function values(server: WebSocketServer, name: string): Record<string, number> {
  return Object.fromEntries(
    family(server, name).samples.map(({ labels, value }) => [
      Object.values(labels).join(' '),
      value,
    ]),
  );
}

test('every metric of the table exists, with its kind and labels', async (t) => {
  const { server } = await startServer(t);

  const families = server.metrics.collect();

  assert.deepEqual(
    families.map(({ name }) => name),
    Object.keys(METRICS),
  );
  for (const { name, kind, samples, histogram } of families) {
    assert.equal(kind, METRICS[name].kind);
    assert.equal(histogram !== undefined, kind === 'histogram');
    for (const { labels } of samples) {
      assert.deepEqual(Object.keys(labels), Object.keys(METRICS[name].labels));
    }
  }
});

test('connections are counted as they open and end', async (t) => {
  const { server, open, closes } = await startServer(t);
  const { connection } = await open();
  await open();

  connection.destroy();
  await until(() => closes.length === 1);

  assert.deepEqual(values(server, 'websocket_connections_total'), { '': 2 });
  assert.deepEqual(values(server, 'websocket_connections_active'), { '': 1 });
});

test('messages and control frames are counted by direction and type', async (t) => {
  const { server, open, closes } = await startServer(t, { enableHeartbeat: false });
  server.on('connection', echo);
  const { peer, connection } = await open();

  peer.send(Buffer.concat([text('a'), text('b'), binary('c'), ping(), pong()]));
  await until(() => connection.counters.messagesSent === 3);
  server.broadcast('to all');
  connection.sendBinary(Buffer.alloc(100_000));
  connection.ping();
  peer.send(close(1000));
  peer.socket.end();
  await until(() => closes.length === 1);

  assert.deepEqual(values(server, 'websocket_messages_total'), {
    'received text': 2,
    'sent text': 3,
    'received binary': 1,
    'sent binary': 2,
    'received ping': 1,
    'sent ping': 1,
    'received pong': 1,
    'sent pong': 1,
    'received close': 1,
    'sent close': 1,
  });
});

test('bytes are those of all connections, also of ended ones', async (t) => {
  const { server, open, closes } = await startServer(t);
  server.on('connection', echo);
  const alice = await open();
  const bob = await open();
  alice.peer.send(text('hello'));
  bob.peer.send(text('hello'));
  await alice.peer.nextText();
  await bob.peer.nextText();

  alice.connection.destroy();
  await until(() => closes.length === 1);

  const counters = [alice, bob].map(({ connection }) => connection.counters);
  assert.deepEqual(values(server, 'websocket_bytes_total'), {
    received: 22,
    sent: counters.reduce((sum, { bytesSent }) => sum + bytesSent, 0),
  });
});

test('handshakes are counted by result', async (t) => {
  const { server, open, connect } = await startServer(t, {
    paths: ['/'],
    authorize: (request) =>
      request.headers.authorization === 'wait' ? new Promise(() => {}) : { accept: true },
  });
  await open();
  for (const request of [
    upgradeRequest({}, 'GET /other HTTP/1.1'),
    upgradeRequest({ 'Sec-WebSocket-Version': '8' }),
  ]) {
    const peer = connect();
    peer.send(request);
    await peer.nextAnswer();
  }
  const leavingClient = connect();
  leavingClient.send(upgradeRequest({ Authorization: 'wait' }));
  await until(() => server.getStats().byState.CONNECTING === 1);
  leavingClient.destroy();
  await until(() => server.getStats().byState.CONNECTING === 0);

  await until(() => values(server, 'websocket_handshakes_total')['gone'] === 1);
  assert.deepEqual(values(server, 'websocket_handshakes_total'), {
    accepted: 1,
    path: 1,
    version: 1,
    gone: 1,
  });
});

test('violations are counted by code', async (t) => {
  const { server, open } = await startServer(t);
  for (const frame of [text(bytes('ff')), bytes('83 80 00 00 00 00'), text(bytes('c0 80'))]) {
    const { peer } = await open();
    peer.send(frame);
    await peer.nextCloseCode();
  }

  assert.deepEqual(values(server, 'websocket_violations_total'), {
    INVALID_UTF8: 2,
    INVALID_OPCODE: 1,
  });
});

test('the message rate is that of the last second', async (t) => {
  const { server, clock, open } = await startServerWithClock(t);
  server.on('connection', echo);
  const { peer, connection } = await open();
  await pass(clock, 1_000);

  peer.send(Buffer.concat([text('a'), text('b'), text('c')]));
  await until(() => connection.counters.messagesSent === 3);
  await pass(clock, 1_000);
  assert.deepEqual(values(server, 'websocket_message_rate_per_second'), { '': 6 });
  await pass(clock, 1_000);

  assert.deepEqual(values(server, 'websocket_message_rate_per_second'), { '': 0 });
});

test('the round trips of heartbeats are recorded, each once', async (t) => {
  const { server, clock, open } = await startServerWithClock(t, {
    heartbeatInterval: 20_000,
    heartbeatTimeout: 10_000,
  });
  const observed: [name: string, value: number][] = [];
  server.metrics.observe((name, value) => observed.push([name, value]));
  const { peer } = await open();
  await pass(clock, 20_000);
  const { opcode, payload } = await peer.nextFrame();
  assert.equal(opcode, 0x9);
  const sentMs = Number(payload.readBigUInt64BE(0)) / 1_000;

  peer.send(pong(payload));
  peer.send(pong(payload));
  await until(() => values(server, 'websocket_messages_total')['received pong'] === 2);

  const { histogram } = family(server, 'websocket_heartbeat_rtt_ms');
  assert.equal(histogram?.count, 1);
  assert.equal(histogram.sum, clock.now() - sentMs);
  assert.deepEqual(
    observed.filter(([name]) => name === 'websocket_heartbeat_rtt_ms'),
    [['websocket_heartbeat_rtt_ms', clock.now() - sentMs]],
  );
  const { pongsReceived, meanRttMs, pinged } = server.getStats().heartbeat;
  assert.deepEqual([pongsReceived, meanRttMs, pinged], [1, clock.now() - sentMs, 0]);
});

test('the pressure level is reported as a number, and shed connections are counted', async (t) => {
  const { server, clock, open } = await startServerWithClock(t, LOOP_DELAY_ONLY);
  const { connection } = await open();
  connection.priority = 'low';
  assert.deepEqual(values(server, 'websocket_pressure_level'), { '': 0 });

  for (let each = 0; each < 12; each += 1) clock.stall(1_100);

  assert.deepEqual(values(server, 'websocket_pressure_level'), { '': 2 });
  assert.deepEqual(values(server, 'websocket_shed_total'), { '': 1 });
});

test('an observer that throws or rejects is reported as an error, and affects nothing else', async (t) => {
  const fail = () => assert.fail('an error in the observer');
  for (const observer of [fail, async () => fail()]) {
    const { server, open, errors } = await startServer(t);
    server.on('connection', echo);
    server.metrics.observe(observer);

    const { peer, connection } = await open();
    peer.send(text('hi'));

    assert.equal(await peer.nextText(), 'hi');
    assert.equal(connection.state, 'OPEN');
    await until(() => errors.length > 0);
    assert.match(String(errors[0]?.error), /an error in the observer/);
  }
});

test('the parsing of reads is timed', async (t) => {
  const { server, open } = await startServer(t);
  server.on('connection', echo);
  const { peer } = await open();

  peer.send(text('hi'));
  await peer.nextText();

  assert((family(server, 'websocket_frame_parsing_duration_ms').histogram?.count ?? 0) > 0);
});

test('sizes of messages fall into their buckets, a size at the bound into the lower one', async (t) => {
  const { server, open } = await startServer(t, { perMessageDeflate: false });
  const { peer, connection } = await open();

  for (const byteCount of [0, 64, 65, 1_048_576]) peer.send(binary(Buffer.alloc(byteCount)));
  await until(() => connection.counters.messagesReceived === 4);

  const { histogram } = family(server, 'websocket_message_size_bytes');
  assert.deepEqual(
    histogram?.buckets.map(({ count }) => count),
    [2, 3, 3, 3, 3, 3, 3, 4, 4],
  );
});

test('handshakes are timed including authorize', async (t) => {
  const { server, clock, open } = await startServerWithClock(t, {
    authorize: () => {
      clock.advance(30);
      return { accept: true };
    },
  });

  await open();

  const { histogram } = family(server, 'websocket_handshake_duration_ms');
  assert.deepEqual([histogram?.count, histogram?.sum], [1, 30]);
});

test('broadcasts are counted and timed, with their results', async (t) => {
  const { server, clock, open } = await startServerWithClock(t);
  await open();
  const { connection } = await open();

  server.broadcast('to one', {
    filter: ({ id }) => {
      clock.advance(2);
      return id === connection.id;
    },
  });
  server.broadcast('to both');

  assert.deepEqual(values(server, 'websocket_broadcasts_total'), { '': 2 });
  assert.deepEqual(values(server, 'websocket_broadcast_deliveries_total'), {
    sent: 3,
    failed: 0,
    filtered: 1,
  });
  const { histogram } = family(server, 'websocket_broadcast_duration_ms');
  assert.deepEqual([histogram?.count, histogram?.sum], [2, 4]);
});

test('heartbeats and errors are counted by kind', async (t) => {
  const { server, clock, closes, open } = await startServerWithClock(t);
  await open();
  await pass(clock, 52_000);
  await pass(clock, 6_000);
  await until(() => closes.length === 1);
  const { peer } = await open();
  peer.send(text(bytes('ff')));
  await peer.nextCloseCode();

  assert.deepEqual(values(server, 'websocket_heartbeats_total'), {
    ping: 2,
    pong: 0,
    missed: 1,
    dead: 1,
  });
  assert.deepEqual(values(server, 'websocket_errors_total'), { PROTOCOL_VIOLATION: 1 });
});

test('resources are reported with their thresholds, and connections with their limit', async (t) => {
  const { server, clock, open } = await startServerWithClock(t, {
    pressureInterval: 5_000,
    memoryThreshold: 0,
    cpuThreshold: 0,
    maxConnections: 10,
  });
  await open();
  await pass(clock, 5_000);
  server.update({ maxConnections: 20 });

  assert.deepEqual(values(server, 'websocket_connections_limit'), { '': 20 });
  assert.equal(values(server, 'websocket_resource_usage')['connections'], 10);
  const { connections, memory } = values(server, 'websocket_resource_threshold');
  assert.deepEqual([connections, memory], [95, 0]);
});
