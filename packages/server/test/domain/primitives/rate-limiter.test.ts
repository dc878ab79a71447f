import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { NO_TOKEN_LEASES, openMemoryTokenLeases } from '../../../src/bus/memory/token-leases.ts';
import { BoundedLeases } from '../../../src/domain/primitives/bounded-leases.ts';
import { RateLimiter, takeOfEach } from '../../../src/domain/primitives/rate-limiter.ts';
import type { LeaseRequest, RateLimit } from '../../../src/model/token-bucket.ts';
import type { TokenLeases } from '../../../src/ports/token-leases.ts';
import { FakeClock } from '../../support/fake-clock.ts';

const LIMIT = { capacity: 2, windowMs: 2000 };

/** Of a process alone: `take` never returns a promise. */
function newLimiter(limit: RateLimit, clock: FakeClock, bucketsMax?: number) {
  const leases = new BoundedLeases({ clock, leases: NO_TOKEN_LEASES, nodeCount: () => 1 });
  return new RateLimiter('messages', limit, leases, bucketsMax);
}

describe('RateLimiter', () => {
  test('keeps the bucket of an active user while new users come', async () => {
    const limits = newLimiter(LIMIT, new FakeClock(), 10);
    await limits.take('alice');

    for (let index = 0; index < 100; index += 1) {
      await limits.take(`user-${index}`);
      await limits.tryTake('alice');
    }

    assert.throws(() => limits.take('alice'), { code: 'RATE_LIMITED' });
    assert.equal(limits.bucketCount, 10);
  });

  test('drops only buckets that are full again', async () => {
    const clock = new FakeClock();
    const limits = newLimiter(LIMIT, clock);
    for (let index = 0; index < 100; index += 1) await limits.take(`early-${index}`);
    clock.advance(500);
    await limits.take('late');
    clock.advance(500);

    for (let index = 0; index < 60; index += 1) await limits.take(`new-${index}`);

    assert.equal(limits.bucketCount, 61);
    await limits.take('late');
    assert.throws(() => limits.take('late'), { code: 'RATE_LIMITED' });
  });

  test('returns the exact time to wait', async () => {
    const clock = new FakeClock();
    const limits = newLimiter({ capacity: 1, windowMs: 5000 }, clock);
    await limits.take('alice');

    assert.throws(() => limits.take('alice'), {
      code: 'RATE_LIMITED',
      details: { retryAfterSeconds: 5 },
    });
    clock.advance(5000);
    await limits.take('alice');
  });

  test('takes a token from each limit or from none', async () => {
    const clock = new FakeClock();
    const wide = newLimiter({ capacity: 5, windowMs: 5000 }, clock);
    const narrow = newLimiter({ capacity: 1, windowMs: 60_000 }, clock);
    await takeOfEach('alice', [wide, narrow]);

    for (let tries = 0; tries < 10; tries += 1) {
      await assert.rejects(takeOfEach('alice', [wide, narrow]), {
        details: { retryAfterSeconds: 60 },
      });
    }

    for (let rest = 0; rest < 4; rest += 1) await wide.take('alice');
  });
});

