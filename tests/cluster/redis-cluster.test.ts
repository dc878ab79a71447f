/** Messages of clients on two nodes over a Redis Cluster, one of whose servers stops and starts again. */
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { RedisCluster } from '../../packages/server/test/support/redis-cluster.ts';
import { redisSkip } from '../../packages/server/test/support/redis-server.ts';
import { seededRandom } from '../../packages/server/test/support/seeded-random.ts';
import { postgresSkip } from '../../packages/server/test/support/test-database.ts';
import { checkHistory } from '../checker/check.ts';
import type { HistoryEntry } from '../checker/history.ts';
import { openWebSocketPeer } from '../checker/native/web-socket-peer.ts';
import { Traffic } from '../checker/traffic.ts';
import { openAccounts, settle, showAll, talk } from '../crash/clients.ts';
import { TestCluster } from './test-cluster.ts';

const ACKNOWLEDGED = 100;

describe('two nodes over a Redis Cluster', { skip: redisSkip() || postgresSkip() }, () => {
  let redis: RedisCluster;
  let cluster: TestCluster;
  before(async () => {
    redis = await RedisCluster.start();
    cluster = await TestCluster.start(2, { REDIS_URL: redis.url });
  });
  after(async () => {
    await cluster?.close();
    await redis?.remove();
  });

  test('deliver everything once while one of its servers is killed and starts again', async () => {
    const accounts = await openAccounts(cluster.urlOf(0));
    const traffic = new Traffic(seededRandom(4));
    const history: HistoryEntry[] = [];
    const record = (entry: HistoryEntry) => void history.push(entry);
    const peers = accounts.map((account, index) =>
      openWebSocketPeer({ ...account, url: cluster.urlOf(index % 2), record }),
    );
    for (const peer of peers) await peer.join('lobby');
    await cluster.untilBus('up');
    await talk(peers, traffic, ACKNOWLEDGED);

    const [, server] = redis.servers;
    await server?.stop();
    await cluster.untilBus('down');
    await talk(peers, traffic, ACKNOWLEDGED);
    await settle(peers); // From the store.
    await server?.start();
    await talk(peers, traffic, ACKNOWLEDGED);
    await cluster.untilBus('up');
    await talk(peers, traffic, ACKNOWLEDGED);

    await showAll(peers, accounts[0], cluster.urlOf(0), history);
    for (const peer of peers) peer.stop();
    assert.deepEqual(checkHistory(history), []);
  });
});
