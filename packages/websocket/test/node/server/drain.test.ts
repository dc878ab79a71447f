/**
 * A server that is being replaced: which connections it closes when, and its responses meanwhile.
 */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { DrainOptions } from '../../../src/index.ts';
import { closeInWaves, Departure } from '../../../src/node/server/drain.ts';
import { close } from '../../support/bytes.ts';
import { FakeClock } from '../../support/fake-clock.ts';
import { RawPeer, upgradeRequest } from '../../support/raw-peer.ts';
import { pass, startServer, startServerWithClock } from '../../support/test-server.ts';
import { inTime, turns, until } from '../../support/wait.ts';

test('drain closes connections with 1012 in waves, says when to reconnect, and then shuts down', async (t) => {
  const { server, clock, port, closes, open } = await startServerWithClock(t);
  const peers: RawPeer[] = [];
  for (let count = 0; count < 6; count += 1) peers.push((await open()).peer);
  let isClosed = false;
  server.on('closed', () => (isClosed = true));

  const done = server.drain({ overMs: 2_000 });
  const waits: number[] = [];
  for (const [index, peer] of peers.entries()) {
    if (index > 0 && index % 2 === 0) await pass(clock, 1_000);
    const { opcode, payload } = await peer.nextFrame();
    assert.deepEqual([opcode, payload.readUInt16BE(0)], [0x8, 1012]);
    const [, seconds] = /^Retry-After: (\d+)$/.exec(payload.toString('utf8', 2)) ?? [];
    waits.push(Number(seconds));
    assert(peers.slice(index - (index % 2) + 2).every((each) => each.isSilent));
    peer.send(close(1012));
    await peer.end();
    peer.socket.end();
  }
  await until(() => closes.length === 6);
  await done;

  assert(isClosed);
  assert(closes.every(({ code, wasClean }) => code === 1012 && wasClean));
  assert(
    waits.every((seconds) => seconds >= 5 && seconds <= 10),
    String(waits),
  );
  assert(new Set(waits).size > 1, 'not all at once');
  const late = new RawPeer(port);
  await until(() => late.error !== undefined, 'the rejected connection');
});

test('while draining, upgrades are rejected and ordinary requests are served', async (t) => {
  const { server, clock, open, connect } = await startServerWithClock(t, {
    handleRequest: (_request, response) => {
      response.writeHead(server.isDraining ? 503 : 200).end();
    },
  });
  const first = await open();
  const second = await open();
  const askHealth = async () => {
    const peer = connect();
    peer.send('GET /health HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n');
    const { status } = await peer.nextAnswer();
    peer.destroy();
    return status;
  };
  assert.deepEqual([server.isDraining, await askHealth()], [false, 200]);

  const done = server.drain({ overMs: 60_000, retryAfterSeconds: 20 });

  assert.deepEqual([server.isDraining, await askHealth()], [true, 503]);
  assert.equal(server.manager.canAcceptConnection(), false);
  const late = connect();
  late.send(upgradeRequest());
  const { status, headers } = await late.nextAnswer();
  const seconds = Number(headers.get('retry-after'));
  assert.equal(status, 503);
  assert(seconds >= 20 && seconds <= 40, `${seconds}`);
  late.destroy();
  // Open connections are served until their wave.
  assert.equal(first.connection.state, 'CLOSING');
  second.connection.sendText('still here');
  assert.equal(await second.peer.nextText(), 'still here');

  const shutdown = server.shutdown();
  assert.equal(await second.peer.nextCloseCode(), 1001);
  first.peer.destroy();
  second.peer.destroy();
  await shutdown;
  await done;
  assert.equal(clock.timerCount, 0);
});

test('a client that does not answer is cut after the last wave', async (t) => {
  const { server, clock, closes, open } = await startServerWithClock(t);
  const { peer } = await open();

  const done = server.drain({ overMs: 0, code: 1001 });
  assert.equal(await peer.nextCloseCode(), 1001);
  await turns();
  clock.advance(10_000);
  await done;

  assert.deepEqual([closes[0]?.code, closes[0]?.wasClean], [1006, false]);
});

