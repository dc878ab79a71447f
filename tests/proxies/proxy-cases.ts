/** Cases for every proxy in front of nodes with the settings of the compose file, with its configuration in `ops/`. */
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { Agent } from 'node:https';
import { connect } from 'node:net';
import { after, afterEach, before, describe, test } from 'node:test';
import { PAGE_PATHS } from '@parley/protocol';
import { Account } from '../../packages/server/test/support/account.ts';
import { redisSkip } from '../../packages/server/test/support/redis-server.ts';
import {
  SocketIoClient,
  TRANSPORTS,
  type Transports,
  tokenOf,
} from '../../packages/server/test/support/socketio-client.ts';
import { postgresSkip } from '../../packages/server/test/support/test-database.ts';
import { TestSocket } from '../../packages/server/test/support/test-socket.ts';
import { until } from '../../packages/server/test/support/wait.ts';
import { TestCluster } from '../cluster/test-cluster.ts';
import { TEST_CERTIFICATE } from '../support/certificate.ts';
import { nodeSettings } from './compose-settings.ts';
import { type ProxyName, proxySkip, RealProxy } from './real-proxy.ts';

const NODE_COUNT = 3;
/** Longer than the proxy of the tests allows a connection to be silent. */
const IDLE_MS = 9000;
/** Shorter than that time, as the defaults are shorter than the time in `ops/`. */
const PING = {
  HEARTBEAT_INTERVAL_MS: '700',
  HEARTBEAT_TIMEOUT_MS: '650',
  HEARTBEAT_MISSES: '10',
  SOCKETIO_PING_INTERVAL_MS: '700',
};
const CLIENTS = 3;
const CLIENTS_MAX = 30;
const MESSAGE_COUNT = 10;
/** More than other bodies have, and less than a picture may have. */
const LARGE_BYTES = 4_000_000;

