import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ProcessingTimeBaseline } from '../../../src/node/metrics/processing-time-baseline.ts';

/** One check after this many reads that took this long. */
function look(responseTime: ProcessingTimeBaseline, tookMs: number, count = 5): number {
  for (let each = 0; each < count; each += 1) responseTime.observe(tookMs);
  return responseTime.readRatio();
}

function usually(tookMs: number): ProcessingTimeBaseline {
  const responseTime = new ProcessingTimeBaseline();
  for (let each = 0; each < 60; each += 1) look(responseTime, tookMs);
  return responseTime;
}

test('the usual time is 1, and five times as much is 5', () => {
  const responseTime = usually(4);

  assert.equal(look(responseTime, 4), 1);
  assert.equal(look(responseTime, 20), 5);
});

test('short times do not count, whatever they are multiples of', () => {
  assert.equal(look(usually(0.01), 9.9), 4.95);
  assert.equal(look(usually(0.01), 10), 5);
});

test('nothing counts as slow during the first dozen means', () => {
  const responseTime = new ProcessingTimeBaseline();

  for (let each = 0; each < 12; each += 1) assert.equal(look(responseTime, 1 + 100 * each), 0);

  assert(look(responseTime, 5_000) > 5);
});

test('it waits for a few reads, but not forever', () => {
  const responseTime = usually(2);
  assert.equal(look(responseTime, 20), 10);

  // Four more reads do not suffice, the fifth does.
  assert.equal(look(responseTime, 2, 4), 10);
  assert.notEqual(look(responseTime, 2, 1), 10);
  look(responseTime, 20);
  const ratios = Array.from({ length: 6 }, () => look(responseTime, 20, 0));

  assert.deepEqual(
    ratios.map((ratio) => ratio > 0),
    [true, true, true, true, true, false],
  );
});

test('a lasting time becomes the usual one', () => {
  const responseTime = usually(4);

  const ratios = Array.from({ length: 60 }, () => look(responseTime, 40));

  assert.equal(ratios[0], 10);
  assert((ratios.at(-1) ?? 0) < 2);
});
