import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { searchedTimes } from '../../../src/domain/search/search-times.ts';

const iso = (ms: number) => (ms === Number.MAX_SAFE_INTEGER ? 'end' : new Date(ms).toISOString());

/** After, before, zone, and the times. */
const RANGES: readonly (readonly [string[], string[], string | undefined, string, string])[] = [
  [['2026-12-01'], ['2026-12-02'], undefined, '2026-12-01T00:00Z', '2026-12-02T00:00Z'],
  [['2026-12-01'], ['2026-12-01'], undefined, '2026-12-01T00:00Z', '2026-12-02T00:00Z'],
  [['2026-12-01'], ['2026-12-02'], 'Pacific/Auckland', '2026-11-30T11:00Z', '2026-12-01T11:00Z'],
  [['2026-12-01'], ['2026-12-01'], 'Pacific/Kiritimati', '2026-11-30T10:00Z', '2026-12-01T10:00Z'],
  [['2026-12-01'], ['2026-12-01'], 'America/Los_Angeles', '2026-12-01T08:00Z', '2026-12-02T08:00Z'],
  [['2026-12-01'], ['2026-12-01'], '+05:30', '2026-11-30T18:30Z', '2026-12-01T18:30Z'],
  // Days of 23 and 25 hours, and a day that begins at one o'clock.
  [['2026-03-29'], ['2026-03-29'], 'Europe/Berlin', '2026-03-28T23:00Z', '2026-03-29T22:00Z'],
  [['2026-10-25'], ['2026-10-25'], 'Europe/Berlin', '2026-10-24T22:00Z', '2026-10-25T23:00Z'],
  [['2018-11-04'], ['2018-11-04'], 'America/Sao_Paulo', '2018-11-04T03:00Z', '2018-11-05T02:00Z'],
  [
    ['2026-12-01T10:00:00Z'],
    ['2026-12-02'],
    'Europe/Berlin',
    '2026-12-01T10:00Z',
    '2026-12-01T23:00Z',
  ],
  [['2026-12-01', '2026-11-01'], [], undefined, '2026-12-01T00:00Z', 'end'],
  [[], ['2026-12-01', '2026-11-01'], undefined, '1970-01-01T00:00Z', '2026-11-01T00:00Z'],
];

describe('the times of a search', () => {
  for (const [after, before, zone, from, to] of RANGES) {
    test(`after ${after} and before ${before} in ${zone}`, () => {
      const [fromMs, beforeMs] = searchedTimes({ after, before }, zone);
      const expected = [from, to].map((time) => (time === 'end' ? time : iso(Date.parse(time))));
      assert.deepEqual([iso(fromMs), iso(beforeMs)], expected);
    });
  }

  test('name the field that is wrong', () => {
    const wrong = [
      [['soon'], [], undefined, /'after'/],
      [[], ['2026-02-30'], undefined, /'before'/],
      [['2026-12-02'], ['2026-12-01'], undefined, /'before' must be later/],
      [['2026-12-02'], [], 'Nowhere/Land', /'timeZone'/],
    ] as const;
    for (const [after, before, zone, message] of wrong) {
      const parse = () => searchedTimes({ after, before }, zone);
      assert.throws(parse, { code: 'VALIDATION_ERROR', message });
    }
  });
});
