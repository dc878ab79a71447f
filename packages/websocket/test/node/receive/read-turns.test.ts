/** Connections that have much to read share the turns of the event loop. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { ReadTurns } from '../../../src/node/receive/read-turns.ts';
import { FakeClock } from '../../support/fake-clock.ts';

/** Takers that note their names, and take some time on a clock of their own. */
function setUp() {
  const turns = new ReadTurns();
  const clock = new FakeClock();
  const taken: string[] = [];
  const taker = (name: string, tookMs = 0) => ({
    clock,
    takeTurn() {
      taken.push(name);
      clock.advance(tookMs);
    },
  });
  return { turns, clock, taken, taker };
}

test('they continue in a later turn, in their order, and once', async () => {
  const { turns, taken, taker } = setUp();
  const first = taker('first');

  turns.add(first);
  turns.add(taker('second'));
  turns.add(first);

  assert.deepEqual(taken, []);
  await nextTurn();
  assert.deepEqual(taken, ['first', 'second']);
});

test('after the time of a turn, the others continue in the next ones, before those that came later', async () => {
  const { turns, taken, taker } = setUp();
  for (const name of ['first', 'second', 'third', 'fourth']) turns.add(taker(name, 0.6));

  await nextTurn();
  assert.deepEqual(taken, ['first', 'second']);

  turns.add(taker('late'));
  await nextTurn();
  assert.deepEqual(taken, ['first', 'second', 'third', 'fourth']);
  await nextTurn();
  assert.deepEqual(taken.slice(4), ['late']);
});

test('however little each does, a few continue in one turn', async () => {
  const { turns, taken, taker } = setUp();
  for (let each = 0; each < 20; each += 1) turns.add(taker(`${each}`));

  await nextTurn();
  assert.equal(taken.length, 8);
  await nextTurn();
  assert.equal(taken.length, 16);
  await nextTurn();
  assert.equal(taken.length, 20);
});

test('the time runs from the first long work of a turn, and begins again with the next turn', async () => {
  const { turns, clock } = setUp();
  const beganMs = clock.now();

  clock.advance(0.5);
  assert.equal(turns.isOver(clock.now(), beganMs), false);
  clock.advance(0.5);
  assert.equal(turns.isOver(clock.now(), clock.now()), true);

  await nextTurn();
  assert.equal(turns.isOver(clock.now(), clock.now()), false);
});

test('a removed one does not continue, and the others still do', async () => {
  const { turns, taken, taker } = setUp();
  const gone = taker('gone');
  turns.add(gone);
  turns.add(taker('there'));

  turns.remove(gone);

  await nextTurn();
  assert.deepEqual(taken, ['there']);
});

test('what one resolves is done before the next one continues', async () => {
  const { turns, clock, taken, taker } = setUp();
  turns.add({
    clock,
    takeTurn() {
      void Promise.resolve()
        .then(() => {})
        .then(() => taken.push('resolved'));
    },
  });
  turns.add(taker('second'));

  await nextTurn();
  assert.deepEqual(taken, ['resolved', 'second']);
});

test('one that is added while it continues does so in the next turn', async () => {
  const { turns, clock, taken } = setUp();
  const again = {
    clock,
    takeTurn() {
      taken.push('again');
      if (taken.length < 3) turns.add(again);
    },
  };
  turns.add(again);

  await nextTurn();
  assert.equal(taken.length, 1);
  await nextTurn();
  assert.equal(taken.length, 2);
});
