/** Limits that change while the server runs. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { ServerUpdate } from '../../../src/index.ts';
import { text } from '../../support/bytes.ts';
import { upgradeRequest } from '../../support/raw-peer.ts';
import { startServer, startServerWithClock } from '../../support/test-server.ts';
import { turns, until } from '../../support/wait.ts';

test('new limits hold at once for newcomers, and nobody who is in has to leave', async (t) => {
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

test('rates hold at once for open connections too', async (t) => {
  const { open, server } = await startServer(t, { messageRate: 0, byteRate: 0 });
  const { peer, connection } = await open();
  let count = 0;
  connection.on('message', () => (count += 1));
  peer.send(Buffer.concat(Array.from({ length: 50 }, () => text('x'))));
  await until(() => count === 50);

  server.update({ messageRate: 1, messageBurst: 1, rateLimitPolicy: 'close' });
  peer.send(Buffer.concat([text('x'), text('x')]));

  assert.equal(await peer.nextCloseCode(), 1008);
  assert.equal(count, 51);
});

test('a smaller message is asked of new connections only', async (t) => {
  const { open, server } = await startServer(t);
  const old = await open();

  server.update({ maxMessageSize: 10 });

  const received: string[] = [];
  old.connection.on('message', (data) => received.push(String(data)));
  old.peer.send(text('more than ten bytes'));
  await until(() => received.length === 1);
  const { peer } = await open();
  peer.send(text('more than ten bytes'));
  assert.equal(await peer.nextCloseCode(), 1009);
});

test('time limits hold at once: what is looked at each second is looked at more often', async (t) => {
  const { open, server, clock } = await startServerWithClock(t);
  const { peer } = await open();
  peer.send(text('never finished').subarray(0, 8));
  await turns(20);

  server.update({ fragmentTimeout: 40 });
  clock.advance(60);

  assert.equal(await peer.nextCloseCode(), 1008);
});

test('a shorter heartbeat is begun by each connection after its next ping', async (t) => {
  const { open, server, clock } = await startServerWithClock(t);
  await open();
  server.update({ heartbeatInterval: 2_000, heartbeatTimeout: 1_000, maxMissedPongs: 100 });

  clock.advance(30_000);
  const first = server.getStats().heartbeat.pingsSent;
  assert(first >= 1);
  clock.advance(4_000);

  assert(server.getStats().heartbeat.pingsSent > first);
});

test('either all changes hold or none, and the error names the one that is wrong', async (t) => {
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

test('derived limits follow those that they are derived from', async (t) => {
  const { server } = await startServer(t);

  server.update({ maxMessageSize: 2_000_000 });

  assert.equal(server.options.maxFrameSize, 2_000_000);
});

test('what is settled at construction cannot be changed, and undefined changes nothing', async (t) => {
  const { server } = await startServer(t, { maxMissedPongs: 3 });
  // What plain JavaScript may hand in.
  const update = (changes: object) => server.update(changes as ServerUpdate);

  for (const changes of [{ port: 1 }, { clock: {} }, { authorize: () => {} }, { nonsense: 1 }]) {
    assert.throws(() => update(changes), /allowed: no change while the server runs/);
  }
  update({ maxMissedPongs: undefined });
  assert.equal(server.options.maxMissedPongs, 3);
});

test('lists of addresses hold at once', async (t) => {
  const { server, connect, open } = await startServer(t, { maxConnectionsPerIp: 1 });
  await open();

  server.update({ unlimitedAddresses: ['127.0.0.1'] });

  const second = connect();
  await second.upgrade();
});