describe('RateLimiter of several nodes', () => {
  const MESSAGES = { capacity: 80, windowMs: 8000 };
  const NODES = 2;

  function openNodes(limit: RateLimit, shared?: TokenLeases) {
    const clock = new FakeClock();
    const requests: LeaseRequest[] = [];
    const leases = shared ?? openMemoryTokenLeases(clock);
    const counted: TokenLeases = {
      get isUp() {
        return leases.isUp;
      },
      lease: (request) => {
        requests.push(request);
        return leases.lease(request);
      },
    };
    const open = () =>
      new RateLimiter(
        'messages',
        limit,
        new BoundedLeases({ clock, leases: counted, nodeCount: () => NODES }),
      );
    return { clock, requests, nodes: [open(), open()] as const };
  }

  /** Takes until the limit is reached. @returns the number of tokens taken. */
  async function exhaust(limits: RateLimiter<string>): Promise<number> {
    let count = 0;
    while ((await limits.tryTake('alice')) === 0) count += 1;
    return count;
  }

  test('grants a user of one node the whole limit, and asks once for several tokens', async () => {
    const { requests, nodes } = openNodes(MESSAGES);

    assert.equal(await exhaust(nodes[0]), MESSAGES.capacity);

    const tokensEach = MESSAGES.capacity / 8 / NODES;
    assert.equal(requests.length, MESSAGES.capacity / tokensEach + 1);
  });

  test('grants a user of both nodes the limit once, however the attempts are distributed', async () => {
    const { nodes } = openNodes(MESSAGES);
    let count = 0;
    for (let isAny = true; isAny; ) {
      const waits = await Promise.all(nodes.map((limits) => limits.tryTake('alice')));
      count += waits.filter((waitMs) => waitMs === 0).length;
      isAny = waits.includes(0);
    }
    assert.equal(count, MESSAGES.capacity);
    const other = openNodes(MESSAGES).nodes;

    const counts = [await exhaust(other[0]), await exhaust(other[1])];

    assert.deepEqual(counts, [MESSAGES.capacity, 0]);
  });

  test('grants no more than an eighth above the limit to a user who has prepared leases', async () => {
    const { clock, nodes } = openNodes(MESSAGES);
    for (const limits of nodes) await limits.take('alice');
    clock.advance(MESSAGES.windowMs - 1);

    const count = (await exhaust(nodes[0])) + (await exhaust(nodes[1]));

    assert.equal(count, MESSAGES.capacity + MESSAGES.capacity / 8 - NODES);
  });

  test('gives unused tokens back with the next request', async () => {
    const { clock, requests, nodes } = openNodes({ capacity: 80, windowMs: 80 });
    await nodes[0].take('alice');
    clock.advance(80);

    await nodes[0].take('alice');

    assert.deepEqual(
      requests.map(({ returned }) => returned),
      [0, 4],
    );
  });

  test('requests one lease for many callers of one moment', async () => {
    const { requests, nodes } = openNodes({ capacity: 20, windowMs: 20_000 });

    const waits = await Promise.all(
      Array.from({ length: 30 }, () => Promise.resolve(nodes[0].tryTake('alice'))),
    );

    assert.equal(waits.filter((waitMs) => waitMs === 0).length, 20);
    assert(requests.length <= 2, `${requests.length} requests`);
  });

  test('rejects without a further request until there is a token', async () => {
    const { clock, requests, nodes } = openNodes(MESSAGES);
    await exhaust(nodes[0]);
    const { length } = requests;

    for (let index = 0; index < 10; index += 1) {
      assert.throws(() => nodes[0].take('alice'), { code: 'RATE_LIMITED' });
    }
    assert.equal(requests.length, length);
    clock.advance(MESSAGES.windowMs / MESSAGES.capacity);

    await nodes[0].take('alice');
  });

  test('takes a token from each limit or from none', async () => {
    const { nodes } = openNodes({ capacity: 1, windowMs: 60_000 });
    const [narrow] = nodes;
    const [wide] = openNodes(MESSAGES).nodes;
    await takeOfEach('alice', [wide, narrow]);

    for (let tries = 0; tries < 10; tries += 1) {
      await assert.rejects(async () => takeOfEach('alice', [wide, narrow]), {
        details: { retryAfterSeconds: 60 },
      });
    }

    assert.equal(await exhaust(wide), MESSAGES.capacity - 1);
  });

  test('divides the limit among the nodes while there are no leases, and waits for none', async () => {
    const { nodes, clock } = openNodes(MESSAGES, NO_TOKEN_LEASES);

    assert.deepEqual(
      [await exhaust(nodes[0]), await exhaust(nodes[1])],
      [MESSAGES.capacity / 2, MESSAGES.capacity / 2],
    );
    clock.advance(MESSAGES.windowMs);
    assert.equal(nodes[0].take('alice'), undefined);
  });

  test('grants at least one token per window to each node without leases', async () => {
    const { nodes } = openNodes({ capacity: 1, windowMs: 60_000 }, NO_TOKEN_LEASES);

    assert.deepEqual([await exhaust(nodes[0]), await exhaust(nodes[1])], [1, 1]);
  });

  test('waits 200 ms for an answer, then counts alone for a second', async () => {
    const never: TokenLeases = { isUp: true, lease: () => new Promise(() => {}) };
    const { clock, requests, nodes } = openNodes(MESSAGES, never);
    const first = nodes[0].take('alice');
    await Promise.resolve();

    clock.advance(200);
    await first;

    assert.equal(nodes[0].take('alice'), undefined);
    assert.equal(requests.length, 1);
    clock.advance(1000);
    assert.notEqual(nodes[0].take('alice'), undefined);
  });

  test('counts alone after a failed request', async () => {
    const failing: TokenLeases = {
      isUp: true,
      lease: () => Promise.reject(new Error('connection reset')),
    };
    const { nodes } = openNodes(MESSAGES, failing);

    assert.equal(await exhaust(nodes[0]), MESSAGES.capacity / NODES);
  });
});
