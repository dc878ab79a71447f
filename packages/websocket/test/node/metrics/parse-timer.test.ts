import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ParseTimer, READS_PER_SAMPLE } from '../../../src/node/metrics/parse-timer.ts';
import { FakeClock } from '../../support/fake-clock.ts';

function setUp() {
  const clock = new FakeClock();
  const timer = new ParseTimer(clock);
  return { clock, histogram: timer.durations, timer };
}

test("time in the application's listeners is excluded", () => {
  const { clock, histogram, timer } = setUp();

  timer.begin();
  clock.advance(3);
  timer.pause();
  clock.advance(500);
  timer.resume();
  clock.advance(4);
  timer.end();

  assert.equal(histogram.read().sum, 7);
});

test("the time of a read including the application's listeners is observed too", (t) => {
  const { clock, timer } = setUp();
  const observe = t.mock.method(timer.processingTime, 'observe');

  timer.begin();
  clock.advance(3);
  timer.pause();
  clock.advance(500);
  timer.resume();
  clock.advance(4);
  timer.end();

  assert.deepEqual(
    observe.mock.calls.map((call) => call.arguments),
    [[507]],
  );
});

test('one read in a fixed number is timed, the first among them', () => {
  const { clock, histogram, timer } = setUp();

  for (let read = 0; read < 2 * READS_PER_SAMPLE; read += 1) {
    timer.begin();
    clock.advance(1);
    timer.end();
  }

  assert.equal(histogram.count, 2);
  assert.equal(histogram.read().sum, 2);
});

test('a read that is not timed never reads the clock', () => {
  let asked = 0;
  const clock = {
    now() {
      asked += 1;
      return asked;
    },
  };
  const timer = new ParseTimer(clock);
  timer.begin();
  timer.end();
  const before = asked;

  timer.begin();
  timer.pause();
  timer.resume();
  timer.end();

  assert.equal(asked, before);
});
