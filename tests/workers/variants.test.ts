/** Worker processes with TLS, with PostgreSQL, and as nodes of a cluster. */
import assert from 'node:assert/strict';
import { Agent } from 'node:https';
import { before, describe, test } from 'node:test';
import { getCACertificates, setDefaultCACertificates } from 'node:tls';
import { Account } from '../../packages/server/test/support/account.ts';
import { RedisServer, redisSkip } from '../../packages/server/test/support/redis-server.ts';
import { SocketIoClient, tokenOf } from '../../packages/server/test/support/socketio-client.ts';
import { postgresSkip, TestDatabases } from '../../packages/server/test/support/test-database.ts';
import type { TestSocket } from '../../packages/server/test/support/test-socket.ts';
import { tlsFiles } from '../../packages/server/test/support/tls-files.ts';
import { until } from '../../packages/server/test/support/wait.ts';
import { TEST_CERTIFICATE } from '../support/certificate.ts';
import { WorkerServer } from './worker-server.ts';

const MESSAGE_COUNT = 10;

/** Other connections of this process may be between these: users connect until both workers have one. */
async function connectToBothWorkers(server: WorkerServer, prefix: string): Promise<TestSocket[]> {
  const sockets: TestSocket[] = [];
  const workers = new Set<number>();
  await until(async () => {
    const account = await Account.signUp(server.url, `${prefix}${sockets.length}`);
    sockets.push(await account.connect());
    workers.add(await server.workerOf(account.username));
    return workers.size === 2;
  }, 'connections to both workers');
  return sockets;
}

describe('worker processes', () => {
  before(() => setDefaultCACertificates([...getCACertificates(), TEST_CERTIFICATE]));

  test('forward polling clients and their upgrades over TLS', async () => {
    const server = await WorkerServer.start({ WORKERS: '2', ...tlsFiles() });
    const clients: SocketIoClient[] = [];
    for (const [index, transports] of (
      [['polling'], ['polling', 'websocket']] as const
    ).entries()) {
      const account = await Account.signUp(server.url, `user${index}`);
      const auth = { token: await tokenOf(account) };
      const agent = new Agent({ ca: TEST_CERTIFICATE });
      const client = new SocketIoClient(server, { transports, auth, agent });
      clients.push(client);
      await client.open();
    }
    const [sender, other] = clients;
    assert(sender !== undefined && other !== undefined);
    const { roomId } = await sender.joinRoom('lobby');
    await other.joinRoom(roomId);

    const contents = Array.from({ length: MESSAGE_COUNT }, (_, index) => `message ${index}`);
    for (const content of contents) await sender.sendMessage(roomId, content);

    await other.next('message:new', MESSAGE_COUNT);
    assert.deepEqual(other.texts, contents);
    await until(() => other.socket.io.engine.transport.name === 'websocket', 'the upgrade');
    assert.deepEqual([sender.ends, other.ends], [[], []]);
    for (const client of clients) client.close();
    await server.process.stop();
  });

  test('share PostgreSQL without Redis', { skip: postgresSkip() }, async () => {
    const databases = await TestDatabases.open();
    const server = await WorkerServer.start({
      WORKERS: '2',
      DATABASE_URL: await databases.create(),
      DURABILITY: 'relaxed', // The test server does not flush.
    });
    const sockets = await connectToBothWorkers(server, 'user');
    let roomId = '';
    for (const socket of sockets) ({ roomId } = await socket.joinRoom({ roomName: 'lobby' }));

    await sockets[0]?.sendMessage({ roomId, content: 'hello' });

    for (const socket of sockets.slice(1)) {
      assert.equal((await socket.next('chat_message')).content, 'hello');
    }
    for (const socket of sockets) socket.terminate();
    await server.process.stop();
    assert.equal(server.process.exitCode, 0);
    await databases.close();
  });

  test('are nodes of a cluster with Redis', { skip: postgresSkip() || redisSkip() }, async () => {
    const databases = await TestDatabases.open();
    const redis = await RedisServer.start();
    const settings = {
      WORKERS: '2',
      DATABASE_URL: await databases.create(),
      REDIS_URL: redis.url,
      SESSION_SECRET: 'the secret of the cookies',
      JWT_SECRET: 'the secret of the tokens of this cluster',
      DURABILITY: 'relaxed', // The test server does not flush.
    };
    const server = await WorkerServer.start(settings);
    const other = await WorkerServer.start({ ...settings, WORKERS: '1' });
    const sockets = await connectToBothWorkers(server, 'near');
    sockets.push(await (await Account.signUp(other.url, 'far-away')).connect());
    let roomId = '';
    for (const socket of sockets) ({ roomId } = await socket.joinRoom({ roomName: 'lobby' }));

    await sockets[0]?.sendMessage({ roomId, content: 'hello' });

    for (const socket of sockets.slice(1)) {
      assert.equal((await socket.next('chat_message')).content, 'hello');
    }
    for (const socket of sockets) socket.terminate();
    for (const { process: each } of [server, other]) {
      await each.stop();
      assert.equal(each.exitCode, 0);
    }
    await redis.remove();
    await databases.close();
  });
});
