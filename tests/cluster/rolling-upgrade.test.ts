/**
 * The nodes behind a proxy are drained and replaced one after the other under the traffic of
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
import { openAccounts, openPeers, showAll, talk } from '../crash/clients.ts';
import type { ParleyProcess } from '../support/parley-process.ts';
import { repetitions } from '../support/repetitions.ts';
import { openChannel } from './dialects/flat.ts';
import { openSocketIo } from './dialects/socketio.ts';
import type { DialectClient } from './dialects/transcript.ts';
import { TestCluster } from './test-cluster.ts';

const NODES = repetitions(2, 3);
const SERVICE_RESTART = 1012;
const RECONNECT_SPREAD_MS = 1000;
/** Users with a client of each dialect, beside the native clients of all. */
const OTHERS = repetitions(1, 4);
/** Connections without traffic, whose hints to reconnect are compared. */
const IDLE = 12;
const SAYING_MS = 50;

/** A node whose process is replaced by another one on the same port. */
interface Place {
  readonly settings: Readonly<Record<string, string>>;
  process: ParleyProcess;
}

describe(`${NODES} nodes behind a proxy`, { skip: redisSkip() || postgresSkip() }, () => {
  let cluster: TestCluster;
  let proxy: ClusterProxy;
  const places: Place[] = [];
  before(async () => {
    cluster = await TestCluster.start(0, { TRUST_PROXY: '127.0.0.1' });
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

  const drain = async ({ settings, process }: Place): Promise<void> => {
    const { code, stdout, stderr } = await runAlone(['drain'], settings);
    assert.equal(code, 0, stderr);
    assert.match(stdout, /has ended/);
    assert.equal(process.isRunning, false);
  };

  test('keep every promise to the clients of all dialects while they are replaced in turn', async () => {
    const accounts = await openAccounts(proxy.url);
    const history: HistoryEntry[] = [];
    const record = (entry: HistoryEntry) => void history.push(entry);
    const peers = await openPeers(() => proxy.url, accounts, ['lobby'], history);
    const [roomId = ''] = peers[0]?.rooms.keys() ?? [];
    const others: DialectClient[] = [];
    for (const account of accounts.slice(0, OTHERS)) {
      const options = { url: proxy.url, account, roomId, record };
      others.push(await openChannel(options));
      others.push(await openSocketIo({ ...options, transport: 'websocket' }));
      others.push(await openSocketIo({ ...options, transport: 'polling' }));
    }
    const traffic = new Traffic(seededRandom(6));
    const saying = setInterval(() => {
      for (const client of others) if (client.pending === '') client.say();
      for (const peer of peers) if (peer.isIdle) peer.send(traffic.next(peer));
    }, SAYING_MS);

    for (const [index, place] of places.entries()) {
      // Commands are still in flight when the end of the node begins.
      await talk(peers, traffic, 50);
      await (index === 0 ? drain(place) : place.process.stop());
      place.process = await cluster.startNode(place.settings);
    }
    await talk(peers, traffic, 50);

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

  test('tell their clients different times to reconnect, within a second, and users stay online', async () => {
    const [place, other] = places;
    assert(place !== undefined && other !== undefined);
    const user = await Account.signUp(place.process.url, 'idle');
    const sockets: TestSocket[] = [];
    for (let index = 0; index < IDLE; index += 1) sockets.push(await user.connect());
    await sockets[0]?.joinRoom({ roomName: 'ops' });
    const observer = await (await Account.signUp(other.process.url, 'bob')).connect();
    const { roomId } = await observer.joinRoom({ roomName: 'ops' });
    await until(
      async () => (await observer.ask('get_members', { roomId }, 'member_list')).memberCount === 2,
      'the members of both nodes',
    );

    const draining = drain(place);
    const hints = await Promise.all(
      sockets.map(async (socket) => (await socket.next('server_draining')).retryAfterMs),
    );
    const ends = await Promise.all(sockets.map((socket) => socket.closed));
    const restarts = ends.filter(({ code }) => code === SERVICE_RESTART);
    // The first wave: for the last one, the server may already be closing.
    assert(restarts.length >= IDLE / 2, JSON.stringify(ends));
    for (const { reason } of restarts) assert.match(reason, /^Retry-After: [12]$/);
    const moved = await (await Account.logIn(other.process.url, 'idle')).connect();
    await moved.joinRoom({ roomId });
    await draining;

    assert.equal(new Set(hints).size, IDLE);
    for (const hint of hints) assert(hint >= 0 && hint < RECONNECT_SPREAD_MS);
    assert(Math.max(...hints) - Math.min(...hints) > RECONNECT_SPREAD_MS / 2);
    await observer.settled();
    const seenOffline = observer.ofType('presence_update').filter(({ isOnline }) => !isOnline);
    assert.deepEqual(seenOffline, []);
    for (const socket of [moved, observer]) socket.terminate();
  });

  test('leave their users to the last one when the others are killed', async () => {
    for (const { process } of places.slice(0, -1)) await process.kill();

    for (let count = 0; count < NODES; count += 1) {
      assert.equal((await fetch(`${proxy.url}/health`)).status, 200);
    }
    const carol = await Account.signUp(proxy.url, 'carol');
    const socket = await carol.connect();
    const { roomId } = await socket.joinRoom({ roomName: 'lobby' });
    await socket.sendMessage({ roomId, content: 'still here' });
    socket.terminate();
  });
});
