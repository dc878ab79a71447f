import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { TickLimiter } from '../../../src/http/limits/tick-limiter.ts';

test('starts a limited number of tasks per tick, and the others in order later', async () => {
  const tickLimiter = new TickLimiter(2);
  const begun: number[] = [];
  for (const piece of [1, 2, 3, 4, 5]) tickLimiter.run(() => begun.push(piece));
  const seen = [[...begun]];
  while (begun.length < 5) {
    await nextTurn();
    seen.push([...begun]);
  }
  assert.deepEqual(seen, [
    [1, 2],
    [1, 2, 3, 4],
    [1, 2, 3, 4, 5],
  ]);
});

test('starts no new task before tasks that wait', async () => {
  const tickLimiter = new TickLimiter(1);
  const begun: number[] = [];
  tickLimiter.run(() => begun.push(1));
  tickLimiter.run(() => begun.push(2));
  await nextTurn();
  tickLimiter.run(() => begun.push(3));
  while (begun.length < 3) await nextTurn();
  assert.deepEqual(begun, [1, 2, 3]);
});
