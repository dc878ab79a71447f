/** Worker processes allow a user each limit once. */
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { Account } from '../../packages/server/test/support/account.ts';
import type { TestSocket } from '../../packages/server/test/support/test-socket.ts';
import {
  countAllowed,
  createRoom,
  LIMIT,
  LIMIT_SETTINGS,
  sendMessage,
} from '../support/limit-attempts.ts';
import { WorkerServer } from './worker-server.ts';

const WORKER_COUNT = 2;

describe('two workers', () => {
  let server: WorkerServer;
  before(async () => {
    server = await WorkerServer.start({
      ...LIMIT_SETTINGS,
      WORKERS: `${WORKER_COUNT}`,
      MESSAGE_RATE_MAX: '1000',
      CONNECTIONS_PER_MINUTE_PER_ADDRESS: '0',
    });
  });
  after(() => server.process.kill());

  /** A connection of the user on each worker. */
  const onBothWorkers = async (username: string): Promise<readonly TestSocket[]> => {
    const sockets = new Map<number, TestSocket>();
    for (let count = 1; sockets.size < WORKER_COUNT; count += 1) {
      assert(count <= 10 * WORKER_COUNT, 'Connections reach every worker');
      const account = await Account.signUp(server.url, username);
      const lines = server.log.length;
      const socket = await account.connect();
      const worker = await server.workerOf(username, lines);
      if (sockets.has(worker)) socket.terminate();
      else sockets.set(worker, socket);
    }
    return [...sockets.values()];
  };

  test('allow a user of both as many messages and creations as a user of one', async () => {
    const sockets = await onBothWorkers('both');
    const [here] = sockets;
    assert(here !== undefined);
    const { roomId } = await here.joinRoom({ roomName: 'lobby' });
    for (const socket of sockets.slice(1)) await socket.joinRoom({ roomId });

    const messages = await countAllowed(sockets.map((socket) => sendMessage(socket, roomId)));
    const creations = await countAllowed(
      sockets.map((socket, index) => createRoom(socket, `room-${index}`)),
    );

    assert.equal(messages, LIMIT);
    assert.equal(creations, LIMIT - 1, 'the lobby counts, too');
    for (const socket of sockets) socket.terminate();
  });

  test('allow a user of one worker the whole limit, and then nothing on the other', async () => {
    const [here, there] = await onBothWorkers('lone');
    assert(here !== undefined && there !== undefined);
    const { roomId } = await here.joinRoom({ roomName: 'lone' });
    await there.joinRoom({ roomId });

    assert.equal(await countAllowed([sendMessage(here, roomId)]), LIMIT);
    assert.equal(await countAllowed([sendMessage(there, roomId)]), 0);
    for (const socket of [here, there]) socket.terminate();
  });
});
