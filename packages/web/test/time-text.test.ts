import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import {
  absoluteTime,
  clockTime,
  dayText,
  recentTime,
  shortTime,
  startOfDay,
  timeFormats,
} from '../src/format-time.ts';

const NOW_MS = new Date(2026, 0, 31, 14, 30).getTime();
const TODAY_MS = new Date(2026, 0, 31, 9, 5).getTime();
const YESTERDAY_MS = new Date(2026, 0, 30, 9, 5).getTime();
const LAST_YEAR_MS = new Date(2025, 11, 31).getTime();

describe('times', () => {
  for (const [locale, short, recent, early, full] of [
    [
      'en-US',
      'Jan 30',
      'Jan 30, 09:05',
      'December 31, 2025',
      /^Saturday, January 31, 2026 at 14:30$/,
    ],
    [
      'en-GB',
      '30 Jan',
      '30 Jan, 09:05',
      '31 December 2025',
      /^Saturday,? 31 January 2026 at 14:30$/,
    ],
    [
      'de',
      '30. Jan.',
      '30. Jan., 09:05',
      '31. Dezember 2025',
      /^Samstag, 31. Januar 2026 um 14:30$/,
    ],
  ] as const) {
    test(`follow the language ${locale}, with as much of the date as they need`, () => {
      const formats = timeFormats(locale);

      assert.equal(clockTime(NOW_MS, formats), '14:30');
      assert.equal(shortTime(TODAY_MS, NOW_MS, formats), '09:05');
      assert.equal(shortTime(YESTERDAY_MS, NOW_MS, formats), short);
      assert.equal(recentTime(TODAY_MS, NOW_MS, formats), '09:05');
      assert.equal(recentTime(YESTERDAY_MS, NOW_MS, formats), recent);
      assert.equal(recentTime(LAST_YEAR_MS, NOW_MS, formats), early);
      assert.match(absoluteTime(NOW_MS, formats), full);
    });
  }

  test('knows the day of a time, from its first to its last millisecond', () => {
    const midnight = new Date(2026, 0, 31).getTime();

    assert.equal(startOfDay(midnight), midnight);
    assert.equal(startOfDay(new Date(2026, 0, 31, 23, 59, 59, 999).getTime()), midnight);
    assert.notEqual(startOfDay(midnight - 1), midnight);
  });

  for (const [date, american, british] of [
    [new Date(2026, 0, 31), 'Today', 'Today'],
    [new Date(2026, 0, 30), 'Yesterday', 'Yesterday'],
    [new Date(2026, 0, 29), 'Thursday, January 29', 'Thursday 29 January'],
    [new Date(2025, 11, 31), 'December 31, 2025', '31 December 2025'],
  ] as const) {
    test(`formats a day as "${american}"`, () => {
      assert.equal(dayText(date.getTime(), NOW_MS, timeFormats('en-US')), american);
      assert.equal(dayText(date.getTime(), NOW_MS, timeFormats('en-GB')), british);
    });
  }
});
