import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import {
  Histogram,
  PARSING_BOUNDS,
  ROUND_TRIP_BOUNDS,
} from '../../../src/node/metrics/histogram.ts';

test('a value at a bound is within it, a value above is not', () => {
  const histogram = new Histogram([1, 5]);

  for (const value of [0, 1, 1.01, 5, 6]) histogram.observe(value);

  assert.deepEqual(histogram.read().buckets, [
    { bound: 1, count: 2 },
    { bound: 5, count: 4 },
    { bound: Number.POSITIVE_INFINITY, count: 5 },
  ]);
});

test('before the first value there is no mean and no percentile', () => {
  const histogram = new Histogram(ROUND_TRIP_BOUNDS);

  assert.equal(histogram.mean, undefined);
  assert.deepEqual(histogram.read().percentiles, { 50: undefined, 95: undefined, 99: undefined });
});

test('count, sum and every bucket match the values, and percentiles match their buckets', () => {
  const values = fc.array(fc.double({ min: 0, max: 10_000, noNaN: true }), { minLength: 1 });
  fc.assert(
    fc.property(values, fc.constantFrom(ROUND_TRIP_BOUNDS, PARSING_BOUNDS), (list, bounds) => {
      const histogram = new Histogram(bounds);

      for (const value of list) histogram.observe(value);

      const { buckets, count, percentiles } = histogram.read();
      assert.equal(count, list.length);
      for (const { bound, count: atMost } of buckets) {
        assert.equal(atMost, list.filter((value) => value <= bound).length);
      }
      const sorted = list.toSorted((a, b) => a - b);
      for (const percent of [50, 95, 99] as const) {
        const exact = sorted[Math.ceil((percent / 100) * list.length) - 1] ?? 0;
        const upper = bounds.find((bound) => bound >= exact) ?? bounds.at(-1) ?? 0;
        const lower = bounds.findLast((bound) => bound < exact) ?? 0;
        const found = percentiles[percent] ?? -1;
        assert(found >= lower && found <= upper, `${percent}: ${found}, exactly ${exact}`);
      }
    }),
  );
});

test('an observer receives each value, until it is removed', () => {
  const histogram = new Histogram([1]);
  const events: number[] = [];

  histogram.hook = (value) => events.push(value);
  histogram.observe(0.5);
  histogram.hook = undefined;
  histogram.observe(0.7);

  assert.deepEqual(events, [0.5]);
});
