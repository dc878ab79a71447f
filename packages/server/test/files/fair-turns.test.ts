import assert from 'node:assert/strict';
import { test } from 'node:test';
import { FairTurns, TurnsFull } from '../../src/files/fair-turns.ts';

/** Turns in which each piece of work takes as long as it says, in the order that is returned. */
function turnsOf(options: { readonly waitingMax?: number } = {}) {
  let nowMs = 0;
  const turns = new FairTurns({ nowMs: () => nowMs, ...options });
  const done: string[] = [];
  const take = (name: string, ms: number, signal?: AbortSignal) =>
    turns.take(
      name.slice(0, 1),
      async () => {
        await undefined;
        nowMs += ms;
        done.push(name);
      },
      signal,
    );
  const pass = (ms: number) => {
    nowMs += ms;
  };
  return { take, done, pass };
}

test('the next turn is of the user whose work took the least time lately', async () => {
  const { take, done, pass } = turnsOf();
  await Promise.all([take('a1', 900), take('a2', 900), take('a3', 900), take('b1', 10)]);
  assert.deepEqual(done.splice(0), ['a1', 'b1', 'a2', 'a3']);

  // `c` is new; what `a` used is remembered.
  await Promise.all([take('b2', 10), take('a4', 1), take('b3', 1), take('c1', 1)]);
  assert.deepEqual(done.splice(0), ['b2', 'c1', 'b3', 'a4']);

  pass(3_600_000);
  await Promise.all([take('c2', 500), take('a5', 1), take('b4', 1), take('c3', 1)]);
  assert.deepEqual(done, ['c2', 'b4', 'a5', 'c3']);
});

test('a user who leaves takes no turn, and a failure ends one', async () => {
  const { take, done } = turnsOf({ waitingMax: 2 });
  const leaving = new AbortController();
  const turns = [take('a1', 1), take('b1', 1, leaving.signal), take('c1', 1), take('d1', 1)];
  leaving.abort(new Error('gone'));
  const [, left, , full] = await Promise.allSettled(turns);
  assert.deepEqual(left, { status: 'rejected', reason: new Error('gone') });
  assert.ok(full?.status === 'rejected' && full.reason instanceof TurnsFull);
  await assert.rejects(take('b2', 1, leaving.signal), /gone/);

  const failing = new FairTurns();
  const fail = () => failing.take('a', () => Promise.reject(new Error('failed')));
  await assert.rejects(fail(), /failed/);
  await assert.rejects(fail(), /failed/);
  assert.deepEqual(done, ['a1', 'c1']);
});
