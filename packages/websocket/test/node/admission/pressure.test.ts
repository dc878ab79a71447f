/** A server under overload, over real sockets: its reports, rejections and shedding. */
import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import {
  type Clock,
  OPTION_DEFAULTS,
  type PressureChange,
  type ResourceWarning,
  type ShedReport,
  UNTRUSTED_PEERS,
  type WebSocketServer,
  type WebSocketServerOptions,
} from '../../../src/index.ts';
import { READS_PER_SAMPLE } from '../../../src/node/metrics/parse-timer.ts';
import { binary, text } from '../../support/bytes.ts';
import { FakeClock } from '../../support/fake-clock.ts';
import { upgradeRequest } from '../../support/raw-peer.ts';
import { LOOP_DELAY_ONLY, startServer, startServerWithClock } from '../../support/test-server.ts';
import { chooseTransport } from '../../support/transport.ts';
import { turns, until } from '../../support/wait.ts';

function track<M>(server: WebSocketServer<M>) {
  const changes: PressureChange[] = [];
  const warnings: ResourceWarning[] = [];
  const sheds: ShedReport[] = [];
  server.on('pressure', (change) => changes.push(change));
  server.on('resourceWarning', (warning) => warnings.push(warning));
  server.on('shed', (report) => sheds.push(report));
  return { changes, warnings, sheds };
}

type Started = Awaited<ReturnType<typeof startServerWithClock>>;

/** Ten seconds and more in which every tick is late by this much. */
function lag({ clock }: Started, byMs: number): void {
  for (let each = 0; each < 12; each += 1) clock.stall(1_000 + byMs);
}

test('an event loop that is late for ten seconds is reported, and so is its recovery', async (t) => {
  const on = await startServerWithClock(t, LOOP_DELAY_ONLY);
  const { changes, warnings } = track(on.server);
  await on.open();

  lag(on, 9);
  assert.deepEqual(changes, []);
  lag(on, 10);
  lag(on, 49);
  lag(on, 50);
  assert.deepEqual(
    changes.map(({ level, cause }) => [level, cause]),
    [
      ['ELEVATED', 'loopDelay'],
      ['CRITICAL', 'loopDelay'],
    ],
  );
  assert.deepEqual(
    warnings.map(({ severity }) => severity),
    ['WARNING', 'CRITICAL'],
  );
  assert.equal(on.server.getStats().pressure.level, 'CRITICAL');

  on.clock.advance(80_000);
  assert.deepEqual(
    changes.map(({ level }) => level),
    ['ELEVATED', 'CRITICAL', 'ELEVATED', 'NORMAL'],
  );
});

test('under overload new connections get 503, except privileged ones, and all are accepted afterwards', async (t) => {
  const on = await startServerWithClock(t, {
    ...LOOP_DELAY_ONLY,
    authorize: ({ url }) => ({ accept: true, priority: url === '/vip' ? 'high' : 'normal' }),
  });
  const ask = async (path: string) => {
    const peer = on.connect();
    peer.send(upgradeRequest({}, `GET ${path} HTTP/1.1`));
    return (await peer.nextAnswer()).status;
  };
  assert.equal(await ask('/vip'), 101);
  lag(on, 60);

  assert.equal(await ask('/'), 503);
  assert.equal(await ask('/vip'), 101);

  // Also if no connection is left whose time limits would be checked.
  for (const connection of on.connections) connection.destroy();
  await until(() => on.closes.length === 2);
  on.clock.advance(80_000);
  assert.equal(await ask('/'), 101);
});

test('a late event loop rejects clients only with the limits for strangers', async (t) => {
  const statusUnder = async (options: Partial<WebSocketServerOptions>) => {
    const limits = { ...OPTION_DEFAULTS, ...options, memoryThreshold: 0 };
    const on = await startServerWithClock(t, limits);
    await on.open();
    lag(on, 120);
    const peer = on.connect();
    peer.send(upgradeRequest());
    return (await peer.nextAnswer()).status;
  };

  assert.equal(await statusUnder({}), 101);
  assert.equal(await statusUnder(UNTRUSTED_PEERS), 503);
});

