/** Peers that send faster than their limit, over real sockets. */
import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import type { Connection } from '../../../src/index.ts';
import { binary, close, ping, text } from '../../support/bytes.ts';
import { upgradeRequest } from '../../support/raw-peer.ts';
import { echo, pass, startServerWithClock } from '../../support/test-server.ts';
import { turns, until } from '../../support/wait.ts';

const LIMITS = { messageRate: 10, messageBurst: 20, byteRate: 0 };

function repeat(frame: () => Buffer, count: number): Buffer {
  return Buffer.concat(Array.from({ length: count }, frame));
}

/** Returns a function that returns how many messages the connection has emitted since. */
function countMessages(connection: Connection): () => number {
  let count = 0;
  connection.on('message', () => {
    count += 1;
  });
  return () => count;
}

test('a burst at the limit passes at once; the excess waits, and is not lost', async (t) => {
  const { open, clock, server } = await startServerWithClock(t, LIMITS);
  const { peer, connection } = await open();
  const count = countMessages(connection);

  peer.send(repeat(() => text('x'), 20));
  await until(() => count() === 20);
  assert.equal(server.getStats().rates.throttled, 0);
  // The first excess message was already read; those after it wait.
  peer.send(repeat(() => text('x'), 30));
  await until(() => count() === 21);
  await turns(20);
  assert.equal(count(), 21);

  while (count() < 50) {
    clock.advance(100);
    await turns(2);
  }
  assert.deepEqual(server.getStats().rates, { throttled: 30, closed: 0 });
  assert.equal(connection.state, 'OPEN');
});

test('close: the first excess message is not delivered, and the connection ends with 1008', async (t) => {
  const { open, errors, server } = await startServerWithClock(t, {
    ...LIMITS,
    rateLimitPolicy: 'close',
  });
  const { peer, connection } = await open();
  const count = countMessages(connection);

  peer.send(repeat(() => text('x'), 21));

  assert.equal(await peer.nextCloseCode(), 1008);
  assert.equal(count(), 20);
  assert.match(String(errors[0]?.error), /too much came in too short a time/);
  assert.deepEqual(server.getStats().rates, { throttled: 0, closed: 1 });
});

test('close: messages that waited while the process stood still are no excess', async (t) => {
  const { clock, open, server } = await startServerWithClock(t, {
    ...LIMITS,
    rateLimitPolicy: 'close',
  });
  const { peer, connection } = await open();
  const count = countMessages(connection);
  clock.stall(4_000);

  peer.send(repeat(() => text('x'), 40));

  await until(() => count() === 40);
  assert.deepEqual(server.getStats().rates, { throttled: 0, closed: 0 });
  clock.advance(4_000);
  peer.send(repeat(() => text('x'), 41));
  assert.equal(await peer.nextCloseCode(), 1008);
});

test('a flood of pings falls under the same limit', async (t) => {
  const { open } = await startServerWithClock(t, { ...LIMITS, rateLimitPolicy: 'close' });
  const { peer } = await open();

  peer.send(repeat(() => ping(), 21));

  for (let each = 0; each < 20; each += 1) assert.equal((await peer.nextFrame()).opcode, 0xa);
  assert.equal(await peer.nextCloseCode(), 1008);
});

test('bytes above their limit wait until they are within it', async (t) => {
  const { open, clock } = await startServerWithClock(t, {
    messageRate: 0,
    byteRate: 1_000,
    byteBurst: 10_000,
  });
  const { peer, connection } = await open();
  const sizes: number[] = [];
  connection.on('message', (data) => sizes.push(data.length));

  peer.send(binary(Buffer.alloc(9_000)));
  await until(() => sizes.length === 1);
  peer.send(binary(Buffer.alloc(1_500)));
  await turns(20);
  assert.equal(sizes.length, 1);

  clock.advance(1_000);
  await until(() => sizes.length === 2);
});

test('a connection closes in order while it is paused for its rate', async (t) => {
  const { open, closes } = await startServerWithClock(t, LIMITS);
  const { peer, connection } = await open();

  peer.send(Buffer.concat([repeat(() => ping(), 21), text('go'), text('late'), close(1000)]));
  await turns(20);
  connection.close(1000);

  while ((await peer.nextFrame()).opcode !== 0x8);
  peer.socket.end();
  await until(() => closes.length === 1);
  assert.deepEqual([closes[0]?.code, closes[0]?.wasClean], [1000, true]);
});

test('resume by the application does not lift the limit, nor does its end lift a pause', async (t) => {
  const { open, clock } = await startServerWithClock(t, LIMITS);
  const { peer, connection } = await open();
  const count = countMessages(connection);
  peer.send(repeat(() => text('x'), 25));
  await until(() => count() === 21);

  connection.resume();
  await turns(20);
  assert.equal(count(), 21);

  connection.pause();
  clock.advance(10_000);
  await turns(20);
  assert.equal(count(), 21);

  connection.resume();
  await until(() => count() === 25);
});

