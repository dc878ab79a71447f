import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import {
  COLUMN_WIDTH_DEFAULT,
  COLUMN_WIDTH_MAX,
  COLUMN_WIDTH_MIN,
  clampWidth,
} from '../../src/styles/column-width.ts';

describe('clampWidth', () => {
  for (const [width, expected] of [
    [COLUMN_WIDTH_MIN - 1, COLUMN_WIDTH_MIN],
    [COLUMN_WIDTH_MIN, COLUMN_WIDTH_MIN],
    [220.4, 220],
    [COLUMN_WIDTH_MAX, COLUMN_WIDTH_MAX],
    [COLUMN_WIDTH_MAX + 1, COLUMN_WIDTH_MAX],
    [Number.NaN, COLUMN_WIDTH_DEFAULT],
  ] as const) {
    test(`changes ${width} px to ${expected} px`, () => {
      assert.equal(clampWidth(width), expected);
    });
  }
});
