/** Peers that do not read, and peers that do not finish. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ConnectionError } from '../../src/index.ts';
import { OPTION_DEFAULTS } from '../../src/node/options/server-options.ts';
import { continuation, ping, pong, text } from '../support/bytes.ts';
import { fill, MEGABYTE } from '../support/fill.ts';
import { startServer, startServerWithClock } from '../support/test-server.ts';
import { chosenTransport } from '../support/transport.ts';
import { next, turns, until } from '../support/wait.ts';

const more = { isFinal: false };

/** Without progress, until the tick that notices it. */
const NO_PROGRESS_MS = 16_000;

test('close: a peer with too much waiting gets 1013 after the waiting output, and is disconnected', async (t) => {
  const { clock, closes, errors, open } = await startServerWithClock(t);
  const { peer, connection } = await open();
  const count = await fill(peer, connection);
  clock.advance(NO_PROGRESS_MS);

  assert.equal(connection.sendText('one more'), false);
  assert.equal(connection.state, 'CLOSING');

  peer.socket.resume();
  for (let each = 0; each < count; each += 1) await peer.nextFrame();
  assert.equal(await peer.nextCloseCode(), 1013);
  peer.socket.end();
  await until(() => closes.length === 1);
  assert.deepEqual([closes[0]?.code, closes[0]?.wasClean], [1013, false]);
  assert.equal(errors.length, 1);
});

test('a peer is slow only if it shows no progress for 15 seconds: buffers drain in bursts', async (t) => {
  const { clock, open } = await startServerWithClock(t, { slowConsumerPolicy: 'drop' });
  const { peer, connection } = await open();
  await fill(peer, connection);

  clock.advance(14_900);
  assert.equal(connection.sendText('while it may be reading'), true);
  clock.advance(1_100);
  assert.equal(connection.sendText('after that'), false);
});

test('a process that stood still does not take its peers for slow', async (t) => {
  const { clock, open } = await startServerWithClock(t);
  const { peer, connection } = await open();
  await fill(peer, connection);

  clock.stall(NO_PROGRESS_MS);

  assert.equal(connection.sendText('nobody could see whether it reads'), true);
});

test('drop: a peer with too much waiting misses messages, and continues when it reads', async (t) => {
  const { clock, open } = await startServerWithClock(t, { slowConsumerPolicy: 'drop' });
  const { peer, connection } = await open();
  const count = await fill(peer, connection);
  clock.advance(NO_PROGRESS_MS);
  const failures: (Error | undefined)[] = [];

  assert.equal(
    connection.sendText('missed', (error) => failures.push(error)),
    false,
  );
  await until(() => failures.length === 1);
  assert.equal(failures[0]?.message, 'the peer reads too slowly');
  assert.equal(connection.counters.messagesDropped, 1);

  peer.socket.resume();
  for (let each = 0; each < count; each += 1) await peer.nextFrame();
  await until(() => !connection.isCongested);
  assert.equal(connection.sendText('heard'), true);
  assert.equal(await peer.nextText(), 'heard');
});

test('report: every message is accepted; congestion and drain are reported', async (t) => {
  const { open } = await startServer(t, { slowConsumerPolicy: 'report' });
  const { peer, connection } = await open();
  let drains = 0;
  connection.on('drain', () => {
    drains += 1;
    assert(connection.bufferedBytes <= OPTION_DEFAULTS.writeBufferLimit / 2);
  });
  const count = await fill(peer, connection);
  assert.equal(connection.isCongested, true);
  drains = 0; // Of what the system took at once.

  for (let each = 0; each < 5; each += 1) {
    assert.equal(connection.sendText(`more ${each}`), true);
  }

  peer.socket.resume();
  for (let each = 0; each < count; each += 1) await peer.nextFrame();
  for (let each = 0; each < 5; each += 1) assert.equal(await peer.nextText(), `more ${each}`);
  await until(() => connection.bufferedBytes === 0);
  assert.equal(connection.isCongested, false);
  assert.equal(drains, 1);
});