test('connections of low priority are shed in steps, with 1013, and counted', async (t) => {
  const on = await startServerWithClock(t, LOOP_DELAY_ONLY);
  const { sheds } = track(on.server);
  const peers = [await on.open(), await on.open(), await on.open()];
  for (const { connection } of peers.slice(0, 2)) connection.priority = 'low';

  lag(on, 60);

  const states = () => on.connections.map(({ state }) => state);
  assert.deepEqual(states(), ['CLOSING', 'OPEN', 'OPEN']);
  assert.equal(await peers[0]?.peer.nextCloseCode(), 1013);
  on.clock.stall(5_000);
  assert.deepEqual(states().slice(1), ['CLOSING', 'OPEN']);
  on.clock.stall(5_000);
  await turns();
  assert.deepEqual(states().slice(2), ['OPEN']);

  const { connectionsShed, sheddingEvents, lastSheddingTime } = on.server.getStats().shedding;
  assert.deepEqual([connectionsShed, sheddingEvents], [2, 2]);
  assert(lastSheddingTime instanceof Date);
  assert.equal(lastSheddingTime, sheds.at(-1)?.time);
  assert.deepEqual(
    sheds.map(({ count }) => count),
    [1, 1],
  );
});

test('only connections of low priority are shed, unless the option says otherwise', async (t) => {
  const mild = await startServerWithClock(t, LOOP_DELAY_ONLY);
  await mild.open();
  lag(mild, 60);
  assert.equal(mild.connections[0]?.state, 'OPEN');

  const strict = await startServerWithClock(t, { ...LOOP_DELAY_ONLY, shedPriority: 'normal' });
  await strict.open();
  const { connection } = await strict.open();
  connection.priority = 'high';
  lag(strict, 60);
  strict.clock.stall(5_000);
  assert.deepEqual(
    strict.connections.map(({ state }) => state === 'OPEN'),
    [false, true],
  );
});

test('a full server sheds only connections of low priority', async (t) => {
  const on = await startServerWithClock(t, {
    ...LOOP_DELAY_ONLY,
    connectionThreshold: 95,
    loopDelayThreshold: 0,
    maxConnections: 2,
    shedPriority: 'normal',
  });
  const { connection } = await on.open();
  await on.open();
  connection.priority = 'low';

  on.clock.advance(15_000);

  assert.deepEqual(
    on.connections.map(({ state }) => state).filter((state) => state === 'OPEN').length,
    1,
  );
  assert.equal(on.server.getStats().shedding.connectionsShed, 1);
});

test('slots are warned of at 80 % use, not below', async (t) => {
  const on = await startServerWithClock(t, {
    ...LOOP_DELAY_ONLY,
    connectionThreshold: 95,
    loopDelayThreshold: 0,
    maxConnections: 10,
  });
  const { warnings } = track(on.server);
  for (let count = 0; count < 7; count += 1) await on.open();
  on.clock.advance(10_000);
  assert.deepEqual(warnings, []);

  await on.open();
  on.clock.advance(5_000);

  assert.deepEqual(warnings, [
    { type: 'connections', current: 80, threshold: 95, severity: 'WARNING' },
  ]);
});

test('bytes that wait for all peers are monitored, and blocked peers', async (t) => {
  const on = await startServerWithClock(t, {
    ...LOOP_DELAY_ONLY,
    loopDelayThreshold: 0,
    maxBufferedBytes: 1_000_000,
    maxBlockedConnections: 1,
    slowConsumerPolicy: 'report',
    writeTimeout: 600_000,
  });
  const { warnings } = track(on.server);
  const { peer, connection } = await on.open();
  peer.socket.pause();
  for (let count = 0; connection.bufferedBytes < 1_000_000 && count < 200; count += 1) {
    connection.sendBinary(Buffer.alloc(1_000_000));
    await turns(3);
  }

  // The first check after 15 seconds without progress.
  on.clock.advance(20_000);

  assert.deepEqual(
    warnings.map(({ type, severity }) => [type, severity]),
    [
      ['bufferedBytes', 'CRITICAL'],
      ['blockedConnections', 'CRITICAL'],
    ],
  );
});

test('over TLS, a peer whose bytes the system is about to accept is not blocked', async (t) => {
  chooseTransport('tls');
  t.after(() => chooseTransport('tcp'));
  const on = await startServerWithClock(t, {
    ...LOOP_DELAY_ONLY,
    loopDelayThreshold: 0,
    maxBlockedConnections: 1,
  });
  const { warnings } = track(on.server);
  const { connection } = await on.open();
  // The first check was after a second, and the next comes five seconds later.
  on.clock.advance(5_900);

  connection.sendText('x');
  // The system accepts it in a later turn.
  await new Promise<void>((resolve) => process.nextTick(resolve));
  assert(connection.bufferedBytes > 0, 'the socket has not completed the write');
  on.clock.advance(100);

  assert.deepEqual(warnings, []);
});

/**
 * A server with one peer, whose listener takes the time that the test sets, and nothing else any.
 */
