/** Socket.IO clients on several nodes: the bus and the streams of the domain connect them. */
import assert from 'node:assert/strict';
import { after, afterEach, before, describe, test } from 'node:test';
import { Account } from '../../packages/server/test/support/account.ts';
import { redisSkip } from '../../packages/server/test/support/redis-server.ts';
import {
  SocketIoClient,
  type SocketIoMessage,
  type Transports,
  tokenOf,
} from '../../packages/server/test/support/socketio-client.ts';
import { postgresSkip } from '../../packages/server/test/support/test-database.ts';
import { until } from '../../packages/server/test/support/wait.ts';
import { TestCluster } from './test-cluster.ts';

const MESSAGE_COUNT = 30;

describe('Socket.IO clients of two nodes', { skip: redisSkip() || postgresSkip() }, () => {
  let cluster: TestCluster;
  const clients: SocketIoClient[] = [];
  before(async () => {
    cluster = await TestCluster.start(2);
  });
  afterEach(() => {
    for (const client of clients.splice(0)) client.close();
  });
  after(() => cluster.close());

  const connect = async (
    node: number,
    username: string,
    transports: Transports = ['websocket'],
  ): Promise<SocketIoClient> => {
    const url = cluster.urlOf(node);
    const auth = { token: await tokenOf(await Account.signUp(url, username)) };
    const client = new SocketIoClient({ url }, { auth, transports, reconnection: true });
    clients.push(client);
    await client.open();
    return client;
  };

  /** Loses the connection of a client, which connects to this node from then on. */
  const move = async (client: SocketIoClient, node: number): Promise<void> => {
    const { io } = client.socket as unknown as { readonly io: { uri: string } };
    const ends = client.ends.length;
    io.uri = cluster.urlOf(node);
    client.socket.io.engine.close();
    await until(() => client.ends.length > ends && client.socket.connected, 'the new connection');
  };

  test('receive every event once, also while Redis is killed and starts again', async () => {
    const [ann, ben] = [await connect(0, 'ann'), await connect(1, 'ben')];
    const cleo = await connect(1, 'cleo', ['polling']);
    const { roomId } = await ann.joinRoom('lobby');
    for (const client of [ben, cleo]) await client.joinRoom(roomId);

    const contents = Array.from({ length: MESSAGE_COUNT }, (_, index) => `message ${index}`);
    for (const [index, content] of contents.entries()) {
      if (index === MESSAGE_COUNT / 3) await cluster.redis.stop();
      if (index === (MESSAGE_COUNT / 3) * 2) await cluster.redis.start();
      await (index % 2 === 0 ? ann : ben).sendMessage(roomId, content);
    }

    for (const client of [ann, ben, cleo]) {
      await client.next('message:new', MESSAGE_COUNT);
      assert.deepEqual(client.texts, contents);
    }
    await cluster.untilBus('up');
  });

  test('recover on another node, and again on the first one', async () => {
    const [ann, ben] = [await connect(0, 'anna'), await connect(1, 'benno')];
    const { roomId } = await ann.joinRoom('moves');
    await ben.joinRoom(roomId);
    const received: string[] = [];
    for (const [index, node] of [1, 0, 1, 0].entries()) {
      await ben.sendMessage(roomId, `before ${index}`);
      await ann.next('message:new', received.push(`before ${index}`));
      await move(ann, node);
      await ben.sendMessage(roomId, `after ${index}`);
      await ann.next('message:new', received.push(`after ${index}`));
      assert.equal(ann.socket.recovered, true);
    }
    assert.deepEqual(ann.texts, received);
  });

  test('are told to start over if another node cannot know their rooms', async () => {
    const [ann, ben] = [await connect(0, 'annika'), await connect(1, 'bengt')];
    const { roomId, epoch } = await ann.joinRoom('first');
    await ann.joinRoom('second');
    await ben.joinRoom(roomId);
    await ben.sendMessage(roomId, 'known');
    const { sequence: lastSequence } = await ann.next<SocketIoMessage>('message:new');

    await move(ann, 1);
    assert.equal(ann.socket.recovered, false);
    await ben.sendMessage(roomId, 'missed');
    await ann.joinRoom(roomId, { lastSequence, epoch });
    await ben.sendMessage(roomId, 'later');

    await ann.next('message:new', 2);
    assert.deepEqual(ann.texts, ['known', 'later']);
    const missed = ann.all<{ readonly messages: SocketIoMessage[] }>('message:history').at(-1);
    assert.deepEqual(
      missed?.messages.map(({ content }) => content),
      ['missed'],
    );
  });
});