test('much output in one turn to a peer that reads is not congestion', async (t) => {
  const { open } = await startServer(t);
  const { peer, connection } = await open();

  for (let count = 0; count < 100; count += 1) {
    assert.equal(connection.sendBinary(Buffer.alloc(20_000, count)), true);
  }

  for (let count = 0; count < 100; count += 1) {
    assert.equal((await peer.nextFrame()).payload[0], count);
  }
});

test('eighty messages of 100 KiB in one turn reach a peer that reads', async (t) => {
  const { open } = await startServer(t, { writeBufferLimit: 262_144 });
  const { peer, connection } = await open();
  const message = Buffer.alloc(102_400, 'x');

  for (let count = 0; count < 80; count += 1) assert.equal(connection.sendBinary(message), true);

  for (let count = 0; count < 80; count += 1) {
    assert.equal((await peer.nextFrame()).payload.length, message.length);
  }
  assert.equal(connection.state, 'OPEN');
});

test('a message beyond the limit and another after it reach a peer that reads', async (t) => {
  const { open } = await startServer(t);
  const { peer, connection } = await open();
  const large = Buffer.alloc(300 * 1_024);

  assert.equal(connection.sendBinary(large), true);
  assert.equal(connection.sendText('in the same turn'), true);
  await turns(1);
  assert.equal(connection.sendBinary(large), true);
  assert.equal(connection.sendText('in the next'), true);

  assert.equal((await peer.nextFrame()).payload.length, large.length);
  assert.equal(await peer.nextText(), 'in the same turn');
  assert.equal((await peer.nextFrame()).payload.length, large.length);
  assert.equal(await peer.nextText(), 'in the next');
});

test('output of one turn is bounded, however the transport accepts it', async (t) => {
  const { open } = await startServerWithClock(t);
  const { peer, connection } = await open();
  await fill(peer, connection);

  let count = 0;
  while (connection.sendBinary(MEGABYTE)) count += 1;

  assert(count >= 10 && count <= 17, `${count} MB were taken`);
});

for (const compressed of [false, true]) {
  const way = compressed ? 'after it was compressed' : 'at the end of the turn';
  test(`an application that saw much waiting gets drain when it was accepted ${way}, outside of its own calls`, async (t) => {
    const { open } = await startServer(t, {
      perMessageDeflate: compressed,
      writeBufferLimit: 100_000,
    });
    const { connection } = await open(
      compressed ? { 'Sec-WebSocket-Extensions': 'permessage-deflate' } : {},
    );
    const seen: string[] = [];
    // A transport that completes writes later drains in slices, and reports at half of the limit.
    const bytesMax = chosenTransport() === 'tcp' ? 0 : 50_000;
    connection.on('drain', () => {
      const isLow = connection.bufferedBytes <= bytesMax;
      seen.push(isLow ? 'drain' : `drain at ${connection.bufferedBytes}`);
    });

    for (let round = 0; round < 3; round += 1) {
      connection.sendText('x'.repeat(50_001));
      connection.sendText('x'.repeat(50_001));
      // The socket may have accepted it at once.
      assert.equal(connection.isCongested, connection.bufferedBytes > 100_000);
      seen.push('sent');
      await until(() => seen.at(-1) !== 'sent', 'drain');
    }

    assert.deepEqual(seen, Array(3).fill(['sent', 'drain']).flat());
    assert.equal(connection.isCongested, false);
  });
}

test('a message larger than the limit passes an empty queue', async (t) => {
  const { open } = await startServer(t, { writeBufferLimit: 1 });
  const { peer, connection } = await open();

  assert.equal(connection.sendBinary(MEGABYTE), true);

  assert.equal((await peer.nextFrame()).payload.length, 1_000_000);
});

