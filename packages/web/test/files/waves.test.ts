import assert from 'node:assert/strict';
import { test } from 'node:test';
import { peaksOf } from '../../src/files/peaks.ts';
import { timeText } from '../../src/files/time-text.ts';

test('a wave has the loudest sample of each part, compared with the loudest of all', () => {
  assert.deepEqual(peaksOf([0.1, -0.5, 0, 0.25, 0, 0], 3), [1, 0.5, 0]);
  assert.deepEqual(peaksOf([0, 0, 0], 2), [0, 0]);
  assert.deepEqual(peaksOf([], 2), [0, 0]);
  // Shorter than the wave.
  assert.deepEqual(peaksOf([1], 2), [0, 1]);
});

test('a length of time has minutes, and hours if it needs them', () => {
  assert.deepEqual([0, 7.4, 59.6, 63, 3723].map(timeText), [
    '0:00',
    '0:07',
    '1:00',
    '1:03',
    '1:02:03',
  ]);
});
