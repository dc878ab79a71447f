import assert from 'node:assert/strict';
import { test } from 'node:test';
import { factorOf } from './machine-factor.ts';

test('a faster machine has the same deadlines, a slower one longer ones up to a maximum', () => {
  assert.deepEqual([20, 60, 150, 6000].map(factorOf), [1, 1, 2.5, 6]);
});