test('drain without connections, and after shutdown, ends at once', async (t) => {
  const { server } = await startServer(t);

  const done = server.drain();
  assert.equal(server.drain({ overMs: 1 }), done);
  await done;

  const other = await startServer(t);
  await other.server.shutdown();
  await other.server.drain();
});

test('drain ends when the last connection has left, whatever time is left', async (t) => {
  const { server, clock, closes, open } = await startServerWithClock(t);
  const { peer: first } = await open();
  const { peer: second } = await open();

  const done = server.drain({ overMs: 60_000 });
  first.destroy();
  second.destroy();
  await inTime(done, 'the end');

  assert.deepEqual([closes.length, clock.timerCount], [2, 0]);
});

test('invalid options are rejected, and nothing is drained', async (t) => {
  const { server } = await startServer(t);
  // Values that plain JavaScript may pass.
  const rejected: object[] = [
    { overMs: -1 },
    { bogus: 1 },
    { overMs: 3_600_001 },
    { overMs: 1.5 },
    { code: 1013 },
    { retryAfterSeconds: 0 },
    { retryAfterSeconds: 3_601 },
  ];

  for (const options of rejected) {
    assert.throws(() => server.drain(options as DrainOptions), { code: 'INVALID_ARGUMENT' });
  }
  assert.equal(server.isDraining, false);
});

test('waves close even shares of the remaining connections, also if some leave on their own', async () => {
  const clock = new FakeClock();
  let left = Array.from({ length: 100 }, (_, index) => index);
  const closed: number[] = [];
  const done = closeInWaves(4_000, {
    clock,
    readLeft: () => left,
    close: async (some) => {
      closed.push(some.length);
      left = left.slice(some.length);
    },
    signal: new AbortController().signal,
  });

  await turns(1);
  left = left.slice(40);
  for (let count = 0; count < 4; count += 1) {
    clock.advance(1_000);
    await turns(1);
  }
  await done;

  assert.deepEqual(closed, [20, 10, 10, 10, 10]);
});

test('a wave that took long leaves more for the remaining waves', async () => {
  const clock = new FakeClock();
  let left = Array.from({ length: 40 }, (_, index) => index);
  const closed: number[] = [];
  const done = closeInWaves(3_000, {
    clock,
    readLeft: () => left,
    close: async (some) => {
      closed.push(some.length);
      left = left.slice(some.length);
      if (closed.length === 1) clock.advance(2_500);
    },
    signal: new AbortController().signal,
  });
  await turns(1);
  clock.advance(500);
  await done;

  assert.deepEqual(closed, [10, 30]);
});

test('a wave that took longer than all waves may is followed by the last one at once', async (t) => {
  const clock = new FakeClock();
  const setTimeout = t.mock.method(clock, 'setTimeout');
  let left = [1, 2, 3, 4];
  const done = closeInWaves(1_500, {
    clock,
    readLeft: () => left,
    close: async (some) => {
      left = left.slice(some.length);
      clock.advance(2_000);
    },
    signal: new AbortController().signal,
  });
  await turns(1);
  clock.advance(0);
  await done;

  assert.deepEqual(
    [left, setTimeout.mock.calls.map(({ arguments: [, delayMs] }) => delayMs)],
    [[], [0]],
  );
});

test('reconnect hints fill their range evenly', () => {
  const departure = new Departure();
  departure.begin(3);

  const counts = new Map<number, number>();
  for (let count = 0; count < 400; count += 1) {
    const seconds = departure.nextRetrySeconds();
    counts.set(seconds, (counts.get(seconds) ?? 0) + 1);
  }

  assert.deepEqual([...counts.keys()].sort(), [3, 4, 5, 6]);
  assert([...counts.values()].every((count) => count > 90));
});
