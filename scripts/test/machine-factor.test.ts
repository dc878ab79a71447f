import assert from 'node:assert/strict';
import { test } from 'node:test';
import { factorOf, onThisMachine } from './machine-factor.ts';

test('a faster machine has the same deadlines, a slower one longer ones up to a maximum', () => {
  assert.deepEqual([20, 60, 150, 6000].map(factorOf), [1, 1, 2.5, 6]);
});

test('on a slow machine the limit of a test stays above the deadline of a wait in it', () => {
  const measured = process.env['PARLEY_TEST_FACTOR'];
  const limitAt = (factor: string | undefined): number => {
    if (factor === undefined) delete process.env['PARLEY_TEST_FACTOR'];
    else process.env['PARLEY_TEST_FACTOR'] = factor;
    return onThisMachine(300);
  };

  assert.deepEqual(['1', '2', '6'].map(limitAt), [300, 300, 900]);
  limitAt(measured);
});
