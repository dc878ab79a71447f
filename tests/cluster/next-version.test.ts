/**
 * A node beside one of a later version, whose messages have kinds and fields that it does not know.
 * The owners of rooms take part with `PARLEY_TEST_CLUSTER_CASSANDRA=1`, because a Cassandra takes
 * long to start.
 */
import assert from 'node:assert/strict';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import pg from 'pg';
import { createClient } from 'redis';
import { Seal } from '../../packages/server/src/bus/redis/seal.ts';
import { Account } from '../../packages/server/test/support/account.ts';
import {
  CassandraCluster,
  cassandraSkip,
} from '../../packages/server/test/support/cassandra-server.ts';
import { FlatClient } from '../../packages/server/test/support/flat-client.ts';
import { ADDED } from '../../packages/server/test/support/later-version.ts';
import { redisSkip } from '../../packages/server/test/support/redis-server.ts';
import { seededRandom } from '../../packages/server/test/support/seeded-random.ts';
import { SocketIoClient, tokenOf } from '../../packages/server/test/support/socketio-client.ts';
import { postgresSkip } from '../../packages/server/test/support/test-database.ts';
import { until } from '../../packages/server/test/support/wait.ts';
import { checkHistory } from '../checker/check.ts';
import type { HistoryEntry } from '../checker/history.ts';
import { Traffic } from '../checker/traffic.ts';
import { openAccounts, openPeers, showAll, talk } from '../crash/clients.ts';
import type { ParleyProcess } from '../support/parley-process.ts';
import { watchHandovers } from './handovers.ts';
import { TestCluster } from './test-cluster.ts';

const LATER_VERSION = join(import.meta.dirname, 'later-version-node.ts');
const ACKNOWLEDGED = 100;

describe('a node beside one of a later version', { skip: redisSkip() || postgresSkip() }, () => {
  let cluster: TestCluster;
  let later: ParleyProcess;
  let client: ReturnType<typeof newClient>;
  const newClient = () => createClient({ url: cluster.redis.url });
  before(async () => {
    cluster = await TestCluster.start(1);
    later = await startLater(cluster);
    client = newClient();
    await client.connect();
  });
  after(async () => {
    client?.destroy();
    await later?.kill();
    await cluster?.close();
  });

  test('reads what it knows of its messages, and ignores the rest', async () => {
    const alice = await (await Account.signUp(cluster.urlOf(0), 'alice')).connect();
    const { roomId, epoch } = await alice.joinRoom({ roomName: 'lobby' });
    const bob = await Account.signUp(cluster.urlOf(0), 'bob');
    let channels: string[] = [];
    let own = '';
    await until(async () => {
      channels = await client.pubSubShardChannels();
      own = channels.find((name) => name.endsWith(`:room:${roomId}`)) ?? '';
      return own !== '';
    }, 'the channel of the room');
    const deployment = own.split(':')[1];
    const seal = new Seal(['the secret of the tokens of this cluster']);
    const publish = (channel: string, message: object) =>
      client.sPublish(
        channel,
        seal.seal(
          channel,
          JSON.stringify({ version: 2, deployment, node: 'later', trace: 'added', message }),
        ),
      );

    for (const channel of channels) {
      await client.sPublish(channel, '{not JSON');
      await client.sPublish(channel, JSON.stringify({ version: 2, deployment, node: 'later' }));
      await publish(channel, { kind: 'unknown', of: { a: 'later version' } });
      await publish(channel, { kind: 'presence', change: { kind: 'unknown', version: 1 } });
      await publish(channel, { kind: 'event', event: laterEvent(roomId, epoch) });
    }
    await publish(own, {
      kind: 'typing',
      userId: bob.userId,
      username: 'bob',
      isTyping: true,
      device: 'an added field',
    });

    await until(
      () => alice.ofType('user_typing').some(({ username }) => username === 'bob'),
      'the typing indicator',
    );
    const { sequence } = await alice.sendMessage({ roomId, content: 'still here' });
    assert.equal(sequence, 1);
    assert.deepEqual(await cluster.busOf(0), { state: 'up' });
    alice.terminate();
  });

  test('delivers everything once and in one order with it', () =>
    assertPromisesKept([cluster.urlOf(0), later.url]));

  test('shows its users, and no field that it does not know', async () => {
    const alice = await (await Account.signUp(cluster.urlOf(0), 'alice')).connect();
    const { roomId } = await alice.joinRoom({ roomName: 'signals' });
    const bob = await (await Account.signUp(later.url, 'bob')).connect();
    await bob.joinRoom({ roomId });
    bob.send('set_presence', { status: 'busy', statusText: 'at work' });
    bob.send('user_typing', { roomId, isTyping: true });
    const { id: messageId } = await bob.sendMessage({ roomId, content: 'hello' });
    bob.send('add_reaction', { roomId, messageId, emoji: '👍' });
    await alice.sendMessage({ roomId, content: 'hello, bob' });
    bob.send('mark_read', { roomId, sequence: 3 });

    for (const type of ['user_typing', 'presence_update', 'reaction_added', 'read_position']) {
      await until(() => alice.frames.some((frame) => frame.type === type), type);
    }
    assert.equal(JSON.stringify(alice.frames).includes(ADDED), false);
    for (const socket of [alice, bob]) socket.terminate();
  });

  test('does not show an event of an unknown kind in the log, whose sequence stays', async () => {
    const alice = await Account.signUp(cluster.urlOf(0), 'alice');
    const socket = await alice.connect();
    const { roomId, epoch } = await socket.joinRoom({ roomName: 'polls' });
    const { id: messageId } = await socket.sendMessage({ roomId, content: 'which one?' });
    await socket.ask('edit_message', { roomId, messageId, content: 'a poll' });
    await socket.ask('add_reaction', { roomId, messageId, emoji: '👍' });
    await socket.sendMessage({ roomId, content: 'the last one' });
    socket.terminate();
    const database = new pg.Client(cluster.databaseUrl);
    await database.connect();
    await database.query("UPDATE room_events SET kind = 'poll' WHERE kind = 'edit'");
    await database.end();

    // The other node has nothing of the room in memory.
    const { url } = later;
    const server = { url, host: new URL(url).host };
    const native = await (await Account.logIn(url, 'alice')).connect();
    const position = { lastSequence: 1, epoch };
    const { events, history, headSequence } = await native.joinRoom({ roomId, ...position });
    assert.deepEqual(
      events.map(({ type }) => type),
      ['reaction_added'],
    );
    assert.deepEqual(
      history.map(({ content }) => content),
      ['the last one'],
    );
    assert.equal(headSequence, 4);

    const flat = await FlatClient.connectAs(server as never, alice);
    const joined = await flat.joinChannel(roomId, position);
    assert.equal(joined['headSequence'], 4);
    assert.deepEqual(flat.frames.map(({ type }) => type).includes('message_edited'), false);
    assert.equal(flat.all('new_message').length, 1);

    const socketIo = new SocketIoClient(server, { auth: { token: await tokenOf(alice) } });
    await socketIo.open();
    assert.equal((await socketIo.joinRoom(roomId, position)).headSequence, 4);
    assert.deepEqual(
      socketIo.received.map(({ name }) => name).filter((name) => name.startsWith('message:')),
      ['message:history'],
    );

    await native.sendMessage({ roomId, content: 'and on' });
    await flat.next('new_message', 2);
    await socketIo.next('message:new');
    native.terminate();
    for (const client of [flat, socketIo]) client.close();
  });
});

