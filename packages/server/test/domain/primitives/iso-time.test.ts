import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { parseTime } from '../../../src/domain/primitives/iso-time.ts';

describe('a time that a client writes', () => {
  for (const [text, expected] of [
    ['2026-01-31', '2026-01-31T00:00:00.000Z'],
    ['2024-02-29', '2024-02-29T00:00:00.000Z'],
    ['2026-01-31T12:00Z', '2026-01-31T12:00:00.000Z'],
    ['2026-01-01T00:30:00.5+01:00', '2025-12-31T23:30:00.500Z'],
    ['0000-01-01', '0000-01-01T00:00:00.000Z'],
  ] as const) {
    test(`is accepted: ${text}`, () => {
      assert.equal(new Date(parseTime(text, 'aroundTime')).toISOString(), expected);
    });
  }

  for (const text of [
    ...[
      '2026-02-30',
      '2026-02-29',
      '2100-02-29',
      '2026-04-31',
      '2026-06-31T12:00:00Z',
      '2026-13-01',
    ],
    ...['2026-00-10', '2026-01-00', '2026-01-32', '2026-01-01T24:01Z', '2026-01-01T25:00Z'],
    ...['2026-01-01T12:60Z', '2026-01-01T12:00:60Z', '2026-01-01T12:00:00+24:60', '2026-1-1'],
    ...['2026-01-01T12:00', '2026-01-01 12:00Z', 'yesterday', '1700000000000', ''],
  ]) {
    test(`is refused: ${text}`, () => {
      assert.throws(() => parseTime(text, 'aroundTime'), { code: 'VALIDATION_ERROR' });
    });
  }
});