test('a pause for the rate does not extend the time for a message', async (t) => {
  const { open, clock } = await startServerWithClock(t, {
    ...LIMITS,
    fragmentTimeout: 30_000,
    enableHeartbeat: false,
  });
  const { peer, connection } = await open();
  const begun = text('a', { isFinal: false });
  peer.send(Buffer.concat([begun, repeat(() => ping(), 25)]));
  await until(() => connection.counters.bytesReceived > begun.length);

  // Always more than it may send, so that reading is paused for most of the time.
  for (let second = 0; second < 32 && connection.state === 'OPEN'; second += 1) {
    peer.send(repeat(() => ping(), 25));
    await pass(clock, 1_000);
  }

  assert.equal(connection.state, 'CLOSING');
  let frame = await peer.nextFrame();
  while (frame.opcode !== 0x8) frame = await peer.nextFrame();
  assert.equal(frame.payload.readUInt16BE(0), 1008);
});

test('short pauses by the application extend the time for a message by no more than themselves', async (t) => {
  const { open, clock } = await startServerWithClock(t, {
    fragmentTimeout: 30_000,
    enableHeartbeat: false,
  });
  const { peer, connection } = await open();
  const begun = text('a', { isFinal: false });
  peer.send(begun);
  await until(() => connection.counters.bytesReceived >= begun.length);
  await turns(1);

  for (let second = 0; second < 32 && connection.state === 'OPEN'; second += 1) {
    connection.pause();
    clock.advance(50);
    connection.resume();
    await pass(clock, 950);
  }

  assert.equal(connection.state, 'CLOSING');
});

test('what comes with the upgrade request counts as all other messages', async (t) => {
  const { server, connect, closes } = await startServerWithClock(t, {
    ...LIMITS,
    rateLimitPolicy: 'close',
  });
  let count = 0;
  server.on('connection', (connection) => connection.on('message', () => (count += 1)));
  const peer = connect();

  peer.send(Buffer.concat([Buffer.from(upgradeRequest()), repeat(() => text('x'), 100)]));

  assert.equal((await peer.nextAnswer()).status, 101);
  assert.equal(await peer.nextCloseCode(), 1008);
  assert.equal(count, 20);
  peer.socket.end();
  await until(() => closes.length === 1);
});

test('a peer that keeps to its rate is not closed for what waited while the application paused', async (t) => {
  const { open, clock, server } = await startServerWithClock(t, {
    ...LIMITS,
    rateLimitPolicy: 'close',
  });
  const { peer, connection } = await open();
  const count = countMessages(connection);
  peer.send(repeat(() => text('x'), 20));
  await until(() => count() === 20);

  connection.pause();
  peer.send(repeat(() => text('x'), 50));
  clock.advance(5_000);
  await turns(5);
  connection.resume();

  await until(() => count() === 70);
  assert.equal(connection.state, 'OPEN');
  assert.deepEqual(server.getStats().rates, { throttled: 0, closed: 0 });
});

for (const rateLimitPolicy of ['pause', 'close'] as const) {
  test(`a connection that its listener closes is not limited any more: ${rateLimitPolicy}`, async (t) => {
    const options = { ...LIMITS, byteRate: 10, byteBurst: 10, rateLimitPolicy };
    const { server, connect, closes, errors } = await startServerWithClock(t, options);
    server.on('connection', (connection) => connection.close(1000));
    const peer = connect();

    peer.send(Buffer.concat([Buffer.from(upgradeRequest()), repeat(() => text('x'), 100)]));
    assert.equal((await peer.nextAnswer()).status, 101);
    assert.equal(await peer.nextCloseCode(), 1000);
    peer.send(close(1000));
    peer.socket.end();

    await until(() => closes.length === 1);
    assert.deepEqual([closes[0]?.code, closes[0]?.wasClean], [1000, true]);
    assert.deepEqual(errors, []);
    assert.deepEqual(server.getStats().rates, { throttled: 0, closed: 0 });
  });
}

/** A peer that has sent 50 messages, and is paused for its rate after 21. */
async function openPaused(t: TestContext) {
  const { server, open } = await startServerWithClock(t, LIMITS);
  const { peer, connection } = await open();
  const count = countMessages(connection);
  peer.send(repeat(() => text('x'), 50));
  await until(() => count() === 21);
  return { server, count };
}

test('an update of other options does not end a pause for the rate', async (t) => {
  const { server, count } = await openPaused(t);

  server.update({ maxConnections: 500 });
  await turns(20);

  assert.equal(count(), 21);
});

test('a higher limit ends a pause for the rate at once', async (t) => {
  const { server, count } = await openPaused(t);

  server.update({ messageRate: 0 });

  await until(() => count() === 50);
});

test('without limits everything passes', async (t) => {
  const { open } = await startServerWithClock(t, { messageRate: 0, byteRate: 0 });
  const { peer, connection } = await open();
  echo(connection);

  peer.send(repeat(() => text('x'), 1_000));

  for (let each = 0; each < 1_000; each += 1) assert.equal(await peer.nextText(), 'x');
});
