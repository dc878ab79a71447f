/**
 * Three nodes behind a proxy are drained and replaced one after the other under the traffic of
 * clients of all dialects: none of them loses, misses or repeats anything.
 */
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { Account } from '../../packages/server/test/support/account.ts';
import { findFreePort } from '../../packages/server/test/support/free-port.ts';
import { runAlone } from '../../packages/server/test/support/parley-command.ts';
import { redisSkip } from '../../packages/server/test/support/redis-server.ts';
import { seededRandom } from '../../packages/server/test/support/seeded-random.ts';
import { temporaryDirectory } from '../../packages/server/test/support/temporary-directory.ts';
import { postgresSkip } from '../../packages/server/test/support/test-database.ts';
import type { TestSocket } from '../../packages/server/test/support/test-socket.ts';
import { until } from '../../packages/server/test/support/wait.ts';
import { ClusterProxy } from '../../scripts/cluster/proxy.ts';
import { checkHistory } from '../checker/check.ts';
import type { HistoryEntry } from '../checker/history.ts';
import { Traffic } from '../checker/traffic.ts';
import { openAccounts, openPeers, showAll, talk, talkUntil } from '../crash/clients.ts';
import type { ParleyProcess } from '../support/parley-process.ts';
import { openChannel } from './dialects/flat.ts';
import { openSocketIo } from './dialects/socketio.ts';
import type { DialectClient } from './dialects/transcript.ts';
import { TestCluster } from './test-cluster.ts';

const NODES = 3;
const RECONNECT_SPREAD_MS = 1000;
/** Connections without traffic, whose hints to reconnect are compared. */
const IDLE = 12;
const SAYING_MS = 50;

/** A node whose process is replaced by another one on the same port. */
interface Place {
  readonly settings: Readonly<Record<string, string>>;
  process: ParleyProcess;
}

describe('three nodes that are replaced one after the other', {
  skip: redisSkip() || postgresSkip(),
}, () => {
  let cluster: TestCluster;
  let proxy: ClusterProxy;
  const places: Place[] = [];
  before(async () => {
    // Its node only creates the database.
    cluster = await TestCluster.start(1, { TRUST_PROXY: '127.0.0.1' });
    for (let index = 0; index < NODES; index += 1) {
      const PORT = String(await findFreePort());
      const settings = { PORT, DATA_DIR: temporaryDirectory(), DRAIN_MS: '1000' };
      places.push({ settings, process: await cluster.startNode(settings) });
    }
    proxy = await ClusterProxy.start(places.map(({ process }) => process.url));
  });
  after(async () => {
    await proxy?.close();
    for (const place of places) await place.process.kill();
    await cluster?.close();
  });

  /** By the command on one node, by the signal on the others. */
  const drain = async ({ settings, process }: Place, isByCommand: boolean): Promise<void> => {
    if (!isByCommand) return process.stop();
    const { code, stderr } = await runAlone(['drain'], settings);
    assert.equal(code, 0, stderr);
  };

  test('keep every promise to the clients of all dialects', async () => {
    const accounts = await openAccounts(proxy.url);
    const history: HistoryEntry[] = [];
    const record = (entry: HistoryEntry) => void history.push(entry);
    const peers = await openPeers(() => proxy.url, accounts, ['lobby'], history);
    const [roomId = ''] = peers[0]?.rooms.keys() ?? [];
    const others: DialectClient[] = [];
    for (const account of accounts) {
      const options = { url: proxy.url, account, roomId, record };
      others.push(await openChannel(options));
      others.push(await openSocketIo({ ...options, transport: 'websocket' }));
      others.push(await openSocketIo({ ...options, transport: 'polling' }));
    }
    const traffic = new Traffic(seededRandom(6));
    const saying = setInterval(() => {
      for (const client of others) if (client.pending === '') client.say();
    }, SAYING_MS);

    for (const [index, place] of places.entries()) {
      await talk(peers, traffic, 100);
      let hasEnded = false;
      const draining = drain(place, index === 0).finally(() => {
        hasEnded = true;
      });
      await talkUntil(peers, traffic, () => hasEnded);
      await draining;
      assert.equal(place.process.isRunning, false);
      place.process = await cluster.startNode(place.settings);
    }
    await talk(peers, traffic, 100);

    clearInterval(saying);
    await until(() => others.every(({ pending }) => pending === ''), 'all answers');
    await showAll(peers, accounts[0], proxy.url, history);
    const judge = () => others.flatMap((client) => client.judge(history));
    await until(() => judge().length === 0, 'all messages in all dialects').catch(() => {});
    for (const client of [...peers.map((peer) => ({ close: () => peer.stop() })), ...others]) {
      client.close();
    }
    assert.deepEqual([...checkHistory(history), ...judge()], []);
  });

  test('tell their clients different times to reconnect, within a second', async () => {
    const [place] = places;
    assert(place !== undefined);
    const user = await Account.signUp(place.process.url, 'idle');
    const sockets: TestSocket[] = [];
    for (let index = 0; index < IDLE; index += 1) sockets.push(await user.connect());

    const stopping = place.process.stop();
    const hints = await Promise.all(
      sockets.map(async (socket) => (await socket.next('server_draining')).retryAfterMs),
    );
    await Promise.all(sockets.map((socket) => socket.closed));
    await stopping;

    assert.equal(new Set(hints).size, IDLE);
    for (const hint of hints) assert(hint >= 0 && hint < RECONNECT_SPREAD_MS);
    assert(Math.max(...hints) - Math.min(...hints) > RECONNECT_SPREAD_MS / 2);
  });
});
