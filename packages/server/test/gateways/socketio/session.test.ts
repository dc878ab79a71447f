/** Sockets that come and go over one session of Engine.IO, and those that are not let in. */
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { StoreUnavailable } from '../../../src/ports/store.ts';
import { TestServer } from '../../support/running-server.ts';
import { type ClientOptions, SocketIoClient, tokenOf } from '../../support/socketio-client.ts';
import { SocketIoHarness } from '../../support/socketio-harness.ts';
import { until } from '../../support/wait.ts';

/** The first version keeps the session for another namespace, though that one was refused. */
async function leave(client: SocketIoClient): Promise<void> {
  const other = client.socket.io.socket('/other');
  let isRejected = false;
  other.on('connect_error', () => {
    isRejected = true;
  });
  other.connect();
  await until(() => isRejected, 'the refusal of the other namespace');
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
    await client.must('room:join', { roomId: 'lobby' });

    await leave(client);
    await until(isEmpty, 'the server to have heard of it');
    client.socket.connect();
    await client.open();
    await client.must('room:join', { roomId: 'lobby' });

    assert.equal(client.socket.io.engine, engine);
    client.socket.io.engine.close();
  };

  for (const transport of ['websocket', 'polling'] as const) {
    test(`over ${transport} lets in again who has left its socket`, () =>
      comesBack({ transports: [transport] }));
  }

  test('knows who came by what the first request has shown', async () => {
    const { cookie, token } = await server.enter('alice');

    await comesBack({ auth: {}, headers: { cookie } });
    await comesBack({ auth: {}, headers: { authorization: `Bearer ${token}` } });
  });

  test('is for one socket at a time: it ends, and nothing else does', async () => {
    const packet = `40${JSON.stringify({ token: await tokenOf(await server.enter('alice')) })}`;
    const base = `${server.url}/socket.io/?EIO=4&transport=polling`;
    const { sid } = JSON.parse((await (await fetch(base)).text()).slice(1)) as { sid: string };
    const url = `${base}&sid=${sid}`;
    const headers = { 'content-type': 'text/plain;charset=UTF-8' };

    await fetch(url, { method: 'POST', headers, body: `${packet}\x1e${packet}` });
    const heard: string[] = [];
    await until(async () => {
      const answer = await fetch(url);
      heard.push(await answer.text());
      return answer.status === 400; // There is no such session.
    }, 'the end');

    assert.deepEqual(
      heard.filter((text) => text.startsWith('40')),
      [],
    );
    assert.equal((await fetch(`${server.url}/health`)).status, 200);
  });
});

describe('who is not let in over Socket.IO', () => {
  let harness: SocketIoHarness;
  before(async () => {
    harness = await SocketIoHarness.start();
  });
  after(() => harness.close());

  const connect = async (token: string, options: ClientOptions = {}) => {
    const client = new SocketIoClient(harness, { auth: { token }, ...options });
    await until(() => client.socket.connected || client.errors.length > 0, 'an answer');
    return client;
  };
  const rejections = () =>
    harness.chat.logger.filter(({ event }) => event === 'connection.refused');

  test('is told to the operator, with the failure where it is ours', async () => {
    const down = new StoreUnavailable('the disk is full');
    const defect = new TypeError('a defect');
    harness.failFor('down', down);
    harness.failFor('defect', defect);

    const codes: (string | undefined)[] = [];
    for (const token of ['unknown secret', 'down', 'defect']) {
      const client = await connect(token);
      codes.push(client.errors[0]?.data?.code);
      client.close();
    }

    assert.deepEqual(codes, ['UNAUTHENTICATED', 'UNAVAILABLE', 'INTERNAL_ERROR']);
    const about = { event: 'connection.refused', address: '192.0.2.7' };
    assert.deepEqual(rejections(), [
      { ...about, status: 401, reason: 'UNAUTHENTICATED' },
      { ...about, status: 503, reason: 'UNAVAILABLE', error: down },
      { ...about, status: 500, reason: 'INTERNAL_ERROR', error: defect },
    ]);
    assert.equal(JSON.stringify(harness.chat.logger).includes('unknown secret'), false);
  });

  test('and who has left a socket, has ten seconds to come in again', async () => {
    const { clock } = harness.chat;
    const client = await connect(await harness.tokenOf('alice'), { version: '4.0' });
    const { engine } = client.socket.io;
    let isClosed = false;
    (engine as unknown as SocketIoClient['socket']).on('close', () => {
      isClosed = true;
    });
    const ends = () =>
      harness.chat.logger.filter(({ event }) => event === 'connection.closed').length;
    const leaves = async () => {
      const before = ends();
      await leave(client);
      await until(() => ends() > before, 'the server to have heard of it');
    };

    await leaves();
    clock.advance(9_999);
    client.socket.connect();
    await client.open();
    clock.advance(20_000);
    assert.equal((await client.ask('room:list')).ok, true);

    await leaves();
    clock.advance(10_000);
    await until(() => isClosed, 'the end of the session');
  });
});
