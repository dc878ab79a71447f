/** Several worker processes on one SQLite database act as one server. */
import assert from 'node:assert/strict';
import { connect as connectTcp } from 'node:net';
import { after, afterEach, before, describe, test } from 'node:test';
import { Account } from '../../packages/server/test/support/account.ts';
import { runAlone } from '../../packages/server/test/support/parley-command.ts';
import { seededRandom } from '../../packages/server/test/support/seeded-random.ts';
import {
  SocketIoClient,
  TRANSPORTS,
  tokenOf,
} from '../../packages/server/test/support/socketio-client.ts';
import type { TestSocket } from '../../packages/server/test/support/test-socket.ts';
import { until } from '../../packages/server/test/support/wait.ts';
import { checkHistory } from '../checker/check.ts';
import type { HistoryEntry } from '../checker/history.ts';
import { Traffic } from '../checker/traffic.ts';
import { openAccounts, openPeers, settle, showAll, talk } from '../crash/clients.ts';
import { repetitions } from '../support/repetitions.ts';
import { isRunning, WorkerServer } from './worker-server.ts';

const WORKER_COUNT = 3;
/** Numbers of the workers that are killed one after the other, under traffic. */
const KILLED = [3, 1, 2].slice(0, repetitions(1, WORKER_COUNT));
/** Acknowledgements of each part of the traffic. */
const TALK = repetitions(60, 150);
const SESSION_ENDED = 4001;

