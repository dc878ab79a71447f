import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { CircuitBreaker } from '../../../src/stores/postgres/circuit-breaker.ts';

/** A breaker whose looks end as the test says. */
function obedientBreaker() {
  const looks: PromiseWithResolvers<boolean>[] = [];
  let openings = 0;
  const breaker = new CircuitBreaker({
    look() {
      const look = Promise.withResolvers<boolean>();
      looks.push(look);
      return look.promise;
    },
    onOpen() {
      openings += 1;
    },
  });
  return { breaker, looks, openings: () => openings };
}

const OPEN = { name: 'StoreUnavailable' };

describe('CircuitBreaker', () => {
  test('opens for silence, once, and closes when a look is answered', async () => {
    const { breaker, looks, openings } = obedientBreaker();
    breaker.check();

    breaker.noteSilence(performance.now());
    breaker.noteSilence(performance.now());
    assert.throws(() => breaker.check(), OPEN);
    assert.deepEqual([openings(), looks.length], [1, 1]);
    looks[0]?.resolve(true);
    await nextTurn();

    breaker.check();
  });

  test('stays closed where another call was answered meanwhile', () => {
    const { breaker, openings } = obedientBreaker();
    const beganAtMs = performance.now() - 1;
    breaker.noteAnswer();

    breaker.noteSilence(beganAtMs);

    breaker.check();
    assert.equal(openings(), 0);
  });

  test('takes no call that began before the server answered for a sign of silence', async () => {
    const { breaker, looks, openings } = obedientBreaker();
    const beganAtMs = performance.now() - 1;
    breaker.noteSilence(beganAtMs);
    looks[0]?.resolve(true);
    await nextTurn();

    breaker.noteSilence(beganAtMs);

    assert.equal(openings(), 1);
  });

  test('looks no longer once it is closed for good', async () => {
    const { breaker, looks } = obedientBreaker();
    breaker.noteSilence(performance.now());

    const closed = breaker.close();
    looks[0]?.resolve(false);
    await closed;
    breaker.noteSilence(performance.now());

    assert.equal(looks.length, 1);
  });
});
