/** Sockets that connect and disconnect in one Engine.IO session, and sockets that are rejected. */
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { StoreUnavailable } from '../../../src/ports/store.ts';
import { GatewayHarness } from '../../support/gateway-harness.ts';
import { TestServer } from '../../support/running-server.ts';
import {
  type ClientOptions,
  SocketIoClient,
  TRANSPORTS,
  tokenOf,
} from '../../support/socketio-client.ts';
import { until } from '../../support/wait.ts';

/** The first version keeps the session for another namespace, although that namespace was rejected. */
async function leave(client: SocketIoClient): Promise<void> {
  const other = client.socket.io.socket('/other');
  let isRejected = false;
  other.on('connect_error', () => {
    isRejected = true;
  });
  other.connect();
  await until(() => isRejected, 'the rejection of the other namespace');
  client.socket.disconnect();
}

describe('a session of Engine.IO', () => {
  let server: TestServer;
  before(async () => {
    server = await TestServer.start();
  });
  after(() => server.close());

  const isEmpty = async () => {
    const health = await (await fetch(`${server.url}/health`)).json();
    return (health as { connections: { total: number } }).connections.total === 0;
  };
  const comesBack = async (options: ClientOptions) => {
    const client = await SocketIoClient.connect(server, 'alice', { version: '4.0', ...options });
    const { engine } = client.socket.io;
    await client.joinRoom('lobby');

    await leave(client);
    await until(isEmpty, 'the server to process it');
    client.socket.connect();
    await client.open();
    await client.joinRoom('lobby');

    assert.equal(client.socket.io.engine, engine);
    client.socket.io.engine.close();
  };

  for (const transport of ['websocket', 'polling'] as const) {
    test(`over ${transport} accepts a client again that has disconnected its socket`, () =>
      comesBack({ transports: [transport] }));
  }

  test('authenticates with the credentials of the first request', async () => {
    const { cookie, token } = await server.signUp('alice');

    await comesBack({ auth: {}, headers: { cookie } });
    await comesBack({ auth: {}, headers: { authorization: `Bearer ${token}` } });
  });

  test('accepts one socket at a time: a second one ends the session, and nothing else', async () => {
    const packet = `40${JSON.stringify({ token: await tokenOf(await server.signUp('alice')) })}`;
    const base = `${server.url}/socket.io/?EIO=4&transport=polling`;
    const { sid } = JSON.parse((await (await fetch(base)).text()).slice(1)) as { sid: string };
    const url = `${base}&sid=${sid}`;
    const headers = { 'content-type': 'text/plain;charset=UTF-8' };

    await fetch(url, { method: 'POST', headers, body: `${packet}\x1e${packet}` });
    const received: string[] = [];
    await until(async () => {
      const answer = await fetch(url);
      received.push(await answer.text());
      return answer.status === 400; // This session does not exist.
    }, 'the end');

    assert.deepEqual(
      received.filter((text) => text.startsWith('40')),
      [],
    );
    assert.equal((await fetch(`${server.url}/health`)).status, 200);
  });
});

describe('a rejected Socket.IO client', () => {
  let harness: GatewayHarness;
  before(async () => {
    harness = await GatewayHarness.start();
  });
  after(() => harness.close());

  const connect = async (token: string, options: ClientOptions = {}) => {
    const client = new SocketIoClient(
      { url: harness.url.replace('ws:', 'http:') },
      { auth: { token }, ...options },
    );
    const hasAnswer = () =>
      client.socket.connected || client.errors.length + client.ends.length > 0;
    await until(hasAnswer, 'an answer');
    return client;
  };
  const rejections = () => harness.logged('connection.refused');

  test('is logged, with the error if the server caused it', async () => {
    const down = new StoreUnavailable('the disk is full');
    const defect = new TypeError('a defect');
    harness.failFor('down', down);
    harness.failFor('defect', defect);

    const codes: (string | undefined)[] = [];
    for (const token of ['unknown secret', 'down', 'defect']) {
      const client = await connect(token);
      codes.push(client.errors[0]?.data?.code ?? client.ends[0]);
      client.close();
    }

    assert.deepEqual(codes, ['UNAUTHENTICATED', 'transport close', 'INTERNAL_ERROR']);
    const about = { event: 'connection.refused', address: '192.0.2.7' };
    assert.deepEqual(rejections(), [
      { ...about, status: 401, reason: 'UNAUTHENTICATED' },
      { ...about, status: 503, reason: 'UNAVAILABLE', error: down },
      { ...about, status: 500, reason: 'INTERNAL_ERROR', error: defect },
    ]);
    assert.equal(JSON.stringify(harness.entries).includes('unknown secret'), false);
  });

  for (const version of ['4.0', '4.8']) {
    for (const [title, transports] of Object.entries(TRANSPORTS)) {
      test(`connects by itself after a failure of the store: ${version}, ${title}`, async () => {
        harness.entries.length = 0;
        const token = await harness.tokenOf('alice');
        const endFailure = harness.failFor(token, new StoreUnavailable('a failover'));
        const client = await connect(token, { version, transports, reconnection: true });
        await until(() => rejections().length >= 2, 'two attempts');

        endFailure();

        await until(() => client.socket.connected, 'the connection');
        assert.equal((await client.ask('room:list')).ok, true);
        // Over polling, a lost connection is an error; one with a code would end the attempts.
        assert.deepEqual(
          client.errors.filter(({ data }) => data !== undefined),
          [],
        );
        client.close();
      });
    }
  }

  test('has ten seconds to connect again, also after it has left a socket', async () => {
    const { clock } = harness.chat;
    const client = await connect(await harness.tokenOf('alice'), { version: '4.0' });
    const { engine } = client.socket.io;
    let isClosed = false;
    (engine as unknown as SocketIoClient['socket']).on('close', () => {
      isClosed = true;
    });
    const ends = () => harness.logged('connection.closed').length;
    const leaves = async () => {
      const before = ends();
      await leave(client);
      await until(() => ends() > before, 'the server to process it');
    };

    await leaves();
    clock.advance(9_999);
    client.socket.connect();
    await client.open();
    clock.advance(20_000);
    assert.equal((await client.ask('room:list')).ok, true);

    await leaves();
    clock.advance(10_000);
    await until(() => isClosed, 'the session to end');
  });
});
