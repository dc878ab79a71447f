/** The bus over a Redis Cluster of several servers, of which one fails or passes on a slot. */
import assert from 'node:assert/strict';
import { after, afterEach, before, describe, test } from 'node:test';
import type { RoomId } from '@parley/protocol';
import { openRedisBus, type RedisBus } from '../../../src/bus/redis/bus.ts';
import { room } from '../../support/records.ts';
import { RedisCluster } from '../../support/redis-cluster.ts';
import { redisSkip } from '../../support/redis-server.ts';
import { until } from '../../support/wait.ts';

/** So many that each server has the channels, or buckets, of some. */
const MANY = 60;
/** For tests in which a server fails; a machine that is only busy must not look like one. */
const FAST_PROBES = { probeIntervalMs: 50 };

describe('a bus over a Redis Cluster of three servers', { skip: redisSkip() }, () => {
  let redis: RedisCluster;
  let nodes: { readonly bus: RedisBus; readonly changes: string[] }[] = [];
  let deployments = 0;
  before(async () => {
    redis = await RedisCluster.start();
  });
  afterEach(async () => {
    await Promise.all(nodes.map(({ bus }) => bus.close()));
    nodes = [];
  });
  after(() => redis?.remove());

  /** Two nodes of a cluster of their own, and whether their buses have gone down and up. */
  const openBuses = async (probes: Partial<typeof FAST_PROBES> = {}) => {
    deployments += 1;
    for (const nodeId of ['one', 'other']) {
      const changes: string[] = [];
      const bus = await openRedisBus({
        ...{ url: redis.url, nodeId, deployment: `test ${deployments}` },
        ...probes,
        onDown: () => changes.push('down'),
        onUp: () => changes.push('up'),
        onFailed: () => changes.push('failed'),
        onDropped: (reason) => reason === 'foreign' && changes.push(reason),
        secrets: ['a secret that all nodes share'],
      });
      nodes.push({ bus, changes });
    }
    const [one, other] = nodes;
    assert(one !== undefined && other !== undefined);
    return { one: one.bus, other: other.bus, changes: other.changes };
  };

  /** Subscribes a bus to many rooms, and notes the rooms of which a message has arrived. */
  const subscribeTo = async (bus: RedisBus) => {
    const ids = Array.from({ length: MANY }, (_, index) => room(`room ${index}`).id);
    const received: RoomId[] = [];
    for (const id of ids) await bus.subscribe('room', id, () => received.push(id));
    return { ids, received };
  };

  const publishTo = (bus: RedisBus, ids: readonly RoomId[]): void => {
    for (const id of ids) bus.publish('room', id, { kind: 'gone' });
  };

  const messageCount = async (index: number): Promise<number> => {
    const info = await redis.ask(index, ['INFO', 'commandstats']);
    return Number(/spublish:calls=(\d+)/.exec(info)?.[1] ?? 0);
  };

  const untilUp = () =>
    until(() => nodes.every(({ bus }) => bus.isUp), 'the connections of all nodes');

  test('delivers the messages of each server once', async () => {
    const { one, other, changes } = await openBuses();
    const { ids, received } = await subscribeTo(other);

    publishTo(one, ids);

    await until(() => received.length >= ids.length, 'the messages');
    assert.deepEqual([...received].sort(), [...ids].sort());
    assert.deepEqual(changes, []);
    for (const index of redis.servers.keys()) assert((await messageCount(index)) > 0);
  });

  test('shares the buckets of each server between the nodes', async () => {
    const { one, other } = await openBuses();
    for (let index = 0; index < MANY; index += 1) {
      const bucket = { limit: 'posts', id: `user ${index}`, capacity: 3, windowMs: 60_000 };
      const lease = { ...bucket, tokens: 2, returned: 0 };
      assert.equal((await one.tokenLeases.lease(lease)).tokens, 2);
      assert.equal((await other.tokenLeases.lease(lease)).tokens, 1);
    }
  });

  for (const index of [0, 1, 2]) {
    test(`reports that server ${index} is down, and delivers again when it is back`, async () => {
      const { one, other, changes } = await openBuses(FAST_PROBES);
      const { ids, received } = await subscribeTo(other);
      let reconnections = 0;
      other.onReconnected(() => {
        reconnections += 1;
      });

      await redis.servers[index]?.stop();
      await until(() => !one.isUp && !other.isUp, 'the loss to be noticed');
      await redis.servers[index]?.start();
      await untilUp();
      await until(() => {
        publishTo(one, ids); // Servers that have just met again may disconnect nodes.
        return ids.every((id) => received.includes(id));
      }, 'messages of all rooms');

      assert.deepEqual(changes.slice(0, 2), ['down', 'up']);
      assert.equal(reconnections, changes.filter((change) => change === 'up').length);
    });

    test(`notices that server ${index} stays connected and answers nothing`, async () => {
      const { one, other } = await openBuses(FAST_PROBES);
      const { ids, received } = await subscribeTo(other);

      await redis.servers[index]?.freeze();
      await until(() => !one.isUp && !other.isUp, 'the silence to be noticed');
      await redis.servers[index]?.thaw();
      await untilUp();
      publishTo(one, ids);

      await until(() => ids.every((id) => received.includes(id)), 'messages of all rooms');
    });
  }

  const slotOf = async (name: string): Promise<number> =>
    Number(await redis.ask(0, ['CLUSTER', 'KEYSLOT', `parley:test ${deployments}:${name}`]));

  /** Moves a slot to a server that does not have it. */
  const move = (slot: number) => redis.moveSlot(slot, slot > 10_922 ? 0 : 2);

  test('delivers the messages of a slot that has moved to another server', async () => {
    const { one, other } = await openBuses();
    const { ids, received } = await subscribeTo(other);

    await move(await slotOf(`room:${ids[0]}`));

    await until(() => {
      publishTo(one, ids);
      return ids.every((id) => received.includes(id));
    }, 'messages of all rooms');
  });

  test('leases tokens of a slot that has moved to another server', async () => {
    const { one } = await openBuses();
    const bucket = { limit: 'posts', id: 'alice', capacity: 3, windowMs: 60_000 };
    const lease = () => one.tokenLeases.lease({ ...bucket, tokens: 2, returned: 0 });

    await move(await slotOf('limit:posts:alice'));

    await until(
      () =>
        lease().then(
          ({ tokens }) => tokens === 2,
          () => false,
        ),
      'a lease',
    );
  });
});
