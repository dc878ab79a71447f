import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { ConnectionPriority } from '../../../src/node/admission/priority.ts';
import { chooseForShedding } from '../../../src/node/admission/shedding-policy.ts';

function peer(
  priority: ConnectionPriority,
  bufferedBytes = 0,
  lastActivity = 0,
  unfinishedBytes = 0,
) {
  return { priority, bufferedBytes, lastActivity: new Date(lastActivity), unfinishedBytes };
}

function many(count: number, priority: ConnectionPriority) {
  return Array.from({ length: count }, () => peer(priority));
}

test('high and critical connections are never chosen', () => {
  const peers = [...many(50, 'high'), ...many(50, 'critical')];

  assert.deepEqual(chooseForShedding(peers, 'normal'), []);
});

test('no connection above the named priority is chosen', () => {
  assert.deepEqual(chooseForShedding(many(50, 'normal'), 'low'), []);
  assert.deepEqual(chooseForShedding(many(50, 'low'), 'none'), []);
  assert.equal(chooseForShedding(many(50, 'low'), 'low').length, 3);
});

test('a step is 5 % of those that may be chosen, at least one and at most a hundred', () => {
  assert.equal(chooseForShedding(many(1, 'low'), 'low').length, 1);
  assert.equal(chooseForShedding(many(1_000, 'low'), 'low').length, 50);
  assert.equal(chooseForShedding(many(10_000, 'low'), 'low').length, 100);
});

test('the lowest priority is chosen first, then the highest cost, then the longest silence', () => {
  const costly = peer('low', 900, 5);
  const unfinished = peer('low', 300, 7, 500);
  const silent = peer('low', 0, 1);
  const lively = peer('low', 0, 9);
  const normal = peer('normal', 5_000, 0);
  const peers = [normal, lively, ...many(76, 'normal'), silent, unfinished, costly];

  assert.deepEqual(chooseForShedding(peers, 'normal'), [
    costly,
    unfinished,
    silent,
    lively,
    normal,
  ]);
});