test('a send callback reports that its message was accepted, or never will be', async (t) => {
  const { open } = await startServer(t, { slowConsumerPolicy: 'report' });
  const { peer, connection } = await open();
  const accepted: (Error | undefined)[] = [];
  connection.sendText('a', (error) => accepted.push(error));
  await until(() => accepted.length === 1);
  assert.equal(accepted[0], undefined);

  await fill(peer, connection);
  const lost: (Error | undefined)[] = [];
  connection.sendText('b', (error) => lost.push(error));
  connection.destroy();
  connection.sendText('c', (error) => lost.push(error));
  await until(() => lost.length === 2);

  assert(lost.every((error) => error instanceof Error));
});

test('pings of a peer that does not read get one answer, to the latest', async (t) => {
  const { open } = await startServer(t, { slowConsumerPolicy: 'report' });
  const { peer, connection } = await open();
  let count = 5 + (await fill(peer, connection));
  for (let each = 0; each < 5; each += 1) connection.sendBinary(MEGABYTE);
  const before = connection.bufferedBytes;

  let pings = 0;
  connection.on('ping', () => {
    pings += 1;
  });
  for (let each = 1; each <= 1_000; each += 1) peer.send(ping(`ping ${each}`));
  await until(() => pings === 1_000);
  await turns();
  assert.equal(connection.bufferedBytes, before);

  peer.socket.resume();
  // Output that waited when the pings came is after the answer, except the message that had begun.
  let frame = await peer.nextFrame();
  for (; frame.opcode === 0x2; frame = await peer.nextFrame()) count -= 1;
  assert.deepEqual(frame, { opcode: 0xa, payload: Buffer.from('ping 1000') });
  assert(count >= 5, `${count} are behind it`);
  for (; count > 0; count -= 1) assert.equal((await peer.nextFrame()).opcode, 0x2);
});

test('pings, also of the heartbeat, are sent ahead of waiting messages; a close frame after them', async (t) => {
  const { clock, open } = await startServerWithClock(t, {
    slowConsumerPolicy: 'report',
    writeTimeout: 86_400_000,
  });
  const { peer, connection } = await open();
  await fill(peer, connection);
  const accepted: string[] = [];
  connection.sendText('first', () => accepted.push('first'));
  connection.sendBinary(MEGABYTE);
  connection.sendText('last', () => accepted.push('last'));
  connection.ping('mine', () => accepted.push('mine'));
  clock.advance(30_000);
  connection.close(4_001);

  peer.socket.resume();
  const seen: string[] = [];
  while (seen.at(-1) !== 'close') {
    const { opcode, payload } = await peer.nextFrame();
    if (opcode === 0x2) continue;
    if (opcode === 0x8) seen.push('close');
    else if (opcode === 0x9) seen.push(payload.length === 12 ? 'heartbeat' : String(payload));
    else seen.push(String(payload));
  }
  assert.deepEqual(seen, ['mine', 'heartbeat', 'first', 'last', 'close']);
  assert.deepEqual(accepted, ['mine', 'first', 'last']);
});

test('output that makes no progress for writeTimeout ends the connection', async (t) => {
  const { clock, errors, closes, open } = await startServerWithClock(t, {
    slowConsumerPolicy: 'report',
    writeTimeout: 10_000,
  });
  const { peer, connection } = await open();
  await fill(peer, connection);

  clock.advance(9_000);
  assert.equal(connection.state, 'OPEN');
  clock.advance(2_000);

  await until(() => closes.length === 1);
  assert.equal(closes[0]?.code, 1006);
  const [failure] = errors;
  assert(failure?.error instanceof ConnectionError);
  assert.equal(failure.error.code, 'NETWORK_TIMEOUT');
});

test('output that makes slow progress does not end the connection', async (t) => {
  const { clock, closes, open } = await startServerWithClock(t, {
    slowConsumerPolicy: 'report',
    writeTimeout: 10_000,
    enableHeartbeat: false,
  });
  const { peer, connection } = await open();
  await fill(peer, connection);
  for (let count = 0; count < 10; count += 1) connection.sendBinary(MEGABYTE);

  for (let round = 0; round < 8; round += 1) {
    const before = connection.bufferedBytes;
    clock.advance(8_000);
    peer.socket.resume();
    await until(() => connection.bufferedBytes < before, 'some progress');
    peer.socket.pause();
    if (connection.bufferedBytes === 0) break;
  }

  assert.equal(connection.state, 'OPEN');
  assert.deepEqual(closes, []);
});

