import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { absoluteTime, clockTime, dayText, recentTime, startOfDay } from '../src/format-time.ts';

const NOW_MS = new Date(2026, 0, 31, 14, 30).getTime();

describe('times', () => {
  test('formats the time of day', () => {
    assert.equal(clockTime(NOW_MS), '14:30');
  });

  test('formats the time of an entry with as much of the date as it needs', () => {
    assert.equal(recentTime(new Date(2026, 0, 31, 9, 5).getTime(), NOW_MS), '09:05');
    assert.equal(recentTime(new Date(2026, 0, 30, 9, 5).getTime(), NOW_MS), 'Jan 30, 09:05');
    assert.equal(recentTime(new Date(2025, 11, 31).getTime(), NOW_MS), 'December 31, 2025');
  });

  test('has the same clock in a full time', () => {
    assert.equal(absoluteTime(NOW_MS), 'Saturday, January 31, 2026 at 14:30');
  });

  test('knows the day of a time, from its first to its last millisecond', () => {
    const midnight = new Date(2026, 0, 31).getTime();

    assert.equal(startOfDay(midnight), midnight);
    assert.equal(startOfDay(new Date(2026, 0, 31, 23, 59, 59, 999).getTime()), midnight);
    assert.notEqual(startOfDay(midnight - 1), midnight);
  });

  for (const [date, expected] of [
    [new Date(2026, 0, 31), 'Today'],
    [new Date(2026, 0, 30), 'Yesterday'],
    [new Date(2026, 0, 29), 'Thursday, January 29'],
    [new Date(2025, 11, 31), 'December 31, 2025'],
  ] as const) {
    test(`formats a day as "${expected}"`, () => {
      assert.equal(dayText(date.getTime(), NOW_MS), expected);
    });
  }
});
