import assert from 'node:assert/strict';
import { test } from 'node:test';
import { inOrder, isQuick } from './plan.ts';

test('those that compute stand at the start, those that wait at the end, the longest outside', () => {
  const timings = {
    'short.test.ts': [3, 2],
    'long.test.ts': [30, 28],
    'patient.test.ts': [40, 4],
    'waiting.test.ts': [8, 1],
  } as const;
  const processes = [...Object.keys(timings), 'new.test.ts'].map((path) => [path]);

  const order = inOrder(processes, timings).flat();

  assert.deepEqual(order, [
    ...['long.test.ts', 'short.test.ts', 'new.test.ts'],
    ...['waiting.test.ts', 'patient.test.ts'],
  ]);
});

test('files that share a process count together', () => {
  const timings = { 'a.test.ts': [3, 3], 'b.test.ts': [3, 3], 'c.test.ts': [5, 5] } as const;

  const order = inOrder([['c.test.ts'], ['a.test.ts', 'b.test.ts']], timings);

  assert.deepEqual(order, [['a.test.ts', 'b.test.ts'], ['c.test.ts']]);
});

test('rules without processes come first', () => {
  assert.equal(isQuick(['packages/server/test/domain/store-calls.test.ts']), true);
  assert.equal(isQuick(['packages/server/test/http/ready.test.ts']), false);
});
