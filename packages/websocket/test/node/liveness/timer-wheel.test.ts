import assert from 'node:assert/strict';
import { test } from 'node:test';
import { TimerWheel, type WheelItem } from '../../../src/node/liveness/timer-wheel.ts';

interface Named extends WheelItem {
  readonly name: string;
}

const TICK_MS = 100;

function createWheel(): TimerWheel<Named> {
  const wheel = new TimerWheel<Named>();
  wheel.start(0, TICK_MS);
  return wheel;
}

const item = (name: string): Named => ({ name, slot: undefined });

/** Returns the tick at which each item comes up, within this many ticks. */
function dueTicks(wheel: TimerWheel<Named>, ticks: number): string[] {
  return Array.from({ length: ticks }, (_, index) =>
    Array.from(wheel.advance((index + 1) * TICK_MS), ({ name }) => `${name} at ${index + 1}`),
  ).flat();
}

test('an item is due at its tick, once', () => {
  const wheel = createWheel();
  wheel.put(item('a'), 3 * TICK_MS);
  wheel.put(item('b'), 1 * TICK_MS);

  assert.deepEqual(dueTicks(wheel, 200), ['b at 1', 'a at 3']);
});

test('part of a tick counts as a whole one, and nothing is due at once', () => {
  const wheel = createWheel();
  wheel.put(item('a'), 2.1 * TICK_MS);
  wheel.put(item('b'), 0 * TICK_MS);
  wheel.put(item('c'), -5 * TICK_MS);

  assert.deepEqual(dueTicks(wheel, 10), ['b at 1', 'c at 1', 'a at 3']);
});

test('an item beyond the span of the wheel comes up early', () => {
  const wheel = createWheel();
  wheel.put(item('a'), 1_000 * TICK_MS);

  assert.deepEqual(dueTicks(wheel, 100), ['a at 63']);
});

test('an item that is put again is due at its new tick only', () => {
  const wheel = createWheel();
  const moved = item('a');
  wheel.put(moved, 2 * TICK_MS);

  wheel.put(moved, 5 * TICK_MS);

  assert.deepEqual(dueTicks(wheel, 100), ['a at 5']);
});

test('a removed item is not due, and may be removed again', () => {
  const wheel = createWheel();
  const removed = item('a');
  wheel.put(removed, 2 * TICK_MS);

  wheel.remove(removed);
  wheel.remove(removed);

  assert.deepEqual(dueTicks(wheel, 100), []);
});

test('ticks that were missed are made up for, in order', () => {
  const wheel = createWheel();
  wheel.put(item('a'), 3 * TICK_MS);
  wheel.put(item('b'), 1 * TICK_MS);
  wheel.put(item('c'), 6 * TICK_MS);

  assert.deepEqual(
    Array.from(wheel.advance(5 * TICK_MS), ({ name }) => name),
    ['b', 'a'],
  );
});
