import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { clockTime, dayText, relativeTime, startOfDay } from '../src/format-time.ts';

const NOW_MS = new Date(2026, 0, 31, 14, 30).getTime();
const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;

/** The space before AM and PM differs between versions of the locale data. */
const plain = (text: string): string => text.replace(/\s/g, ' ');

describe('times', () => {
  test('formats the time of day', () => {
    assert.equal(plain(clockTime(NOW_MS)), '2:30 PM');
  });

  for (const [ageMs, expected] of [
    [-5_000, 'just now'],
    [0, 'just now'],
    [MINUTE_MS - 1, 'just now'],
    [MINUTE_MS, '1 min ago'],
    [HOUR_MS - 1, '59 min ago'],
    [HOUR_MS, '1 h ago'],
    [24 * HOUR_MS - 1, '23 h ago'],
    [24 * HOUR_MS, '2:30 PM'],
  ] as const) {
    test(`formats an age of ${ageMs} ms as "${expected}"`, () => {
      assert.equal(plain(relativeTime(NOW_MS - ageMs, NOW_MS)), expected);
    });
  }

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
