import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import {
  cutGrown,
  fixBounds,
  indexFrom,
  LATEST,
  WINDOW_MAX,
  widenAfter,
  widenBefore,
  windowAround,
  windowRange,
} from '../../src/react/message-list/held-window.ts';

/** Messages with sequences from 10 in steps of two: events without a message lie between. */
function numbered(count: number): { readonly sequence: number }[] {
  return Array.from({ length: count }, (_, index) => ({ sequence: 10 + index * 2 }));
}

describe('the window of a timeline', () => {
  test('holds all messages of a short room, and the latest of a long one', () => {
    assert.deepEqual(windowRange([], LATEST), [0, 0]);
    assert.deepEqual(windowRange(numbered(50), LATEST), [0, 50]);
    const [start, end] = windowRange(numbered(100_000), LATEST);
    assert.equal(end, 100_000);
    assert(end - start <= WINDOW_MAX);
  });

  test('keeps its start when messages are added at the end, until the list cuts it', () => {
    const before = numbered(1_000);
    const window = fixBounds(before, LATEST);
    const [start] = windowRange(before, window);
    const after = numbered(1_250);
    assert.deepEqual(windowRange(after, window), [start, 1_250]);
    const [cut, end] = windowRange(after, cutGrown(after, window));
    assert(cut > start && end === 1_250);
  });

  test('moves over all messages in steps, and never grows beyond its bound', () => {
    const messages = numbered(5_000);
    let window = LATEST;
    let reached = 5_000;
    while (reached > 0) {
      window = widenBefore(messages, window);
      const [start, end] = windowRange(messages, window);
      assert(start < reached && end > start && end - start <= WINDOW_MAX);
      reached = start;
    }
    while (window.last !== undefined) {
      window = widenAfter(messages, window);
      const [start, end] = windowRange(messages, window);
      assert(end > reached && end - start <= WINDOW_MAX);
      reached = end;
    }
    assert.equal(reached, 5_000);
  });

  test('opens around a sequence, also around one that no message has', () => {
    const messages = numbered(5_000);
    for (const sequence of [1, 10, 11, 5_001, 10_008, 99_999]) {
      const [start, end] = windowRange(messages, windowAround(messages, sequence));
      const at = indexFrom(messages, sequence);
      assert(start <= at && at <= end && end - start <= WINDOW_MAX, `${sequence}`);
    }
  });

  test('holds the latest messages if those it held are gone', () => {
    const window = windowAround(numbered(5_000), 5_000);
    const others = numbered(30).map(({ sequence }) => ({ sequence: sequence + 90_000 }));
    assert.deepEqual(windowRange(others, window), [0, 30]);
    assert.deepEqual(windowRange(numbered(5), window), [0, 5]);
  });

  test('does not return to the messages it held when those arrive again as later pages', () => {
    const all = numbered(1_000);
    const before = windowAround(all, 10 + 2 * 900);
    const fixed = fixBounds(all.slice(500, 550), before);
    assert.deepEqual(windowRange(all.slice(500, 550), fixed), [0, 50]);
    assert.deepEqual(windowRange(all.slice(500, 950), fixed), [0, 450]);
    const after = fixBounds(all.slice(950), windowAround(all, 10 + 2 * 300));
    assert.deepEqual(windowRange(all.slice(250), after), [700, 750]);
  });
});
