import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ClockWatch } from '../../src/ops/clock-watch.ts';
import type { LogRecord } from '../../src/ports/logger.ts';
import { FakeClock } from '../support/fake-clock.ts';
import { SkewedClock } from '../support/skewed-clock.ts';

const INTERVAL_MS = 300_000;

/** A node whose clock is ahead of the store, which answers after that time. */
function openWatch(aheadMs: number, { answerMs = 0 } = {}) {
  const storeClock = new FakeClock();
  const records: LogRecord[] = [];
  const answers: (() => void)[] = [];
  const watch = new ClockWatch({
    clock: new SkewedClock(storeClock, aheadMs),
    logger: { record: (record) => records.push(record) },
    readStoreMs: async () => {
      storeClock.advance(answerMs);
      answers.shift()?.();
      return storeClock.nowMs();
    },
  });
  return { storeClock, records, answers, watch };
}

test('a clock that is ahead or behind is reported at the start, and every five minutes', async () => {
  for (const aheadSeconds of [90, -90]) {
    const { storeClock, records, watch } = openWatch(aheadSeconds * 1000);

    await watch.begin();

    const warning = { event: 'clock.differs', aheadSeconds };
    assert.deepEqual(records, [warning]);
    assert.deepEqual([watch.aheadMs, watch.report], [aheadSeconds * 1000, { aheadSeconds }]);
    storeClock.advance(INTERVAL_MS - 1);
    assert.equal(records.length, 1);
    storeClock.advance(1);
    await new Promise(setImmediate);
    assert.deepEqual(records, [warning, warning]);
    watch.close();
    assert.equal(storeClock.timerCount, 0);
  }
});

test('the time that an answer takes is no difference', async () => {
  const slow = openWatch(0, { answerMs: 10_000 });
  await slow.watch.begin();
  assert.deepEqual([slow.watch.aheadMs, slow.watch.report, slow.records], [0, undefined, []]);

  const late = openWatch(90_000, { answerMs: 10_000 });
  await late.watch.begin();
  assert.equal(late.watch.aheadMs, 80_000);
});

test('a store that does not answer leaves the difference unknown, and is asked again', async () => {
  const { storeClock, records, answers, watch } = openWatch(90_000);
  answers.push(() => assert.fail('no answer'));

  await watch.begin();
  assert.deepEqual([watch.aheadMs, records], [undefined, []]);

  storeClock.advance(INTERVAL_MS);
  await new Promise(setImmediate);
  assert.equal(watch.aheadMs, 90_000);
  watch.close();
});

test('a store on this machine is not asked', async () => {
  const clock = new FakeClock();
  const watch = new ClockWatch({
    clock,
    logger: { record: () => assert.fail() },
    readStoreMs: undefined,
  });

  await watch.begin();

  assert.deepEqual([watch.aheadMs, clock.timerCount], [undefined, 0]);
});
