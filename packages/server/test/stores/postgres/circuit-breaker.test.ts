import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { CircuitBreaker } from '../../../src/stores/postgres/circuit-breaker.ts';

/** A breaker whose probes end when the test says so. */
function controlledBreaker() {
  const probes: PromiseWithResolvers<boolean>[] = [];
  let openings = 0;
  const breaker = new CircuitBreaker({
    probe() {
      const probe = Promise.withResolvers<boolean>();
      probes.push(probe);
      return probe.promise;
    },
    onOpen() {
      openings += 1;
    },
  });
  return { breaker, probes, openings: () => openings };
}

const OPEN = { name: 'StoreUnavailable' };

describe('CircuitBreaker', () => {
  test('opens once for silence, and closes when a probe is answered', async () => {
    const { breaker, probes, openings } = controlledBreaker();
    breaker.check();

    breaker.noteSilence(performance.now());
    breaker.noteSilence(performance.now());
    assert.throws(() => breaker.check(), OPEN);
    assert.deepEqual([openings(), probes.length], [1, 1]);
    probes[0]?.resolve(true);
    await nextTurn();

    breaker.check();
  });

  test('stays closed if another call was answered meanwhile', () => {
    const { breaker, openings } = controlledBreaker();
    const beganAtMs = performance.now() - 1;
    breaker.noteAnswer();

    breaker.noteSilence(beganAtMs);

    breaker.check();
    assert.equal(openings(), 0);
  });

  test('ignores timeouts of calls that started before the server answered', async () => {
    const { breaker, probes, openings } = controlledBreaker();
    const beganAtMs = performance.now() - 1;
    breaker.noteSilence(beganAtMs);
    probes[0]?.resolve(true);
    await nextTurn();

    breaker.noteSilence(beganAtMs);

    assert.equal(openings(), 1);
  });

  test('stops probing after it was closed', async () => {
    const { breaker, probes } = controlledBreaker();
    breaker.noteSilence(performance.now());

    const closed = breaker.close();
    probes[0]?.resolve(false);
    await closed;
    breaker.noteSilence(performance.now());

    assert.equal(probes.length, 1);
  });
});
