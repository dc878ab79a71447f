/**
 * Time limits of a connection: our server's own limits, with a clock that the
 * test moves. `ws` only has the close timeout.
 */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { WebSocketServerOptions } from '../../src/index.ts';
import { binary, close, continuation, ping, pong, text } from '../support/bytes.ts';
import { pass, startServerWithClock } from '../support/test-server.ts';
import { until } from '../support/wait.ts';

const more = { isFinal: false };
const FRAGMENT_MS = 20_000;

interface Stall {
  readonly title: string;
  readonly sent: readonly Uint8Array[];
  /** Bytes that the peer sends every second. */
  readonly meanwhile?: Uint8Array;
}

const STALLS: readonly Stall[] = [
  { title: 'a byte of a header', sent: [text('a').subarray(0, 1)] },
  { title: 'a header without its payload', sent: [text('abc').subarray(0, 6)] },
  { title: 'half a payload', sent: [binary(Buffer.alloc(1_000)).subarray(0, 500)] },
  {
    title: 'a message without its last fragment',
    sent: [text('a', more), continuation('b', more)],
  },
  { title: 'half a ping', sent: [ping('abc').subarray(0, 7)] },
  { title: 'a message that only pings go on behind', sent: [text('a', more)], meanwhile: ping() },
  {
    title: 'a message that grows without end',
    sent: [text('a', more)],
    meanwhile: continuation('', more),
  },
];

for (const { title, sent, meanwhile } of STALLS) {
  test(`${title} times out, and is rejected with 1008`, async (t) => {
    const { open, clock } = await startServerWithClock(t, {
      fragmentTimeout: FRAGMENT_MS,
      enableHeartbeat: false,
    });
    const { peer, connection } = await open();
    for (const part of sent) peer.send(part);
    await until(() => connection.counters.bytesReceived >= Buffer.concat(sent).length);

    for (let passedMs = 1_000; passedMs < FRAGMENT_MS; passedMs += 1_000) {
      await pass(clock, 1_000);
      if (meanwhile === undefined) continue;
      const before = connection.counters.bytesReceived;
      peer.send(meanwhile);
      await until(() => connection.counters.bytesReceived > before);
    }
    assert.equal(connection.state, 'OPEN');
    await pass(clock, 2_000);

    let frame = await peer.nextFrame();
    while (frame.opcode === 0xa) frame = await peer.nextFrame();
    assert.deepEqual([frame.opcode, frame.payload.readUInt16BE(0)], [0x8, 1008]);
    await peer.end();
    assert.equal(peer.error, undefined);
  });
}

test('a message that ends in time is delivered, and the time limit restarts', async (t) => {
  const { open, clock } = await startServerWithClock(t, {
    fragmentTimeout: FRAGMENT_MS,
    enableHeartbeat: false,
  });
  const { peer, connection } = await open();
  const messages: string[] = [];
  connection.on('message', (data) => messages.push(data.toString()));

  for (let round = 1; round <= 3; round += 1) {
    const before = connection.counters.bytesReceived;
    peer.send(text('a', more));
    await until(() => connection.counters.bytesReceived > before);
    await pass(clock, FRAGMENT_MS - 2_000);
    peer.send(continuation('b'));
    await until(() => messages.length === round);
  }

  assert.equal(connection.state, 'OPEN');
});

const SILENT_PEERS: readonly (readonly [title: string, answer: Uint8Array | undefined])[] = [
  ['that answers nothing', undefined],
  ['that pongs', pong()],
  ['that only sends text', text('a')],
];

for (const [title, answer] of SILENT_PEERS) {
  const isAlive = answer !== undefined;
  test(`a peer ${title} is ${isAlive ? 'kept' : 'closed with 1001'}`, async (t) => {
    const heartbeat: Partial<WebSocketServerOptions> = {
      heartbeatInterval: 10_000,
      heartbeatTimeout: 4_000,
      maxMissedPongs: 2,
    };
    const { open, clock, closes } = await startServerWithClock(t, heartbeat);
    const { peer, connection } = await open();

    for (let passedMs = 0; passedMs < 40_000; passedMs += 1_000) {
      await pass(clock, 1_000);
      if (answer === undefined || connection.state !== 'OPEN') continue;
      const before = connection.counters.bytesReceived;
      peer.send(answer);
      await until(() => connection.counters.bytesReceived > before);
    }

    assert.equal((await peer.nextFrame()).opcode, 0x9, 'it was asked first');
    if (isAlive) {
      assert.equal(connection.state, 'OPEN');
      return;
    }
    assert.equal((await peer.nextFrame()).opcode, 0x9, 'and once more');
    assert.equal(await peer.nextCloseCode(), 1001);
    peer.destroy();
    await until(() => closes.length === 1);
    assert.equal(closes[0]?.code, 1006, 'nothing was received, whatever was sent');
  });
}

test('an unanswered close frame ends TCP after the close timeout', async (t) => {
  const { open, clock, closes } = await startServerWithClock(t, { closeTimeout: 3_000 });
  const { peer, connection } = await open();

  connection.close(1000);
  assert.equal(await peer.nextCloseCode(), 1000);
  await pass(clock, 2_000);
  assert.equal(closes.length, 0);
  await pass(clock, 1_000);

  await until(() => closes.length === 1);
  assert.deepEqual([closes[0]?.code, closes[0]?.wasClean], [1006, false]);
});

test('a peer that answers the close frame, but never ends TCP, is disconnected in the same time', async (t) => {
  const { open, clock, closes } = await startServerWithClock(t, { closeTimeout: 3_000 });
  const { peer } = await open();

  peer.send(close(1000));
  assert.equal(await peer.nextCloseCode(), 1000);
  await peer.end();
  assert.equal(closes.length, 0);
  await pass(clock, 3_000);

  await until(() => closes.length === 1);
  assert.deepEqual([closes[0]?.code, closes[0]?.wasClean], [1000, true]);
});
