import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { TokenBucket } from '../../src/model/token-bucket.ts';

describe('TokenBucket', () => {
  test('allows its capacity at once, then returns the time to wait', () => {
    const bucket = new TokenBucket({ capacity: 3, windowMs: 3000 }, 0);

    const waits = [1, 2, 3, 4].map(() => bucket.take(0));

    assert.deepEqual(waits, [0, 0, 0, 1000]);
  });

  test('has a token again after that time, not before', () => {
    const bucket = new TokenBucket({ capacity: 1, windowMs: 1000 }, 0);
    bucket.take(0);

    assert.equal(bucket.take(999), 1);
    assert.equal(bucket.take(1000), 0);
  });

  test('is late by what was used beyond its tokens, at most by a window, also over leases', () => {
    const limit = { capacity: 10, windowMs: 1000 };
    const [used, leased, endless] = [1, 2, 3].map(() => new TokenBucket(limit, 0));
    assert(used && leased && endless);

    used.owe(0, 15);
    leased.lease({ tokens: 10, returned: 0 }, 0);
    endless.owe(0, 1000);

    assert.deepEqual(leased.lease({ tokens: 1, returned: -5 }, 0), { tokens: 0, waitMs: 600 });
    assert.deepEqual(
      [used, leased, endless].map((each) => each.waitMs(0)),
      [600, 600, 1100],
    );
    assert.equal(used.take(600), 0);
  });

  test('never exceeds its capacity', () => {
    const bucket = new TokenBucket({ capacity: 2, windowMs: 2000 }, 0);

    const waits = [1, 2, 3].map(() => bucket.take(1_000_000));

    assert.deepEqual(waits, [0, 0, 1000]);
  });
});