test('a message that is not finished in time is 1008', async (t) => {
  const { clock, open } = await startServerWithClock(t, { enableHeartbeat: false });
  const { peer, connection } = await open();
  peer.send(text('a', more));
  await until(() => connection.counters.bytesReceived > 0);

  clock.advance(20_000);
  peer.send(continuation('b', more));
  await until(() => connection.counters.bytesReceived > 10);
  clock.advance(9_000);
  assert.equal(connection.state, 'OPEN');
  clock.advance(2_000);

  assert.equal(await peer.nextCloseCode(), 1008);
});

test('a frame that is not finished in time is 1008', async (t) => {
  const { clock, open } = await startServerWithClock(t, { enableHeartbeat: false });
  const { peer, connection } = await open();

  peer.send(text('abc').subarray(0, 3));
  await until(() => connection.counters.bytesReceived > 0);
  clock.advance(31_000);

  assert.equal(await peer.nextCloseCode(), 1008);
});

test('each message has its own time, and whole ones in between do not shorten it', async (t) => {
  const { clock, open } = await startServerWithClock(t, { enableHeartbeat: false });
  const { peer, connection } = await open();
  let messages = 0;
  connection.on('message', () => (messages += 1));

  for (let round = 1; round <= 5; round += 1) {
    const frame = text('abc');
    const before = connection.counters.bytesReceived;
    peer.send(Buffer.concat([frame.subarray(0, 4)]));
    await until(() => connection.counters.bytesReceived > before);
    clock.advance(20_000);
    peer.send(frame.subarray(4));
    await until(() => messages === round);
  }

  assert.equal(connection.state, 'OPEN');
});

test('pings within an unfinished message do not extend its time', async (t) => {
  const { clock, open } = await startServerWithClock(t, { enableHeartbeat: false });
  const { peer, connection } = await open();
  peer.send(text('a', more));

  for (let count = 0; count < 4; count += 1) {
    peer.send(pong());
    const before = connection.counters.bytesReceived;
    await until(() => connection.counters.bytesReceived > before);
    clock.advance(8_000);
  }

  assert.equal(await peer.nextCloseCode(), 1008);
});

test("while reading is paused, an unfinished message is not the peer's fault", async (t) => {
  const { clock, open } = await startServerWithClock(t, { enableHeartbeat: false });
  const { peer, connection } = await open();
  peer.send(text('a', more));
  await until(() => connection.counters.bytesReceived > 0);

  connection.pause();
  clock.advance(600_000);
  assert.equal(connection.state, 'OPEN');
  connection.resume();
  clock.advance(1_000);
  const message = new Promise((resolve) => connection.once('message', resolve));
  peer.send(continuation('b'));

  assert.deepEqual(await message, Buffer.from('ab'));
});

test('messages keep their order if they are sent until congestion, and again at each drain', async (t) => {
  const { open } = await startServer(t);
  const { peer, connection } = await open();
  const total = 200;
  let count = 0;
  let callsWithin = 0;
  let isSending = false;
  const sendUntilCongested = () => {
    if (isSending) callsWithin += 1;
    isSending = true;
    while (!connection.isCongested && count < total) {
      const message = Buffer.alloc(65_536);
      message.writeUInt32BE(count);
      count += 1;
      connection.sendBinary(message);
    }
    isSending = false;
  };
  connection.on('drain', sendUntilCongested);

  sendUntilCongested();

  for (let expected = 0; expected < total; expected += 1) {
    const { payload } = await peer.nextFrame();
    assert.equal(payload.readUInt32BE(), expected);
  }
  assert.equal(callsWithin, 0);
});

