import assert from 'node:assert/strict';
import { test } from 'node:test';
import { TtlSet } from '../../../src/domain/primitives/ttl-set.ts';
import { FakeClock } from '../../support/fake-clock.ts';

test('a key stays for its lifetime, which restarts with each addition', () => {
  const clock = new FakeClock();
  const keys = new TtlSet(clock, 1000);
  assert.equal(keys.leftMs('a'), 0);

  keys.add('a');
  clock.advance(400);
  keys.add('b');
  assert.deepEqual([keys.leftMs('a'), keys.leftMs('b')], [600, 1000]);

  clock.advance(500);
  keys.add('a');
  clock.advance(500);
  assert.deepEqual([keys.has('a'), keys.has('b')], [true, false]);
  clock.advance(500);
  assert.equal(keys.has('a'), false);
});
