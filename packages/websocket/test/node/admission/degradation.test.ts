/** Reductions of an overloaded server, over real sockets, and their end. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { QualityChange, WebSocketServer } from '../../../src/index.ts';
import { REDUCTIONS, reductionsAt } from '../../../src/node/admission/overload-table.ts';
import type { PressureLevel } from '../../../src/node/admission/resource-pressure.ts';
import { LOOP_DELAY_ONLY, startServerWithClock } from '../../support/test-server.ts';
import { turns } from '../../support/wait.ts';

const DEFLATE = { 'Sec-WebSocket-Extensions': 'permessage-deflate' };
const COMPRESSED = 0x40;
const LONG_TEXT = 'long '.repeat(1_000);

type Started = Awaited<ReturnType<typeof startServerWithClock>>;

/** Ten seconds and more in which every tick is late by this much. */
function lag({ clock }: Started, byMs: number): void {
  for (let each = 0; each < 12; each += 1) clock.stall(1_000 + byMs);
}

function changesOf(server: WebSocketServer): QualityChange['reduced'][] {
  const changes: QualityChange['reduced'][] = [];
  server.on('quality', ({ reduced }) => changes.push(reduced));
  return changes;
}

const LEVELS: readonly PressureLevel[] = ['NORMAL', 'ELEVATED', 'CRITICAL'];

for (const [mark, reducedAt] of [
  ['never', []],
  ['ELEVATED', ['ELEVATED', 'CRITICAL']],
  ['CRITICAL', ['CRITICAL']],
] as const) {
  test(`reductions at ${mark} apply below, at and above it as configured`, () => {
    for (const level of LEVELS) {
      const isReduced = reducedAt.some((each) => each === level);
      const levels = { time: level, load: level, all: level };
      const marks = { stopCompressionAt: mark, dropLowPriorityAt: mark };
      assert.deepEqual(reductionsAt(levels, marks), isReduced ? REDUCTIONS : [], level);
    }
  });
}

test('compression continues if a resource other than the event loop is scarce', () => {
  const marks = { stopCompressionAt: 'CRITICAL', dropLowPriorityAt: 'CRITICAL' } as const;
  const levels = { time: 'ELEVATED', load: 'CRITICAL', all: 'CRITICAL' } as const;

  assert.deepEqual(reductionsAt(levels, marks), ['lowPriorityBroadcasts']);
});

test('under overload messages are sent uncompressed, and compressed again after it', async (t) => {
  const on = await startServerWithClock(t, { ...LOOP_DELAY_ONLY, perMessageDeflate: true });
  const changes = changesOf(on.server);
  const { peer, connection } = await on.open(DEFLATE);
  const isCompressed = async () => (await peer.nextFrameWithBits()).reservedBits === COMPRESSED;
  const sendAll = () => {
    connection.sendText(LONG_TEXT);
    connection.sendText('short, '.repeat(9), { compress: true });
    on.server.broadcast(LONG_TEXT);
  };

  sendAll();
  assert.deepEqual(
    [await isCompressed(), await isCompressed(), await isCompressed()],
    Array(3).fill(true),
  );

  lag(on, 45);
  assert.equal(on.server.getStats().pressure.level, 'ELEVATED');
  assert.deepEqual(changes, [], 'not yet');

  lag(on, 60);
  assert.deepEqual(on.server.getStats().reduced, ['compression', 'lowPriorityBroadcasts']);
  sendAll();
  for (const expected of [LONG_TEXT, 'short, '.repeat(9), LONG_TEXT]) {
    assert.equal(await peer.nextText(), expected);
  }

  on.clock.advance(80_000);
  assert.deepEqual(changes, [['compression', 'lowPriorityBroadcasts'], []]);
  sendAll();
  assert.deepEqual(
    [await isCompressed(), await isCompressed(), await isCompressed()],
    Array(3).fill(true),
  );
});

test('low-priority broadcasts are dropped under overload and counted, others are not', async (t) => {
  const on = await startServerWithClock(t, LOOP_DELAY_ONLY);
  const { peer } = await on.open();
  const sent = { sent: 1, failed: 0, filtered: 0 };
  const dropped = { sent: 0, failed: 0, filtered: 0, dropped: true };

  assert.deepEqual(on.server.broadcast('before', { priority: 'low' }), sent);
  lag(on, 60);
  assert.deepEqual(on.server.broadcast('lost', { priority: 'low' }), dropped);
  assert.deepEqual(on.server.broadcast('normal', { priority: 'normal' }), sent);
  assert.deepEqual(on.server.broadcast('unmarked'), sent);
  on.clock.advance(80_000);
  assert.deepEqual(on.server.broadcast('after', { priority: 'low' }), sent);

  for (const expected of ['before', 'normal', 'unmarked', 'after']) {
    assert.equal(await peer.nextText(), expected);
  }
  assert.deepEqual(on.server.getStats().broadcasts, {
    count: 5,
    sent: 4,
    failed: 0,
    filtered: 0,
    dropped: 1,
  });
});

test('an invalid low-priority broadcast is rejected, with or without overload', async (t) => {
  const on = await startServerWithClock(t, { ...LOOP_DELAY_ONLY, maxMessageSize: 10 });
  await on.open();
  lag(on, 60);

  assert.throws(() => on.server.broadcast('eleven byte', { priority: 'low' }), {
    code: 'MESSAGE_TOO_BIG',
  });
  assert.throws(() => on.server.broadcast('x', { priority: 'lowest' as 'low' }), {
    code: 'INVALID_ARGUMENT',
    message: "option priority is 'lowest'; allowed: normal, low",
  });
});

test('the metrics report reductions', async (t) => {
  const on = await startServerWithClock(t, { ...LOOP_DELAY_ONLY, stopCompressionAt: 'never' });
  await on.open();
  const read = (name: string) =>
    on.server.metrics.collect().find((family) => family.name === name)?.samples;

  lag(on, 60);
  on.server.broadcast('lost', { priority: 'low' });

  assert.deepEqual(read('websocket_quality_reduced'), [
    { labels: { reduction: 'compression' }, value: 0 },
    { labels: { reduction: 'lowPriorityBroadcasts' }, value: 1 },
  ]);
  assert.deepEqual(read('websocket_broadcasts_dropped_total'), [{ labels: {}, value: 1 }]);
});

test('monitoring that is turned off during overload ends the reductions at once', async (t) => {
  const on = await startServerWithClock(t, { ...LOOP_DELAY_ONLY, perMessageDeflate: true });
  const changes = changesOf(on.server);
  const { peer, connection } = await on.open(DEFLATE);
  lag(on, 60);

  on.server.update({ pressureInterval: 0 });
  await turns();
  connection.sendText(LONG_TEXT);
  assert.equal((await peer.nextFrameWithBits()).reservedBits, COMPRESSED);
  assert.equal(on.server.getStats().pressure.level, 'NORMAL');
  assert.deepEqual(changes, [['compression', 'lowPriorityBroadcasts'], []]);
});

test('new connections are accepted again when monitoring is turned off', async (t) => {
  const on = await startServerWithClock(t, LOOP_DELAY_ONLY);
  await on.open();
  lag(on, 60);

  on.server.update({ pressureInterval: 0 });

  await on.open();
});
