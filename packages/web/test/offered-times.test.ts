import assert from 'node:assert/strict';
import { test } from 'node:test';
import { inOneHour, localTime, mondayMorning, tomorrowMorning } from '../src/offered-times.ts';

test('times are offered in one hour, and at nine on the next day and Monday', () => {
  const now = new Date(2026, 1, 28, 23, 30).getTime();
  assert.equal(localTime(inOneHour(now)), '2026-03-01T00:30');
  assert.equal(localTime(tomorrowMorning(now)), '2026-03-01T09:00');
  assert.equal(new Date(localTime(now)).getTime(), now);
  const mondays = [1, 2, 7, 8].map((day) =>
    localTime(mondayMorning(new Date(2026, 1, day).getTime())),
  );
  assert.deepEqual(
    mondays.map((time) => time.slice(8)),
    ['02T09:00', '09T09:00', '09T09:00', '09T09:00'],
  );
});
