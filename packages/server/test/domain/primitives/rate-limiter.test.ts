import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { RateLimiter, takeOfEach } from '../../../src/domain/primitives/rate-limiter.ts';
import { FakeClock } from '../../support/fake-clock.ts';

const LIMIT = { capacity: 2, windowMs: 2000 };

describe('RateLimiter', () => {
  test('keeps the bucket of an active user while new users come', () => {
    const limits = new RateLimiter(LIMIT, new FakeClock(), 10);
    limits.take('alice');

    for (let index = 0; index < 100; index += 1) {
      limits.take(`user-${index}`);
      limits.tryTake('alice');
    }

    assert.throws(() => limits.take('alice'), { code: 'RATE_LIMITED' });
    assert.equal(limits.bucketCount, 10);
  });

  test('drops only buckets that are full again', () => {
    const clock = new FakeClock();
    const limits = new RateLimiter(LIMIT, clock);
    for (let index = 0; index < 100; index += 1) limits.take(`early-${index}`);
    clock.advance(500);
    limits.take('late');
    clock.advance(500);

    for (let index = 0; index < 60; index += 1) limits.take(`new-${index}`);

    assert.equal(limits.bucketCount, 61);
    limits.take('late');
    assert.throws(() => limits.take('late'), { code: 'RATE_LIMITED' });
  });

  test('returns the exact time to wait', () => {
    const clock = new FakeClock();
    const limits = new RateLimiter({ capacity: 1, windowMs: 5000 }, clock);
    limits.take('alice');

    assert.throws(() => limits.take('alice'), {
      code: 'RATE_LIMITED',
      details: { retryAfterSeconds: 5 },
    });
    clock.advance(5000);
    limits.take('alice');
  });

  test('takes a token from each limit or from none', () => {
    const clock = new FakeClock();
    const wide = new RateLimiter({ capacity: 5, windowMs: 5000 }, clock);
    const narrow = new RateLimiter({ capacity: 1, windowMs: 60_000 }, clock);
    takeOfEach('alice', [wide, narrow]);

    for (let tries = 0; tries < 10; tries += 1) {
      assert.throws(() => takeOfEach('alice', [wide, narrow]), {
        details: { retryAfterSeconds: 60 },
      });
    }

    for (let rest = 0; rest < 4; rest += 1) wide.take('alice');
  });
});
