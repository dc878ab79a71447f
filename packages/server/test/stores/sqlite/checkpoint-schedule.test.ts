import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import {
  isEmptyingUseful,
  LOG_PAGES_MAX,
  nextCopyMs,
} from '../../../src/stores/sqlite/checkpoint-schedule.ts';

describe('the checkpoint schedule', () => {
  const settle = (pagesPerMs: number, msPerPage = 0) => {
    let intervalMs = 200;
    for (let turn = 0; turn < 20; turn += 1) {
      const pages = pagesPerMs * intervalMs;
      intervalMs = nextCopyMs(intervalMs, { pages, tookMs: pages * msPerPage });
    }
    return Math.round(intervalMs);
  };

  test('is slow under low load, and fast under high load', () => {
    assert.deepEqual(
      [0, 1, 2.5, 5, 10, 20, 100].map((rate) => settle(rate)),
      [200, 200, 200, 100, 50, 25, 25],
    );
  });

  test('follows the start and end of a burst immediately', () => {
    assert.equal(nextCopyMs(200, { pages: 4000, tookMs: 30 }), 90);
    assert.equal(nextCopyMs(200, { pages: 4000, tookMs: 5 }), 25);
    assert.equal(nextCopyMs(25, { pages: 0, tookMs: 1 }), 200);
  });

  test('leaves a slow disk three quarters of its time', () => {
    assert.equal(nextCopyMs(25, { pages: 500, tookMs: 400 }), 1200);
  });

  test('does not empty a log that has overwritten itself', () => {
    assert.deepEqual(
      [0, LOG_PAGES_MAX, 2 * LOG_PAGES_MAX, 20 * LOG_PAGES_MAX].map(isEmptyingUseful),
      [true, true, false, false],
    );
  });
});
