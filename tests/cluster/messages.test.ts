/** Messages of clients on two nodes, while Redis works, stops and starts again. */
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { FlatClient } from '../../packages/server/test/support/flat-client.ts';
import { redisSkip } from '../../packages/server/test/support/redis-server.ts';
import { seededRandom } from '../../packages/server/test/support/seeded-random.ts';
import { postgresSkip } from '../../packages/server/test/support/test-database.ts';
import { checkHistory } from '../checker/check.ts';
import type { HistoryEntry } from '../checker/history.ts';
import type { NativePeer } from '../checker/native/native-peer.ts';
import { openWebSocketPeer } from '../checker/native/web-socket-peer.ts';
import { Traffic } from '../checker/traffic.ts';
import { type Account, openAccounts, settle, showAll, talk } from '../crash/clients.ts';
import { repetitions } from '../support/repetitions.ts';
import { TestCluster } from './test-cluster.ts';

const ACKNOWLEDGED = repetitions(60, 150);

describe('two nodes', { skip: redisSkip() || postgresSkip() }, () => {
  let cluster: TestCluster;
  let accounts: readonly Account[];
  before(async () => {
    cluster = await TestCluster.start(2);
    accounts = await openAccounts(cluster.urlOf(0));
  });
  after(() => cluster.close());

  /** Clients of all users, alternately on both nodes, with the room open. */
  const openPeers = async (roomName: string, history: HistoryEntry[]): Promise<NativePeer[]> => {
    const record = (entry: HistoryEntry) => void history.push(entry);
    const peers = accounts.map((account, index) =>
      openWebSocketPeer({ ...account, url: cluster.urlOf(index % 2), record }),
    );
    for (const peer of peers) await peer.join(roomName);
    return peers;
  };

  /** Stops the clients when everything has arrived, and judges what they have seen. */
  const judge = async (peers: readonly NativePeer[], history: HistoryEntry[]): Promise<void> => {
    await showAll(peers, accounts[0], cluster.urlOf(0), history);
    for (const peer of peers) peer.stop();
    assert.deepEqual(checkHistory(history), []);
  };

  test('deliver everything once, in one order', async () => {
    const history: HistoryEntry[] = [];
    const peers = await openPeers('lobby', history);

    await talk(peers, new Traffic(seededRandom(1)), 2 * ACKNOWLEDGED);

    await judge(peers, history);
  });

  test('deliver everything once while Redis is killed and starts again', async () => {
    const history: HistoryEntry[] = [];
    const traffic = new Traffic(seededRandom(2));
    const peers = await openPeers('ops', history);
    await talk(peers, traffic, ACKNOWLEDGED);

    await cluster.redis.stop();
    await cluster.untilBus('down');
    assert.deepEqual(await cluster.busOf(0), { state: 'down', delaySecondsMax: 1 });
    await talk(peers, traffic, ACKNOWLEDGED);
    await settle(peers); // From the store.
    await talk(peers, traffic, ACKNOWLEDGED);
    await cluster.redis.start();
    await talk(peers, traffic, ACKNOWLEDGED);
    await cluster.untilBus('up');
    await talk(peers, traffic, ACKNOWLEDGED);

    await judge(peers, history);
  });

  test('deliver everything once while Redis hangs', async () => {
    const history: HistoryEntry[] = [];
    const traffic = new Traffic(seededRandom(3));
    const peers = await openPeers('random', history);

    await cluster.redis.freeze();
    await talk(peers, traffic, ACKNOWLEDGED);
    await settle(peers);
    await cluster.untilBus('down');
    await cluster.redis.thaw();
    await talk(peers, traffic, ACKNOWLEDGED);
    await cluster.untilBus('up');

    await judge(peers, history);
  });

  test('deliver messages between dialects, in order', async () => {
    const [ann, ben] = accounts;
    assert(ann !== undefined && ben !== undefined);
    const history: HistoryEntry[] = [];
    const [sender, ...others] = await openPeers('dialects', history);
    const [roomId = ''] = [...(sender?.rooms.keys() ?? [])];
    const reader = new FlatClient(new URL(cluster.urlOf(1)), '/ws/chat', {
      headers: { authorization: `Bearer ${ben.token}` },
    });
    await reader.next('connected');
    await reader.joinChannel(roomId);

    const contents = Array.from({ length: 50 }, (_, index) => `message ${index}`);
    for (const content of contents) {
      sender?.send({ kind: 'message', roomId, clientMessageId: content, content });
    }
    await reader.next('new_message', contents.length);

    const received = reader.all('new_message').map((frame) => contentOf(frame));
    assert.deepEqual(received, contents);
    reader.close();
    await judge(
      [sender, ...others].filter((peer) => peer !== undefined),
      history,
    );
  });
});

function contentOf(frame: object): unknown {
  return (frame as { readonly message?: { readonly content?: unknown } }).message?.content;
}
