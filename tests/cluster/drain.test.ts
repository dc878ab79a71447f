/** A node that is stopped moves its clients to another node, and nothing is lost. */
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { Account } from '../../packages/server/test/support/account.ts';
import { runAlone } from '../../packages/server/test/support/parley-command.ts';
import { redisSkip } from '../../packages/server/test/support/redis-server.ts';
import { seededRandom } from '../../packages/server/test/support/seeded-random.ts';
import { temporaryDirectory } from '../../packages/server/test/support/temporary-directory.ts';
import { postgresSkip } from '../../packages/server/test/support/test-database.ts';
import { until } from '../../packages/server/test/support/wait.ts';
import { checkHistory } from '../checker/check.ts';
import type { HistoryEntry } from '../checker/history.ts';
import { openWebSocketPeer } from '../checker/native/web-socket-peer.ts';
import { Traffic } from '../checker/traffic.ts';
import { openAccounts, showAll, talk, talkUntil } from '../crash/clients.ts';
import { TestCluster } from './test-cluster.ts';

const SERVICE_RESTART = 1012;
const RECONNECT_SPREAD_MS = 1000;

describe('a node that is stopped', { skip: redisSkip() || postgresSkip() }, () => {
  let cluster: TestCluster;
  before(async () => {
    cluster = await TestCluster.start(2);
  });
  after(() => cluster.close());

  test('moves its clients to another node under traffic, without a loss', async () => {
    const node = await cluster.startNode({ DRAIN_MS: '1000' });
    const accounts = await openAccounts(node.url);
    const history: HistoryEntry[] = [];
    const record = (entry: HistoryEntry) => void history.push(entry);
    // Like a proxy: to the drained node as long as it accepts connections.
    const url = () => (isDraining ? cluster.urlOf(0) : node.url);
    let isDraining = false;
    const peers = accounts.map((account) => openWebSocketPeer({ ...account, url, record }));
    for (const peer of peers) await peer.join('lobby');
    const traffic = new Traffic(seededRandom(4));
    await talk(peers, traffic, 100);

    isDraining = true;
    let hasEnded = false;
    const stopping = node.stop().then(() => {
      hasEnded = true;
    });
    await talkUntil(peers, traffic, () => hasEnded);
    await stopping;
    await talk(peers, traffic, 100);

    await showAll(peers, accounts[0], cluster.urlOf(0), history);
    for (const peer of peers) peer.stop();
    assert.deepEqual(checkHistory(history), []);
  });

  test('announces its end, and its users stay online', async () => {
    const directory = temporaryDirectory();
    const node = await cluster.startNode({ DRAIN_MS: '500', DATA_DIR: directory });
    const alice = await Account.signUp(node.url, 'alice');
    const socket = await alice.connect();
    const { roomId } = await socket.joinRoom({ roomName: 'ops' });
    const observer = await (await Account.signUp(cluster.urlOf(1), 'bob')).connect();
    await observer.joinRoom({ roomName: 'ops' });
    await until(
      async () => (await observer.ask('get_members', { roomId }, 'member_list')).memberCount === 2,
      'the members of both nodes',
    );

    const draining = runAlone(['drain'], { DATA_DIR: directory });

    const { retryAfterMs } = await socket.next('server_draining');
    assert(retryAfterMs >= 0 && retryAfterMs <= RECONNECT_SPREAD_MS);
    const { code, reason } = await socket.closed;
    assert.equal(code, SERVICE_RESTART);
    assert.match(reason, /^Retry-After: [12]$/);
    const again = await Account.logIn(cluster.urlOf(0), 'alice');
    const moved = await again.connect();
    await moved.joinRoom({ roomName: 'ops' });
    assert.match((await draining).stdout, /has ended/);
    assert.equal(node.isRunning, false);
    await observer.settled();
    const seenOffline = observer.ofType('presence_update').filter(({ isOnline }) => !isOnline);
    assert.deepEqual(seenOffline, []);
    moved.terminate();
    observer.terminate();
  });
});