describe('a server with worker processes', () => {
  let server: WorkerServer;
  const sockets: TestSocket[] = [];
  before(async () => {
    server = await WorkerServer.start({ WORKERS: String(WORKER_COUNT) });
  });
  afterEach(() => {
    for (const socket of sockets.splice(0)) socket.terminate();
  });
  after(() => server.process.kill());

  const connect = async (account: Account): Promise<TestSocket> => {
    const socket = await account.connect();
    sockets.push(socket);
    return socket;
  };

  /** A connected user on each worker: connections are distributed in turn. */
  const onEachWorker = async (prefix: string) => {
    const found = new Map<number, { readonly account: Account; readonly socket: TestSocket }>();
    for (let count = 1; found.size < WORKER_COUNT; count += 1) {
      assert(count <= 10 * WORKER_COUNT, 'Connections reach every worker');
      const account = await Account.signUp(server.url, `${prefix}${count}`);
      const socket = await connect(account);
      const worker = await server.workerOf(account.username);
      if (found.has(worker)) socket.terminate();
      else found.set(worker, { account, socket });
    }
    return found;
  };

  test('shows members, typing, presence and ended sessions of all workers', async () => {
    const people = [...(await onEachWorker('ann')).values()];
    const [one, other] = people;
    assert(one !== undefined && other !== undefined);
    const roomId = await openRoom(people, 'lobby');

    const memberCount = async (socket: TestSocket) =>
      (await socket.ask('get_members', { roomId }, 'member_list')).memberCount;
    for (const { socket } of people) {
      await until(async () => (await memberCount(socket)) === WORKER_COUNT, 'all members');
    }
    one.socket.send('user_typing', { roomId, isTyping: true });
    await until(
      () => other.socket.ofType('user_typing').some(({ userId }) => userId === one.account.userId),
      'the typing indicator',
    );
    const elsewhere = await Account.logIn(server.url, one.account.username);
    await elsewhere.must('POST', '/logout', { all: true });
    assert.equal((await one.socket.closed).code, SESSION_ENDED);
    await until(
      () =>
        other.socket
          .ofType('presence_update')
          .some(({ userId, isOnline }) => userId === one.account.userId && !isOnline),
      'the user to be offline',
    );
  });

  test('loses nothing when a worker is killed under traffic', async () => {
    const history: HistoryEntry[] = [];
    const accounts = await openAccounts(server.url);
    const peers = await openPeers(() => server.url, accounts, ['killed'], history);
    const traffic = new Traffic(seededRandom(1));
    await talk(peers, traffic, TALK);

    for (const worker of KILLED) {
      const pid = server.killWorker(worker);
      await talk(peers, traffic, TALK);
      await server.untilReplaced(worker, pid);
    }
    await talk(peers, traffic, TALK);

    await showAll(peers, accounts[0], server.url, history);
    for (const peer of peers) peer.stop();
    assert.deepEqual(checkHistory(history), []);
  });

  test('a killed worker disturbs no client of another one, where its Socket.IO clients recover', async () => {
    const people = await onEachWorker('bea');
    const roomId = await openRoom(people.values(), 'undisturbed');
    const account = await Account.signUp(server.url, 'dana');
    const client = new SocketIoClient(server, {
      auth: { token: await tokenOf(account) },
      reconnection: true,
    });
    await client.open();
    await client.joinRoom(roomId);
    const worker = await server.workerOf('dana');
    const killed = people.get(worker);
    people.delete(worker);
    const [one, other] = people.values();
    assert(killed !== undefined && one !== undefined && other !== undefined);
    await one.socket.sendMessage({ roomId, content: 'before' });
    await client.next('message:new');

    const pid = server.killWorker(worker);
    await killed.socket.closed;
    await until(() => client.ends.length > 0, 'the loss of the connection');
    await one.socket.sendMessage({ roomId, content: 'missed' });

    await until(
      () => other.socket.ofType('chat_message').some(({ content }) => content === 'missed'),
      'the message',
    );
    await client.next('message:new', 2);
    assert.deepEqual(client.texts, ['before', 'missed']);
    assert.equal(client.socket.recovered, true);
    client.close();
    const again = await connect(killed.account);
    assert.equal((await again.joinRoom({ roomId })).headSequence, 2);
    await server.untilReplaced(worker, pid);
  });

  test('replaces a worker that does not answer, and closes the connections that it was handed', async () => {
    const account = await Account.signUp(server.url, 'hanging');
    const held = await connect(account);
    const worker = await server.workerOf('hanging');
    const pid = server.pidOf(worker);
    process.kill(pid, 'SIGSTOP');
    const { hostname, port } = new URL(server.url);
    const clients = Array.from({ length: 2 * WORKER_COUNT }, () => {
      const socket = connectTcp(Number(port), hostname);
      const client = { socket, isAnswered: false, isClosed: false };
      socket.on('data', () => Object.assign(client, { isAnswered: true }));
      socket.on('error', () => {}); // `close` follows.
      socket.on('close', () => Object.assign(client, { isClosed: true }));
      socket.write('GET /ready HTTP/1.1\r\nHost: localhost\r\n\r\n');
      return client;
    });
    const silent = () => clients.filter(({ isAnswered }) => !isAnswered);
    // Another connection of this process may be between these, and take one's turn.
    await until(() => silent().length <= 2, 'the answers of the other workers');
    assert(silent().length > 0);

    const wasKilled = () => server.log.some(({ event }) => event === 'worker.silent');
    await until(wasKilled, 'the worker to be killed');

    await until(() => silent().every(({ isClosed }) => isClosed), 'the end of the connection');
    for (const { socket } of clients) socket.destroy();
    await held.closed;
    await server.untilReplaced(worker, pid);
    await (await connect(account)).joinRoom({ roomName: 'replaced' });
  });

  for (const [name, transports] of Object.entries(TRANSPORTS)) {
    test(`serves Socket.IO clients: ${name}`, async () => {
      const prefix = name.replaceAll(/\W/g, '').toLowerCase().slice(0, 12);
      const clients: SocketIoClient[] = [];
      for (let index = 1; index <= WORKER_COUNT; index += 1) {
        const auth = {
          token: await tokenOf(await Account.signUp(server.url, `${prefix}${index}`)),
        };
        const client = new SocketIoClient(server, { transports, auth });
        await client.open();
        clients.push(client);
      }
      const [sender] = clients;
      assert(sender !== undefined);
      const { roomId } = await sender.joinRoom(prefix);
      for (const client of clients.slice(1)) await client.joinRoom(roomId);

      const contents = Array.from({ length: 10 }, (_, index) => `message ${index}`);
      for (const content of contents) await sender.sendMessage(roomId, content);

      for (const client of clients.slice(1)) {
        await client.next('message:new', contents.length);
        assert.deepEqual(client.texts, contents);
        const last = transports.at(-1);
        await until(() => client.socket.io.engine.transport.name === last, `transport ${last}`);
        assert.deepEqual(client.ends, []);
      }
      for (const client of clients) client.close();
    });
  }

  test('reports its store and its bus', async () => {
    const answer = await fetch(`${server.url}/ready`);
    const { status, store, bus } = (await answer.json()) as Record<string, object>;
    assert.deepEqual([answer.status, status, bus], [200, 'ready', { state: 'up' }]);
    assert.match(JSON.stringify(store), /SQLite/);
  });

  test('refuses a second server on its data directory', async () => {
    const { code, stderr } = await runAlone(['start'], {
      DATA_DIR: server.settings.DATA_DIR,
      PORT: '0',
    });
    assert.equal(code, 1);
    assert.match(stderr, /in use by another Parley \(process \d+, http/);
  });

  test('reports a port in use in one line', async () => {
    const { PORT } = server.settings;
    const { code, stderr } = await runAlone(['start', '--workers', '2'], { PORT });
    assert.equal(code, 1);
    assert.equal(stderr, `Port ${PORT} on 127.0.0.1 is in use. Choose another with PORT.\n`);
  });
});

async function openRoom(
  people: Iterable<{ readonly socket: TestSocket }>,
  roomName: string,
): Promise<string> {
  let roomId = '';
  for (const { socket } of people) ({ roomId } = await socket.joinRoom({ roomName }));
  return roomId;
}

describe('the primary of worker processes', () => {
  test('takes its workers with it when it is killed; a restart loses nothing, and ends on SIGTERM in order', async () => {
    let server = await WorkerServer.start({ WORKERS: '2' });
    const history: HistoryEntry[] = [];
    const accounts = await openAccounts(server.url);
    const peers = await openPeers(() => server.url, accounts, ['lobby'], history);
    const traffic = new Traffic(seededRandom(2));
    await talk(peers, traffic, 50);

    const killed = [1, 2].map((worker) => server.pidOf(worker));
    await server.process.kill();
    await until(() => !killed.some(isRunning), 'the workers to end');
    server = await server.restart();
    await talk(peers, traffic, 50);
    await settle(peers);

    await showAll(peers, accounts[0], server.url, history);
    for (const peer of peers) peer.stop();
    assert.deepEqual(checkHistory(history), []);

    const alice = await Account.signUp(server.url, 'alice');
    const sockets = [await alice.connect(), await alice.connect()];
    const pids = [1, 2].map((worker) => server.pidOf(worker));

    await server.process.stop();

    for (const socket of sockets) assert.equal((await socket.closed).code, 1001);
    assert.equal(server.process.exitCode, 0);
    assert.deepEqual(pids.map(isRunning), [false, false]);
    const events = server.log.map(({ event }) => event);
    assert.equal(events.filter((event) => event === 'server.stopped').length, 2);
    assert(!events.includes('worker.ended'));
  });
});
