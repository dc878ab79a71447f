import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  KEYS_MAX,
  SlidingWindowCounter,
} from '../../../src/node/admission/sliding-window-counter.ts';

const SECOND = 1_000;
const MINUTE = 60 * SECOND;

function countsWith(count: number, atMs: number): SlidingWindowCounter {
  const counts = new SlidingWindowCounter();
  for (let each = 0; each < count; each += 1) counts.add('a', atMs);
  return counts;
}

test('a key below its limit does not wait, a key at the limit does', () => {
  const counts = countsWith(9, 0);
  assert.equal(counts.waitMs('a', 10, SECOND), 0);

  counts.add('a', SECOND);

  assert(counts.waitMs('a', 10, SECOND) > 0);
  assert.equal(counts.waitMs('b', 10, SECOND), 0);
});

test('occurrences in the last window count less and less in the current one', () => {
  const counts = countsWith(10, 0);

  assert(counts.waitMs('a', 5, MINUTE) > 0);
  assert.equal(counts.waitMs('a', 5, MINUTE + MINUTE / 2 + 1), 0);
  assert.equal(counts.waitMs('a', 1, 3 * MINUTE), 0);
});

test('the reported wait ends when the key is below the limit', () => {
  for (const [count, limit, atMs] of [
    [10, 10, SECOND],
    [15, 10, SECOND],
    [10, 4, MINUTE + 10 * SECOND],
  ] as const) {
    const counts = countsWith(count, 0);

    const waitMs = counts.waitMs('a', limit, atMs);

    assert(counts.waitMs('a', limit, atMs + waitMs - 1) > 0);
    assert.equal(counts.waitMs('a', limit, atMs + waitMs + 1), 0);
  }
});

test('the number of keys is bounded, whatever peers send', () => {
  const counts = new SlidingWindowCounter();
  const countKeys = (name: string, nowMs: number) => {
    const keys = Array.from({ length: KEYS_MAX + 900 }, (_, index) => `${name} ${index}`);
    for (const key of keys) counts.add(key, nowMs);
    return keys.filter((key) => counts.waitMs(key, 1, nowMs) > 0).length;
  };

  assert.deepEqual([countKeys('key', 0), countKeys('later', MINUTE)], [KEYS_MAX, KEYS_MAX]);
  assert(counts.waitMs('later 5', 1, MINUTE) > 0);
});
