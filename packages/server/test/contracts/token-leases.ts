/** Contract of every adapter that lets nodes share rate limits. */
import assert from 'node:assert/strict';
import { afterEach, beforeEach, describe, test } from 'node:test';
import type { LeaseRequest } from '../../src/model/token-bucket.ts';
import type { TokenLeases } from '../../src/ports/token-leases.ts';
import { until } from '../support/wait.ts';

/** Two nodes that share their limits. */
interface LeaseScene {
  readonly nodes: readonly [TokenLeases, TokenLeases];
  /** Lets this time pass; adapters with a clock of their own need nothing. */
  passTime(ms: number): void;
  close(): void | Promise<void>;
}

const HOUR_MS = 3_600_000;

export function testTokenLeasesContract(
  adapter: string,
  open: () => LeaseScene | Promise<LeaseScene>,
): void {
  describe(`${adapter}: token leases`, () => {
    let scene: LeaseScene;
    let one: TokenLeases;
    let other: TokenLeases;
    beforeEach(async () => {
      scene = await open();
      [one, other] = scene.nodes;
    });
    afterEach(() => scene.close());

    const request = (over: Partial<LeaseRequest> = {}): LeaseRequest => ({
      limit: 'creations',
      id: 'alice',
      capacity: 10,
      windowMs: HOUR_MS,
      tokens: 1,
      returned: 0,
      ...over,
    });

    test('lease the tokens of one bucket to all nodes, each once', async () => {
      assert.equal(one.isUp, true);
      assert.deepEqual(await one.lease(request({ tokens: 4 })), { tokens: 4, waitMs: 0 });
      assert.deepEqual(await other.lease(request({ tokens: 5 })), { tokens: 5, waitMs: 0 });

      assert.deepEqual(await one.lease(request({ tokens: 4 })), { tokens: 1, waitMs: 0 });

      const { tokens, waitMs } = await other.lease(request());
      assert.equal(tokens, 0);
      assert(waitMs > HOUR_MS / 10 - 60_000 && waitMs <= HOUR_MS / 10, `${waitMs} ms`);
    });

    test('lease every token once to concurrent requests', async () => {
      const requests = Array.from({ length: 30 }, (_, index) =>
        (index % 2 === 0 ? one : other).lease(request()),
      );

      const tokens = (await Promise.all(requests)).map((lease) => lease.tokens);

      assert.equal(
        tokens.reduce((sum, count) => sum + count, 0),
        10,
      );
    });

    test('lease unused tokens to another node after they were returned', async () => {
      await one.lease(request({ tokens: 10 }));
      assert.equal((await one.lease(request({ tokens: 1, returned: 4 }))).tokens, 1);

      assert.equal((await other.lease(request({ tokens: 10 }))).tokens, 3);
    });

    test('never hold more than the capacity', async () => {
      await one.lease(request({ returned: 1000 }));

      assert.equal((await other.lease(request({ tokens: 100 }))).tokens, 9);
    });

    test('have a bucket for each limit and id', async () => {
      await one.lease(request({ tokens: 10 }));

      const others = [request({ id: 'bob', tokens: 10 }), request({ limit: 'posts', tokens: 10 })];
      for (const each of others) assert.equal((await other.lease(each)).tokens, 10);
    });

    test('refill evenly', async () => {
      const fast = request({ capacity: 10, windowMs: 5000, tokens: 10 });
      let waitMs = 0;
      await until(async () => {
        const lease = await one.lease(fast); // A token may be refilled between two leases.
        waitMs = lease.waitMs;
        return lease.tokens === 0;
      }, 'an empty bucket');
      assert(waitMs > 0 && waitMs <= 500, `${waitMs} ms`);

      scene.passTime(waitMs);

      await until(async () => (await one.lease({ ...fast, tokens: 1 })).tokens === 1, 'a token');
      scene.passTime(5000);
      await until(async () => (await one.lease({ ...fast, tokens: 10 })).tokens > 0, 'tokens');
    });
  });
}