const skipOwners =
  process.env['PARLEY_TEST_CLUSTER_CASSANDRA'] === '1'
    ? cassandraSkip() || redisSkip() || postgresSkip()
    : 'set PARLEY_TEST_CLUSTER_CASSANDRA=1';

describe('a node with a Cassandra beside one of a later version', { skip: skipOwners }, () => {
  let cassandra: CassandraCluster;
  let cluster: TestCluster;
  before(async () => {
    cassandra = await CassandraCluster.start();
    cluster = await TestCluster.start(1, { CASSANDRA_URL: cassandra.url('parley_later') });
  });
  after(async () => {
    await cluster?.close();
    await cassandra?.remove();
  });

  test('hands messages over to it, and commits those that it hands over', async () => {
    const later = await startLater(cluster);
    const handovers = await watchHandovers(cluster.redis.url);
    // In some of the rooms each of the nodes is the owner.
    const rooms = ['one', 'two', 'three', 'four', 'five', 'six', 'seven', 'eight'];
    await assertPromisesKept([cluster.urlOf(0), later.url], rooms);
    const counts = handovers.end();
    assert.equal(counts.size, 2, `only ${counts.size} of two nodes handed messages over`);
    await later.kill();
  });
});

function startLater(cluster: TestCluster): Promise<ParleyProcess> {
  return cluster.startNode({ NODE_OPTIONS: `--import=${LATER_VERSION}` });
}

/** Clients on all these nodes talk in the rooms; then what they have seen is judged. */
async function assertPromisesKept(
  urls: readonly string[],
  rooms: readonly string[] = ['lobby'],
): Promise<void> {
  const [first = ''] = urls;
  const accounts = await openAccounts(first);
  const history: HistoryEntry[] = [];
  const urlOf = (index: number): string => urls[index % urls.length] ?? first;
  const peers = await openPeers(urlOf, accounts, rooms, history);
  await talk(peers, new Traffic(seededRandom(3)), ACKNOWLEDGED);
  await showAll(peers, accounts[0], first, history);
  for (const peer of peers) peer.stop();
  assert.deepEqual(checkHistory(history), []);
}

/** An event far above the store's head: it is not delivered. */
function laterEvent(roomId: string, epoch: string): object {
  return { kind: 'unknown', roomId, sequence: 1000, ordinal: 0, atMs: 0, epoch };
}
