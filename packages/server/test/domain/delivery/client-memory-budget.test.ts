import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { ClientMemoryBudget } from '../../../src/domain/delivery/client-memory-budget.ts';

const MEBIBYTE = 1024 * 1024;

/** A cache in the budget that can tell whether it was evicted. */
function cacheIn(budget: ClientMemoryBudget, bytes: number) {
  const cache = {
    isEvicted: false,
    evict: () => {
      cache.isEvicted = true;
      budget.noteCache(cache, 0);
    },
  };
  budget.noteCache(cache, bytes);
  return cache;
}

describe('ClientMemoryBudget', () => {
  test('evicts the cache that was unused longest, until the total fits', () => {
    const budget = new ClientMemoryBudget(10);
    const first = cacheIn(budget, 4);
    const second = cacheIn(budget, 4);
    budget.noteCache(first, 5);

    const third = cacheIn(budget, 4);

    assert.deepEqual(
      [first, second, third].map(({ isEvicted }) => isEvicted),
      [false, true, false],
    );
    assert.equal(budget.bytes.recentEvents, 9);
  });

  test('evicts caches for bytes that are owed to clients', () => {
    const budget = new ClientMemoryBudget(10);
    const cache = cacheIn(budget, 4);

    budget.gauge('unsent').set(7);

    assert.equal(cache.isEvicted, true);
    assert.equal(budget.isExhausted, false);
  });

  test('is exhausted by what is owed to clients, and not by caches', () => {
    const budget = new ClientMemoryBudget(10);
    cacheIn(budget, 10);
    const [commands, unsent] = [budget.gauge('commands'), budget.gauge('unsent')];
    assert.equal(budget.isExhausted, false);

    commands.set(5);
    unsent.set(5);
    assert.equal(budget.isExhausted, true);
    commands.set(0);

    assert.equal(budget.isExhausted, false);
    assert.deepEqual({ ...budget.bytes }, { recentEvents: 0, commands: 0, answers: 0, unsent: 5 });
  });

  test('grants an answer what it wants, less while few bytes are free, and never too little', () => {
    const budget = new ClientMemoryBudget(64 * MEBIBYTE);
    const unsent = budget.gauge('unsent');
    const granted = [0, 32 * MEBIBYTE, 63 * MEBIBYTE, 65 * MEBIBYTE].map((bytes) => {
      unsent.set(bytes);
      const grant = budget.grantAnswer(3 * MEBIBYTE);
      grant.release();
      grant.release();
      return grant.bytes;
    });

    assert.deepEqual(granted, [3 * MEBIBYTE, 2 * MEBIBYTE, MEBIBYTE / 16, MEBIBYTE / 16]);
    assert.equal(budget.bytes.answers, 0);
  });
});
