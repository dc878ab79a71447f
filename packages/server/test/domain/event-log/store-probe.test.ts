import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { StoreProbe } from '../../../src/domain/event-log/store-probe.ts';
import { StoreUnavailable } from '../../../src/ports/store.ts';
import { FakeClock } from '../../support/fake-clock.ts';

/** A probe of a store that answers when the test allows it. */
function onObedientStore() {
  const clock = new FakeClock();
  const looks: PromiseWithResolvers<void>[] = [];
  const log = {
    probe() {
      const look = Promise.withResolvers<void>();
      looks.push(look);
      return look.promise;
    },
  };
  return { clock, looks, probe: new StoreProbe({ log, clock, onFailure: () => {} }) };
}

describe('StoreProbe', () => {
  test('checks once for all callers at the same time, and for a second after', async () => {
    const { clock, looks, probe } = onObedientStore();
    const asked = [probe.isUp(), probe.isUp()];
    looks[0]?.resolve();
    assert.deepEqual(await Promise.all(asked), [true, true]);

    clock.advance(999);
    assert.equal(await probe.isUp(), true);
    assert.equal(looks.length, 1);
    clock.advance(1);
    const later = probe.isUp();
    looks[1]?.reject(new StoreUnavailable('down'));

    assert.equal(await later, false);
    assert.equal(looks.length, 2);
    assert.equal(clock.timerCount, 0);
  });

  test('reports down after a second of silence, then at once, without a second check', async () => {
    const { clock, looks, probe } = onObedientStore();
    const first = probe.isUp();
    clock.advance(600);
    const second = probe.isUp();

    clock.advance(400);
    assert.deepEqual(await Promise.all([first, second]), [false, false]);
    clock.advance(60_000);
    assert.equal(await probe.isUp(), false);

    assert.equal(looks.length, 1);
    assert.equal(clock.timerCount, 0);
  });

  test('checks again after the store has answered', async () => {
    const { clock, looks, probe } = onObedientStore();
    const first = probe.isUp();
    clock.advance(5000);
    assert.equal(await first, false);
    looks[0]?.reject(new StoreUnavailable('no answer'));
    await nextTurn();

    const again = probe.isUp();
    looks[1]?.resolve();

    assert.equal(await again, true);
  });

  test('starts a check of its own on demand, after the running one', async () => {
    const { looks, probe } = onObedientStore();
    const asked = probe.isUp();
    const again = probe.checkNow();
    assert.equal(looks.length, 1);

    looks[0]?.resolve();
    assert.equal(await asked, true);
    await nextTurn();
    looks[1]?.reject(new StoreUnavailable('down'));

    assert.equal(await again, false);
  });
});