async function startWorking(t: TestContext, options: Partial<WebSocketServerOptions> = {}) {
  const fake = new FakeClock();
  let workedMs = 0;
  const clock: Clock = {
    now: () => fake.now() + workedMs,
    setTimeout: (callback, delayMs) => fake.setTimeout(callback, delayMs),
    setInterval: (callback, periodMs) => fake.setInterval(callback, periodMs),
  };
  const on = await startServer(t, {
    ...LOOP_DELAY_ONLY,
    loopDelayThreshold: 0,
    responseTimeThreshold: 5,
    clock,
    ...options,
  });
  const { warnings } = track(on.server);
  const { peer, connection } = await on.open();
  let workMs = 0;
  connection.on('message', () => {
    workedMs += workMs;
    connection.sendText('done');
  });
  const work = async (eachMs: number, checks: number) => {
    workMs = eachMs;
    for (let count = 0; count < checks; count += 1) {
      for (let read = 0; read < 5 * READS_PER_SAMPLE; read += 1) {
        peer.send(text('work'));
        await peer.nextText();
      }
      fake.advance(5_000);
    }
  };
  return { work, warnings };
}

test('handling that takes five times as long as usual is reported, less is not', async (t) => {
  const { work, warnings } = await startWorking(t);
  await work(4, 14);

  await work(15, 2);
  assert.deepEqual(warnings, []);
  await work(30, 2);

  assert.deepEqual(
    warnings.map(({ type, severity }) => [type, severity]),
    [['responseTime', 'CRITICAL']],
  );
});

test('responseTimeThreshold sets how many times as long as usual is too long', async (t) => {
  const { work, warnings } = await startWorking(t, { responseTimeThreshold: 3 });
  await work(4, 14);

  await work(9, 2);
  assert.deepEqual(warnings, []);
  await work(15, 2);

  assert.deepEqual(
    warnings.map(({ type, severity, threshold }) => [type, severity, threshold]),
    [['responseTime', 'CRITICAL', 3]],
  );
});

test('a server that monitors nothing is never overloaded', async (t) => {
  const on = await startServerWithClock(t, { ...LOOP_DELAY_ONLY, pressureInterval: 0 });
  const { changes } = track(on.server);
  await on.open();

  lag(on, 500);

  assert.deepEqual(changes, []);
});

test('canAcceptConnection returns false while resources are scarce', async (t) => {
  const on = await startServerWithClock(t, LOOP_DELAY_ONLY);
  await on.open();
  assert.equal(on.server.manager.canAcceptConnection(), true);

  lag(on, 100);

  assert.equal(on.server.manager.canAcceptConnection(), false);
});

test('unfinished messages of many peers count as buffered bytes', async (t) => {
  const on = await startServerWithClock(t, { ...LOOP_DELAY_ONLY, maxBufferedBytes: 1_000_000 });
  const { changes } = track(on.server);
  const peers = [];
  for (let count = 0; count < 5; count += 1) peers.push(await on.open());
  const frame = binary(Buffer.alloc(300_000));

  for (const { peer } of peers) peer.send(frame.subarray(0, 250_000));
  const acquired = () => on.server.getStats().bufferedBytes;
  await until(() => acquired() >= 1_000_000, 'the beginnings');
  on.clock.advance(5_000);

  assert.deepEqual(
    changes.map(({ level, cause }) => [level, cause]),
    [['CRITICAL', 'bufferedBytes']],
  );
  for (const { connection } of peers) {
    assert.equal(connection.bufferedBytes, 0);
    assert(connection.unfinishedBytes >= 200_000);
  }
  for (const { peer } of peers) peer.send(frame.subarray(250_000));
  await until(() => acquired() === 0, 'the ends');
  on.clock.advance(80_000);
  assert.equal(on.server.getStats().pressure.level, 'NORMAL');
});

test('connections are shed only while the value is above its threshold, not while the level lasts', async (t) => {
  const { server, open, closes, clock } = await startServerWithClock(t, {
    pressureInterval: 300,
    maxBufferedBytes: 1_000,
    shedPriority: 'normal',
    enableHeartbeat: false,
  });
  const { sheds } = track(server);
  const culprit = await open();
  for (let count = 0; count < 12; count += 1) await open();
  culprit.peer.send(text('x'.repeat(9_000)).subarray(0, 5_000));
  await until(() => culprit.connection.unfinishedBytes > 1_000);

  clock.advance(400);
  assert.deepEqual([sheds.length, culprit.connection.state], [1, 'CLOSING']);
  culprit.peer.destroy();
  await until(() => closes.length === 1);
  for (let count = 0; count < 40; count += 1) clock.advance(300);

  assert.equal(server.getStats().pressure.level, 'CRITICAL');
  assert.deepEqual([sheds.length, closes[0]?.id], [1, culprit.connection.id]);
  assert(server.manager.getAllConnections().every(({ state }) => state === 'OPEN'));
});
