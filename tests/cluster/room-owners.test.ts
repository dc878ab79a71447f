/**
 * Two nodes that write to one room whose messages are in Cassandra, while Redis works, stops and
 * starts again. Runs with `PARLEY_TEST_CLUSTER_CASSANDRA=1`, because a Cassandra takes long to start.
 */
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import {
  CassandraCluster,
  cassandraSkip,
} from '../../packages/server/test/support/cassandra-server.ts';
import { redisSkip } from '../../packages/server/test/support/redis-server.ts';
import { seededRandom } from '../../packages/server/test/support/seeded-random.ts';
import { postgresSkip } from '../../packages/server/test/support/test-database.ts';
import { checkHistory } from '../checker/check.ts';
import type { HistoryEntry } from '../checker/history.ts';
import type { NativePeer } from '../checker/native/native-peer.ts';
import { openWebSocketPeer } from '../checker/native/web-socket-peer.ts';
import { Traffic } from '../checker/traffic.ts';
import { type Account, openAccounts, settle, showAll, talk } from '../crash/clients.ts';
import { watchHandovers } from './handovers.ts';
import { TestCluster } from './test-cluster.ts';

const ACKNOWLEDGED = 150;
const skip =
  process.env['PARLEY_TEST_CLUSTER_CASSANDRA'] === '1'
    ? cassandraSkip() || redisSkip() || postgresSkip()
    : 'set PARLEY_TEST_CLUSTER_CASSANDRA=1';

describe('two nodes with a Cassandra', { skip }, () => {
  let cassandra: CassandraCluster;
  let cluster: TestCluster;
  let accounts: readonly Account[];
  before(async () => {
    cassandra = await CassandraCluster.start();
    cluster = await TestCluster.start(2, { CASSANDRA_URL: cassandra.url('parley_owners') });
    accounts = await openAccounts(cluster.urlOf(0));
  });
  after(async () => {
    await cluster?.close();
    await cassandra?.remove();
  });

  test('hand messages over, and deliver everything once, also while Redis is down', async () => {
    const history: HistoryEntry[] = [];
    const traffic = new Traffic(seededRandom(1));
    const handovers = await watchHandovers(cluster.redis.url);
    const peers: NativePeer[] = [];
    for (const [index, account] of accounts.entries()) {
      const record = (entry: HistoryEntry) => void history.push(entry);
      const peer = openWebSocketPeer({ ...account, url: cluster.urlOf(index % 2), record });
      await peer.join('lobby');
      peers.push(peer);
    }

    await talk(peers, traffic, 2 * ACKNOWLEDGED);
    const handedOver = handovers.end();
    await cluster.redis.stop();
    await cluster.untilBus('down');
    await talk(peers, traffic, ACKNOWLEDGED);
    await settle(peers);
    await cluster.redis.start();
    await cluster.untilBus('up');
    await talk(peers, traffic, ACKNOWLEDGED);

    await showAll(peers, accounts[0], cluster.urlOf(0), history);
    for (const peer of peers) peer.stop();
    assert.deepEqual(checkHistory(history), []);
    assert(handedOver.size > 0, 'no message was handed over');
  });
});
