/** Clients that reach the nodes of a cluster through one address. */
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { Account } from '../../packages/server/test/support/account.ts';
import { redisSkip } from '../../packages/server/test/support/redis-server.ts';
import { SocketIoClient, tokenOf } from '../../packages/server/test/support/socketio-client.ts';
import { postgresSkip } from '../../packages/server/test/support/test-database.ts';
import type { TestSocket } from '../../packages/server/test/support/test-socket.ts';
import { until } from '../../packages/server/test/support/wait.ts';
import { ClusterProxy } from '../../scripts/cluster/proxy.ts';
import { TestCluster } from './test-cluster.ts';

describe('a cluster behind a proxy', { skip: redisSkip() || postgresSkip() }, () => {
  let cluster: TestCluster;
  let proxy: ClusterProxy;
  before(async () => {
    cluster = await TestCluster.start(2, { TRUST_PROXY: '127.0.0.1' });
    proxy = await ClusterProxy.start(cluster.nodes.map(({ url }) => url));
  });
  after(async () => {
    await proxy.close();
    await cluster.close();
  });

  const connectionCounts = () =>
    Promise.all(
      cluster.nodes.map(async ({ url }) => {
        const answer = await fetch(`${url}/health`);
        const { connections } = (await answer.json()) as { connections: { total: number } };
        return connections.total;
      }),
    );

  test('accepts a session on every node, and distributes the connections', async () => {
    const alice = await Account.signUp(proxy.url, 'alice');
    const sockets: TestSocket[] = [];
    await until(async () => {
      sockets.push(await alice.connect());
      return !(await connectionCounts()).includes(0);
    }, 'a connection to each node');

    for (const socket of sockets) socket.terminate();
    await until(async () => (await connectionCounts()).join() === '0,0', 'the connections to end');
  });

  test('serves Socket.IO clients that only poll, also across nodes', async () => {
    const connect = async (username: string): Promise<SocketIoClient> => {
      const auth = { token: await tokenOf(await Account.signUp(proxy.url, username)) };
      const client = new SocketIoClient(proxy, { transports: ['polling'], auth });
      await client.open();
      return client;
    };
    const [ann, ben] = [await connect('ann'), await connect('ben')];
    const { roomId } = await ann.joinRoom('lobby');
    await ben.joinRoom(roomId);

    const contents = Array.from({ length: 20 }, (_, index) => `message ${index}`);
    for (const content of contents) await ann.sendMessage(roomId, content);

    await ben.next('message:new', contents.length);
    assert.deepEqual(ben.texts, contents);
    ann.close();
    ben.close();
  });

  test('goes on when a node is killed', async () => {
    await cluster.nodes[1]?.kill();

    for (let count = 0; count < 4; count += 1) {
      assert.equal((await fetch(`${proxy.url}/health`)).status, 200);
    }
    const carol = await Account.signUp(proxy.url, 'carol');
    const socket = await carol.connect();
    const { roomId } = await socket.joinRoom({ roomName: 'lobby' });
    await socket.sendMessage({ roomId, content: 'still here' });
    socket.terminate();
  });
});
