import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { openRedisBus, type RedisBus } from '../../../src/bus/redis/bus.ts';
import { testTokenLeasesContract } from '../../contracts/token-leases.ts';
import { RedisServer, redisSkip } from '../../support/redis-server.ts';
import { until } from '../../support/wait.ts';

const ignore = (): void => {};

describe('with a Redis', { skip: redisSkip() }, () => {
  let redis: RedisServer;
  let deployments = 0;
  before(async () => {
    redis = await RedisServer.start();
  });
  after(() => redis.remove());

  const connect = (nodeId: string, deployment: string): Promise<RedisBus> =>
    openRedisBus({
      ...{ url: redis.url, nodeId, deployment },
      ...{ onDown: ignore, onUp: ignore, onFailed: ignore, onDropped: ignore },
      secrets: ['a secret that all nodes share'],
    });

  testTokenLeasesContract('Redis', async () => {
    deployments += 1; // Each cluster has buckets of its own.
    const deployment = `test ${deployments}`;
    const [one, other] = [await connect('one', deployment), await connect('other', deployment)];
    return {
      nodes: [one.tokenLeases, other.tokenLeases],
      passTime: () => {}, // Redis has its own clock.
      close: async () => {
        await Promise.all([one.close(), other.close()]);
      },
    };
  });

  test('token leases are down while Redis is down, and up again afterwards', async () => {
    const bus = await connect('one', 'outage');
    const { tokenLeases: leases } = bus;
    const request = {
      ...{ limit: 'posts', id: 'alice', capacity: 2, windowMs: 60_000 },
      ...{ tokens: 1, returned: 0 },
    };
    assert.equal((await leases.lease(request)).tokens, 1);

    await redis.stop();
    await until(() => !leases.isUp, 'the outage');
    await assert.rejects(leases.lease(request));
    await redis.start();
    await until(() => leases.isUp, 'the connection');

    assert.equal((await leases.lease(request)).tokens, 1);
    await bus.close();
  });
});
