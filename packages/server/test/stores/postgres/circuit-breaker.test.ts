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

  test('probes when no waiting call was answered for two seconds, and fails them if that fails', async (t) => {
    t.mock.timers.enable({ apis: ['setTimeout'] });
    let nowMs = 0;
    t.mock.method(performance, 'now', () => nowMs);
    const { breaker, probes, openings } = controlledBreaker();
    const advance = (byMs: number) => {
      nowMs += byMs;
      t.mock.timers.tick(byMs);
    };
    const slow = breaker.waitFor(new Promise<void>(() => {}));
    const failed = assert.rejects(slow, OPEN);

    advance(1500);
    breaker.noteAnswer();
    advance(1999);
    assert.equal(probes.length, 0);
    advance(1001);
    assert.equal(probes.length, 1);
    probes[0]?.resolve(true);
    await nextTurn();
    breaker.check();

    advance(2000);
    probes[1]?.resolve(false);
    await failed;
    assert.equal(openings(), 1);
    assert.throws(() => breaker.check(), OPEN);
  });

  test('returns the answer of a call, or its failure', async () => {
    const { breaker } = controlledBreaker();

    assert.equal(await breaker.waitFor(Promise.resolve(1)), 1);
    await assert.rejects(breaker.waitFor(Promise.reject(new Error('defect'))), /defect/);
    await breaker.close();
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