for (const slowConsumerPolicy of ['report', 'drop', 'close'] as const) {
  test(`${slowConsumerPolicy}: a producer that never leaves the turn sees the congestion, and then drain`, async (t) => {
    const writeBufferLimit = 262_144;
    const { open } = await startServer(t, { writeBufferLimit, slowConsumerPolicy });
    const { peer, connection } = await open();
    peer.socket.pause();
    const message = Buffer.alloc(65_536);
    let count = 0;

    while (!connection.isCongested) {
      assert.equal(connection.sendBinary(message), true);
      count += 1;
      assert(count < 1_000, 'nothing reported the congestion');
    }

    assert(connection.bufferedBytes <= writeBufferLimit + 2 * message.length);
    const drained = next(connection, 'drain');
    peer.socket.resume();
    await drained;
    assert(!connection.isCongested && connection.bufferedBytes <= writeBufferLimit / 2);
    for (; count > 0; count -= 1) await peer.nextFrame();
  });
}

const LARGE = Buffer.alloc(262_144);

/** Peers that do not read; each holds as many waiting messages of `LARGE` as `counts` says. */
async function holdBack(
  started: Awaited<ReturnType<typeof startServerWithClock>>,
  counts: number[],
) {
  const opened = [];
  for (const count of counts) {
    const { peer, connection } = await started.open();
    await fill(peer, connection, 1);
    for (let each = 0; each < count; each += 1) connection.sendBinary(Buffer.from(LARGE));
    opened.push(connection);
  }
  return opened;
}

for (const slowConsumerPolicy of ['close', 'report'] as const) {
  test(`${slowConsumerPolicy}: above maxWaitingBytes the largest queues are given up, small ones stay`, async (t) => {
    const maxWaitingBytes = 16_777_216;
    const started = await startServerWithClock(t, { maxWaitingBytes, slowConsumerPolicy });
    const { server, errors } = started;
    const connections = await holdBack(started, [1, 40, 2]);
    const [small, large, middle] = connections;
    const failures: unknown[] = [];
    large?.sendText('lost', (error) => failures.push(error));

    for (let each = 0; each < 40 && large?.state === 'OPEN'; each += 1) {
      middle?.sendBinary(Buffer.from(LARGE));
    }

    assert(server.getStats().bufferedBytes <= maxWaitingBytes);
    assert.deepEqual([small?.state, large?.state], ['OPEN', 'CLOSING']);
    await turns();
    assert.equal(failures.length, 1);
    const [{ error } = { error: undefined }] = errors;
    assert(error instanceof ConnectionError && error.code === 'INSUFFICIENT_RESOURCES');
  });
}

test('drop: above maxWaitingBytes the largest misses messages, and is closed if that is not enough', async (t) => {
  const maxWaitingBytes = 16_777_216;
  const options = { maxWaitingBytes, slowConsumerPolicy: 'drop' } as const;
  const started = await startServerWithClock(t, options);
  const [small, large, middle] = await holdBack(started, [1, 40, 2]);
  const grow = (isDone: () => boolean) => {
    for (let each = 0; each < 60 && !isDone(); each += 1) middle?.sendBinary(Buffer.from(LARGE));
    assert(isDone());
    assert(started.server.getStats().bufferedBytes <= maxWaitingBytes * 1.1);
  };

  grow(() => large?.sendText('x') === false);
  assert.equal(large?.state, 'OPEN');
  grow(() => large?.state !== 'OPEN');

  assert.equal(small?.sendText('small queues still grow'), true);
  assert.equal(middle?.state, 'OPEN');
});

test('a broadcast that many peers wait for counts once', async (t) => {
  const started = await startServerWithClock(t, { maxWaitingBytes: 8_388_608 });
  await holdBack(started, [0, 0, 0, 0]);

  for (let each = 0; each < 4; each += 1) started.server.broadcast(Buffer.alloc(1_000_000, each));

  assert(started.server.getStats().bufferedBytes > 8_388_608);
  assert(started.connections.every(({ state }) => state === 'OPEN'));
});
