/** Connections that are closed because they are idle or too old. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { continuation, ping, text } from '../support/bytes.ts';
import { pass, startServerWithClock } from '../support/test-server.ts';
import { until } from '../support/wait.ts';

const WITHOUT_HEARTBEAT = { enableHeartbeat: false };

test('a connection without messages is closed with 1008; pings do not count', async (t) => {
  const { clock, server, errors, open } = await startServerWithClock(t, {
    ...WITHOUT_HEARTBEAT,
    idleTimeout: 60_000,
  });
  const { peer, connection } = await open();

  for (let count = 0; count < 2; count += 1) {
    await pass(clock, 29_000);
    peer.send(ping('x'));
    assert.equal((await peer.nextFrame()).opcode, 0xa);
  }
  assert.equal(connection.state, 'OPEN');
  await pass(clock, 3_000);

  assert.equal(await peer.nextCloseCode(), 1008);
  assert.equal(server.getStats().idleAndAgeLimits.idle, 1);
  assert.deepEqual(errors, []);
});

test('messages of either side keep the connection open', async (t) => {
  const { clock, open } = await startServerWithClock(t, {
    ...WITHOUT_HEARTBEAT,
    idleTimeout: 60_000,
  });
  const { peer, connection } = await open();

  for (let count = 0; count < 4; count += 1) {
    await pass(clock, 50_000);
    const before = connection.counters.messagesReceived;
    if (count % 2 === 0) connection.sendText('still there?');
    else peer.send(text('yes'));
    await until(() => count % 2 === 0 || connection.counters.messagesReceived > before);
  }

  assert.equal(connection.state, 'OPEN');
});

test('while the application pauses reading, the peer does not count as idle', async (t) => {
  const { clock, open } = await startServerWithClock(t, {
    ...WITHOUT_HEARTBEAT,
    idleTimeout: 10_000,
  });
  const { connection } = await open();
  connection.pause();

  await pass(clock, 60_000);

  assert.equal(connection.state, 'OPEN');
});

test('an old connection is closed with 1001, after queued output', async (t) => {
  const { clock, server, open } = await startServerWithClock(t, {
    ...WITHOUT_HEARTBEAT,
    maxLifetime: 100_000,
  });
  const { peer, connection } = await open();
  await pass(clock, 89_000);
  assert.equal(connection.state, 'OPEN');

  connection.sendText('last words');
  await pass(clock, 12_000);

  assert.equal(await peer.nextText(), 'last words');
  assert.equal(await peer.nextCloseCode(), 1001);
  assert.equal(server.getStats().idleAndAgeLimits.aged, 1);
});

test('both limits may change while the server runs, for open connections too', async (t) => {
  const { clock, server, open } = await startServerWithClock(t, WITHOUT_HEARTBEAT);
  const { peer, connection } = await open();
  await pass(clock, 120_000);
  assert.equal(connection.state, 'OPEN');

  server.update({ maxLifetime: 180_000 });
  await pass(clock, 41_000);
  assert.equal(connection.state, 'OPEN');
  await pass(clock, 20_000);

  assert.equal(await peer.nextCloseCode(), 1001);
});

test('a message that is sent or received in fragments keeps the connection open', async (t) => {
  const { clock, open } = await startServerWithClock(t, {
    ...WITHOUT_HEARTBEAT,
    idleTimeout: 10_000,
    fragmentTimeout: 600_000,
  });
  const sending = await open();
  const receiving = await open();

  for (let count = 0; count < 10; count += 1) {
    sending.connection.sendFragment('part');
    const frame =
      count === 0 ? text('part', { isFinal: false }) : continuation('part', { isFinal: false });
    receiving.peer.send(frame);
    const bytes = (count + 1) * frame.length;
    await until(() => receiving.connection.counters.bytesReceived === bytes);
    await pass(clock, 5_000);
  }

  assert.deepEqual([sending.connection.state, receiving.connection.state], ['OPEN', 'OPEN']);
});

test('updates do not delay the limits of time, however often they come', async (t) => {
  const { clock, server, open } = await startServerWithClock(t, {
    ...WITHOUT_HEARTBEAT,
    idleTimeout: 10_000,
  });
  const { peer } = await open();

  for (let count = 0; count < 15; count += 1) {
    server.update({ messageRate: 100 + count });
    await pass(clock, 900);
  }

  assert.equal(await peer.nextCloseCode(), 1008);
});