export function testProxy(name: ProxyName): void {
  const skip = proxySkip(name) || redisSkip() || postgresSkip();
  describe(`${name} in front of three nodes`, { skip }, () => {
    let cluster: TestCluster;
    let proxy: RealProxy;
    const sockets: TestSocket[] = [];
    const clients: SocketIoClient[] = [];
    before(async () => {
      cluster = await TestCluster.start(NODE_COUNT, { ...nodeSettings(), ...PING });
      proxy = await RealProxy.start(
        name,
        cluster.nodes.map(({ url }) => url),
      );
    });
    afterEach(() => {
      for (const socket of sockets.splice(0)) socket.terminate();
      for (const client of clients.splice(0)) client.close();
    });
    after(async () => {
      await proxy.close();
      await cluster.close();
    });

    const open = async (account: Account): Promise<TestSocket> => {
      const socket = await account.connect();
      sockets.push(socket);
      return socket;
    };

    /** A Socket.IO client at an address of its own, as clients have that are not on one machine. */
    const connectSocketIo = async (
      username: string,
      transports: Transports,
      localAddress: string,
    ): Promise<SocketIoClient> => {
      const auth = { token: await tokenOf(await Account.signUp(proxy.url, username)) };
      const agent = new Agent({ localAddress, ca: TEST_CERTIFICATE });
      const client = new SocketIoClient(proxy, { transports, auth, agent, reconnection: true });
      clients.push(client);
      await client.open();
      return client;
    };

    const connectionCounts = () =>
      Promise.all(
        cluster.nodes.map(async ({ url }) => {
          const answer = await fetch(`${url}/health`);
          return ((await answer.json()) as { connections: { total: number } }).connections.total;
        }),
      );

    const usedNodes = async () => (await connectionCounts()).filter((count) => count > 0).length;

    test('ends TLS, and redirects clients without TLS', async () => {
      const redirect = await fetch(`${proxy.plainUrl}/app`, { redirect: 'manual' });
      assert.equal(redirect.status, 301);
      // Not the name in the request, which the client chooses.
      assert.equal(redirect.headers.get('location'), 'https://chat.example.org/app');
      const answer = await fetch(`${proxy.url}/health`);
      assert.match(answer.headers.get('strict-transport-security') ?? '', /max-age/);
    });

    test('gives nodes the scheme and the host of the client, also of one that forges them', async () => {
      await Account.signUp(proxy.url, 'olga');
      const answer = await fetch(`${proxy.url}/login`, {
        method: 'POST',
        headers: {
          'content-type': 'application/json',
          // A page of the proxy's own host, which nodes know by X-Forwarded-Host only.
          origin: proxy.url,
          'x-forwarded-host': 'elsewhere.example.org',
          'x-forwarded-for': '203.0.113.9',
          'x-forwarded-proto': 'http',
        },
        body: JSON.stringify({ username: 'olga', password: 'correct horse' }),
      });

      assert.equal(answer.status, 200);
      assert.match(answer.headers.getSetCookie().join(), /; Secure/);
    });

    test('leaves the limits of files and pictures to the nodes', async () => {
      const { cookie } = await Account.signUp(proxy.url, 'uploader');
      const bytes = Buffer.alloc(LARGE_BYTES);
      const form = new FormData();
      form.append('file', new Blob([bytes]), 'not a picture');
      const part = {
        ...{ 'tus-resumable': '1.0.0', 'upload-offset': '0' },
        'content-type': 'application/offset+octet-stream',
      };
      // Answers of the proxy itself are HTML.
      for (const [method, path] of [
        ['POST', '/api/upload'],
        ['PATCH', '/api/upload/resumable/unknown'],
        ['PUT', '/api/me/avatar'],
        ['PUT', '/api/admin/server/logo'],
        ['PUT', '/api/rooms/unknown/picture'],
        ['PUT', '/api/workspaces/unknown/picture'],
        ['PUT', '/api/emoji/unknown'],
      ] as const) {
        const [more, body] = method === 'PATCH' ? [part, bytes] : [{}, form];
        const headers = { cookie, 'x-parley-upload': '1', ...more };
        const answer = await fetch(proxy.url + path, { method, headers, body });
        assert.match(answer.headers.get('content-type') ?? '', /^application\/json/, path);
        await answer.arrayBuffer();
      }
    });

    test('serves a file of one node from all', async () => {
      const urls = cluster.nodes.map(({ url }) => url);
      const account = await Account.signUp(urls[0] ?? '', 'sharing');
      const answer = await account.sendFile('POST', '/api/upload', 'hello');
      assert.equal(answer.status, 201);
      const { url: path } = (await answer.json()) as { readonly url: string };
      const headers = { authorization: `Bearer ${account.token}` };
      for (const url of urls) {
        assert.equal(await (await fetch(url + path, { headers })).text(), 'hello');
      }
    });

    test('distributes WebSockets over the nodes, which act as one', async () => {
      const people: { readonly account: Account; readonly socket: TestSocket }[] = [];
      for (const username of ['ann', 'ben', 'cleo', 'dan', 'eve', 'fay']) {
        const account = await Account.signUp(proxy.url, username);
        people.push({ account, socket: await open(account) });
      }
      // A proxy may take a loaded node for dead.
      assert((await usedNodes()) > 1, 'they use several nodes');
      const [sender] = people;
      assert(sender !== undefined);
      let roomId = '';
      for (const { socket } of people) ({ roomId } = await socket.joinRoom({ roomName: 'lobby' }));
      const contents = Array.from({ length: MESSAGE_COUNT }, (_, index) => `message ${index}`);
      for (const content of contents) await sender.socket.sendMessage({ roomId, content });

      for (const { socket } of people.slice(1)) {
        await until(() => socket.ofType('chat_message').length === MESSAGE_COUNT, 'all messages');
        assert.deepEqual(
          socket.ofType('chat_message').map(({ content }) => content),
          contents,
        );
      }
    });

    for (const [title, transports] of Object.entries(TRANSPORTS)) {
      test(`serves Socket.IO clients on several nodes, each event once: ${title}`, async () => {
        const prefix = title.replaceAll(/\W/g, '').toLowerCase().slice(0, 12);
        const group: SocketIoClient[] = [];
        // The addresses and the free ports of the nodes decide who gets which node.
        while (group.length < CLIENTS || (await usedNodes()) < 2) {
          const index = group.length + 1;
          assert(index <= CLIENTS_MAX, 'the clients use several nodes');
          group.push(await connectSocketIo(`${prefix}${index}`, transports, `127.0.${index}.1`));
        }
        const [sender, ...others] = group;
        assert(sender !== undefined);
        const { roomId } = await sender.joinRoom(prefix);
        for (const client of others) await client.joinRoom(roomId);

        const contents = Array.from({ length: MESSAGE_COUNT }, (_, index) => `message ${index}`);
        for (const content of contents) await sender.sendMessage(roomId, content);

        for (const client of others) {
          await client.next('message:new', MESSAGE_COUNT);
          assert.deepEqual(client.texts, contents);
          assert.deepEqual(client.ends, []);
          const last = transports.at(-1);
          await until(() => client.socket.io.engine.transport.name === last, `transport ${last}`);
        }
      });
    }

    test('logs requests, and no ticket, token, invitation or session id of their addresses', async () => {
      const account = await Account.signUp(proxy.url, 'logged');
      const { ticket } = await account.must<{ ticket: string }>('POST', '/api/tickets', {});
      const secrets = { ticket, token: await tokenOf(account), sid: 'a-session-id' };
      for (const [name, secret] of Object.entries(secrets)) {
        const { host } = new URL(proxy.url);
        for (const path of ['/ws', '/socket.io/', '/ws/chat', '/nowhere', '/ws%2f']) {
          // Headers that name the address of a page.
          const headers = { referer: `https://${host}${path}?${name}=${secret}` };
          await fetch(`${proxy.url}${path}?${name}=${secret}`, { headers }).catch(() => undefined);
          await fetch(`${proxy.plainUrl}${path}?${name}=${secret}`, { redirect: 'manual' });
        }
        await new TestSocket(`wss://${host}/ws?${name}=${secret}`).status;
      }
      for (const path of Object.values(PAGE_PATHS)) {
        await fetch(proxy.url + path + secrets.token);
        await fetch(proxy.plainUrl + path + secrets.token, { redirect: 'manual' });
      }
      const polling = await connectSocketIo('logs', ['polling'], '127.0.0.1');
      const { id: sid } = polling.socket.io.engine as unknown as { readonly id: string };
      // A request that the proxy itself rejects.
      await rawRequest(proxy.plainUrl, `GET /?ticket=${ticket} HTTP/1.1\r\nHost: a b\r\nX\r\n\r\n`);

      const masked = Object.values(PAGE_PATHS).map((path) => `${path}-`);
      for (const path of ['/ws', '/socket.io/', ...masked]) {
        await until(() => proxy.readLogs().includes(`GET ${path} HTTP`), `the line of ${path}`);
      }
      const log = proxy.readLogs();
      for (const secret of [...Object.values(secrets), sid]) assert(!log.includes(secret), secret);
    });

    test('keeps idle connections open', async () => {
      const socket = await open(await Account.signUp(proxy.url, 'idle'));
      const polling = await connectSocketIo('polls', ['polling'], '127.0.0.1');
      let isClosed = false;
      void socket.closed.then(() => {
        isClosed = true;
      });

      const endMs = performance.now() + IDLE_MS;
      await until(() => isClosed || performance.now() > endMs, 'the idle time');

      assert.equal(isClosed, false);
      assert.deepEqual(polling.ends, []);
      const { roomId } = await socket.joinRoom({ roomName: 'idle' });
      await polling.joinRoom(roomId);
      await socket.sendMessage({ roomId, content: 'still here' });
      await polling.next('message:new');
    });

    test('brings clients of a killed node to another one, where Socket.IO clients recover', async () => {
      const group: SocketIoClient[] = [];
      for (let index = 1; index <= 6; index += 1) {
        const transports = index % 2 === 0 ? (['polling'] as const) : (['websocket'] as const);
        const address = `127.0.0.${10 * index + 2}`;
        group.push(await connectSocketIo(`moves${index}`, transports, address));
      }
      const [sender, ...others] = group;
      assert(sender !== undefined);
      const { roomId } = await sender.joinRoom('moves');
      for (const client of others) await client.joinRoom(roomId);
      await sender.sendMessage(roomId, 'before');
      for (const client of others) await client.next('message:new');
      const counts = await connectionCounts();
      const busiest = counts.indexOf(Math.max(...counts));

      await cluster.nodes[busiest]?.kill();

      await until(() => group.some(({ ends }) => ends.length > 0), 'the loss of the node');
      const writer = await open(await Account.signUp(proxy.url, 'writer'));
      await writer.joinRoom({ roomName: 'moves' });
      await writer.sendMessage({ roomId, content: 'meanwhile' });
      for (const client of others) {
        await client.next('message:new', 2);
        assert.deepEqual(client.texts, ['before', 'meanwhile']);
        assert.equal(client.socket.recovered === true, client.ends.length > 0);
      }
    });
  });
}

/** Sends bytes that no HTTP client would, and waits for the answer. */
async function rawRequest(url: string, bytes: string): Promise<void> {
  const { hostname, port } = new URL(url);
  const socket = connect(Number(port), hostname);
  socket.on('error', () => undefined);
  socket.end(bytes);
  socket.resume();
  await once(socket, 'close');
}
