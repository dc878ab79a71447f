/** The heartbeat of real connections, under a clock that the test advances. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { close, pong, text } from '../../support/bytes.ts';
import { NOON_MS, stopCalendar } from '../../support/fake-clock.ts';
import { fill } from '../../support/fill.ts';
import { pass, startServer, startServerWithClock } from '../../support/test-server.ts';
import { chosenTransport } from '../../support/transport.ts';
import { turns, until } from '../../support/wait.ts';

test('a silent peer gets two pings, counts as dead, gets 1001, and is reported as 1006 without a wait', async (t) => {
  const { clock, closes, open } = await startServerWithClock(t);
  const { peer, connection } = await open();
  const events: string[] = [];
  connection.on('dead', (reason) => events.push(`${reason} while ${connection.state}`));
  connection.on('close', () => events.push('close'));

  while (events.length === 0) await pass(clock, 1_000);

  assert.equal((await peer.nextFrame()).opcode, 0x9);
  // After a second ping, unless the machine was late. A transport that completes writes later may be cut before.
  if (chosenTransport() !== 'timed') {
    let frame = await peer.nextFrame();
    if (frame.opcode === 0x9) frame = await peer.nextFrame();
    assert.deepEqual([frame.opcode, frame.payload.readUInt16BE(0)], [0x8, 1001]);
  }
  await until(() => closes.length === 1);
  assert.deepEqual(events, ['heartbeat-timeout while OPEN', 'close']);
  assert.deepEqual([closes[0]?.code, closes[0]?.wasClean], [1006, false]);
});

test('a silent peer is dead however much is sent to it', async (t) => {
  const { clock, open } = await startServerWithClock(t);
  const { connection } = await open();

  for (let second = 0; second < 52; second += 1) {
    connection.sendText('x'.repeat(1_000));
    await pass(clock, 1_000);
  }

  assert.notEqual(connection.state, 'OPEN');
});

test('a silent peer lives for at least 40 seconds', async (t) => {
  const { clock, open } = await startServerWithClock(t);
  const { connection } = await open();

  await pass(clock, 39_000);

  assert.equal(connection.state, 'OPEN');
});

test('pongs keep a peer alive, and give its round trip', async (t) => {
  stopCalendar(t);
  const { clock, server, open } = await startServerWithClock(t);
  const { peer, connection } = await open();

  for (let count = 0; count < 5; count += 1) {
    clock.advance(29_960);
    const { opcode, payload } = await peer.nextFrame();
    assert.deepEqual([opcode, payload.length], [0x9, 12]);
    clock.advance(40);
    const before = connection.counters.bytesReceived;
    peer.send(pong(payload));
    await until(() => connection.counters.bytesReceived > before);
    await turns(1);
    // The fake clock moves alone: the calendar stands still.
    assert.deepEqual(connection.lastPongTime, new Date(NOON_MS));
    assert((connection.lastPingTime?.getTime() ?? Infinity) < NOON_MS);
  }

  assert.equal(connection.state, 'OPEN');
  assert(connection.averageRtt !== undefined && connection.averageRtt >= 40);
  assert.equal(server.getStats().heartbeat.missedPongs, 0);
});

test('any frame is a sign of life, even a part of one', async (t) => {
  const { clock, open } = await startServerWithClock(t, { fragmentTimeout: 86_400_000 });
  const { peer, connection } = await open();
  const frame = text('a long message that takes its time');

  for (const byte of frame) {
    const before = connection.counters.bytesReceived;
    peer.send(Uint8Array.of(byte));
    await until(() => connection.counters.bytesReceived > before);
    clock.advance(9_000);
  }

  assert.equal(connection.state, 'OPEN');
});

test('a late pong changes nothing after the peer was declared dead', async (t) => {
  const { clock, closes, open } = await startServerWithClock(t);
  const { peer, connection } = await open();
  while (connection.state === 'OPEN') await pass(clock, 1_000);
  const { payload } = await peer.nextFrame();

  peer.send(Buffer.concat([pong(payload), close(1001)]));
  await until(() => closes.length === 1);

  assert.equal(connection.state, 'CLOSED');
  assert.equal(closes[0]?.code, 1006);
});

test('a listener that destroys its dead connection gets no second close', async (t) => {
  const { clock, closes, open } = await startServerWithClock(t);
  const { connection } = await open();
  connection.on('dead', () => connection.destroy());

  await pass(clock, 52_000);
  await until(() => closes.length === 1);
  await pass(clock, 60_000);
  await turns();

  assert.equal(closes.length, 1);
});

test('a paused connection with nothing to send is not judged', async (t) => {
  const { clock, open } = await startServerWithClock(t);
  const { peer, connection } = await open();
  connection.pause();
  peer.send(pong());

  await pass(clock, 600_000);

  assert.equal(connection.state, 'OPEN');
});

test('a paused connection lives as long as bytes drain from it', async (t) => {
  const { clock, open } = await startServerWithClock(t, {
    slowConsumerPolicy: 'report',
    writeTimeout: 86_400_000,
  });
  const { peer, connection } = await open();
  connection.pause();

  for (let round = 0; round < 6; round += 1) {
    // More than any system buffers: it may accept bytes for a while if its peer has read before.
    await fill(peer, connection, 64_000_000);
    await pass(clock, 19_000);
    const before = connection.bufferedBytes;
    assert(before > 0, 'something waits');
    peer.socket.resume();
    await until(() => connection.bufferedBytes < before, 'some progress');
  }
  assert.equal(connection.state, 'OPEN', 'after two minutes without a word');
});

test('a peer that only reads is dead while the application reads: bytes may drain without it', async (t) => {
  const { clock, open } = await startServerWithClock(t, {
    slowConsumerPolicy: 'report',
    writeTimeout: 86_400_000,
  });
  const { peer, connection } = await open();

  for (let round = 0; round < 3; round += 1) {
    await fill(peer, connection, 64_000_000);
    await pass(clock, 19_000);
    if (connection.state !== 'OPEN') return;
    const before = connection.bufferedBytes;
    peer.socket.resume();
    await until(() => connection.bufferedBytes < before, 'some progress');
  }
  assert.fail('it lives after 57 seconds without a word');
});

test('a paused connection from which nothing drains is dead', async (t) => {
  const { clock, open } = await startServerWithClock(t, {
    slowConsumerPolicy: 'report',
    writeTimeout: 86_400_000,
  });
  const { peer, connection } = await open();
  connection.pause();
  await fill(peer, connection, 64_000_000);

  await pass(clock, 52_000);

  assert.notEqual(connection.state, 'OPEN');
});

test('without heartbeat no pings are sent, and silence is allowed', async (t) => {
  const { clock, open } = await startServerWithClock(t, { enableHeartbeat: false });
  const { peer, connection } = await open();

  await pass(clock, 600_000);

  assert.equal(connection.state, 'OPEN');
  assert.equal(peer.isSilent, true);
  assert.deepEqual([connection.lastPingTime, connection.lastPongTime], [undefined, undefined]);
});

test("with the machine's clock, a silent peer is found within the short limits given", async (t) => {
  const { closes, open } = await startServer(t, {
    heartbeatInterval: 60,
    heartbeatTimeout: 20,
    closeTimeout: 20,
  });
  const { peer } = await open();

  assert.equal((await peer.nextFrame()).opcode, 0x9);
  assert.equal((await peer.nextFrame()).opcode, 0x9);
  // A transport that completes writes later may be cut before.
  if (chosenTransport() !== 'timed') assert.equal(await peer.nextCloseCode(), 1001);
  await until(() => closes.length === 1);
});
