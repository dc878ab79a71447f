import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { backoffDelayMs } from '../../../src/core/connection/backoff.ts';

describe('backoffDelayMs', () => {
  const ceilings = [1_000, 2_000, 4_000, 8_000, 16_000, 30_000, 30_000];
  for (const [attempts, ceilingMs] of ceilings.entries()) {
    test(`waits up to ${ceilingMs} ms after ${attempts} failed attempts`, () => {
      const longest = backoffDelayMs(attempts, () => 1 - Number.EPSILON);
      assert.equal(longest, ceilingMs);
    });
  }

  test('may be zero, whatever the number of attempts', () => {
    assert.equal(
      backoffDelayMs(9, () => 0),
      0,
    );
  });

  test('never exceeds 30 s, however long the outage', () => {
    assert.equal(
      backoffDelayMs(10_000, () => 1),
      30_000,
    );
  });
});
