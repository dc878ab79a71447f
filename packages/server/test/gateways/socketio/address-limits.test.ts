/** Limits per client address apply to all dialects and transports together. */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { FlatClient } from '../../support/flat-client.ts';
import { RawClient } from '../../support/gateway-harness.ts';
import { TestServer } from '../../support/running-server.ts';
import { SocketIoClient } from '../../support/socketio-client.ts';
import { until } from '../../support/wait.ts';

const POLL = '/socket.io/?EIO=4&transport=polling';
const UPGRADE = '/socket.io/?EIO=4&transport=websocket';

async function poll(server: TestServer, headers: Record<string, string> = {}, path = POLL) {
  const answer = await fetch(server.url + path, { headers });
  const text = await answer.text();
  return { status: answer.status, retryAfter: answer.headers.get('retry-after'), text };
}

async function statuses(server: TestServer): Promise<number[]> {
  const { token } = await server.login('alice');
  const headers = { authorization: `Bearer ${token}` };
  return [
    (await poll(server)).status,
    await server.upgradeStatus(UPGRADE),
    await server.upgradeStatus('/ws', { headers }),
    await server.upgradeStatus('/ws/chat', { headers }),
  ];
}

describe('connection slots', () => {
  test('of an address are shared by all dialects and transports', async () => {
    const server = await TestServer.start({ MAX_CONNECTIONS_PER_ADDRESS: '3' });
    await server.connect('alice');
    const bob = await FlatClient.connect(server, 'bob');
    const session = JSON.parse((await poll(server)).text.slice(1)) as { sid: string };

    assert.deepEqual(await statuses(server), [429, 429, 429, 429]);
    const { text, retryAfter } = await poll(server);
    assert.match(text, /"code":"RATE_LIMITED"/);
    assert.equal(Number(retryAfter) > 0, true);
    const goodbye = { method: 'POST', headers: { 'content-type': 'text/plain' }, body: '1' };
    assert.equal((await fetch(`${server.url}${POLL}&sid=${session.sid}`, goodbye)).status, 200);
    assert.equal((await poll(server)).status, 200);

    bob.close();
    await server.close();
  });

  test('remain one for a client that upgrades from polling to a WebSocket, and only for that client', async () => {
    const server = await TestServer.start({ MAX_CONNECTIONS_PER_ADDRESS: '1' });
    const client = await SocketIoClient.connect(server, 'alice', {
      transports: ['polling', 'websocket'],
    });
    await until(() => client.socket.io.engine.transport.name === 'websocket', 'the upgrade');

    await client.joinRoom('lobby');
    assert.deepEqual(await statuses(server), [429, 429, 429, 429]);
    for (const path of [`${POLL}&sid=`, `${POLL}&sid`, `${POLL}#&sid=x`]) {
      assert.equal((await poll(server, {}, path)).status, 429, path);
    }
    assert.equal(await server.upgradeStatus(`${UPGRADE}&sid=`), 429);

    client.close();
    await server.close();
  });

  test('cannot be obtained with a repeated parameter', async () => {
    const server = await TestServer.start({ MAX_CONNECTIONS_PER_ADDRESS: '1' });
    await poll(server);

    for (const query of ['sid=x&sid=', 'sid=&sid=x', 'sid=x&%73id=', 't=1&t=2', 'j=0']) {
      assert.equal((await poll(server, {}, `${POLL}&${query}`)).status, 400, query);
      assert.equal(await server.upgradeStatus(`${UPGRADE}&${query}`), 400, query);
    }
    for (const path of [
      `${POLL}&sid=x`,
      `${POLL}&sid=x#`,
      '/socket.io/?EIO=4&transport=polling&sid=%00',
    ]) {
      assert.equal((await poll(server, {}, path)).status, 400, path);
    }
    for (const query of ['&sid=x', '&sid=__proto__', '&sid=%00']) {
      assert.equal(await server.upgradeStatus(`${UPGRADE}${query}`), 400, query);
    }

    await server.close();
  });

  test('remain one for a polling session, however often it requests a WebSocket', async () => {
    const server = await TestServer.start({ MAX_CONNECTIONS_PER_ADDRESS: '1' });
    const { sid } = JSON.parse((await poll(server)).text.slice(1)) as { sid: string };

    const sockets = Array.from(
      { length: 10 },
      () => new RawClient(`ws://${server.host}${UPGRADE}&sid=${sid}`),
    );
    await until(() => sockets.filter((socket) => !socket.isConnecting).length === 10, 'answers');

    assert.equal(sockets.filter((socket) => socket.isOpen).length, 1);
    assert.equal(await server.upgradeStatus(`/socket.io/?EIO=4&transport=polling&sid=${sid}`), 400);
    for (const socket of sockets) socket.close();
    await server.close();
  });

  test('are freed by failed handshakes', async () => {
    const server = await TestServer.start({ MAX_CONNECTIONS_PER_ADDRESS: '1' });

    for (const path of ['/socket.io/?EIO=4', '/socket.io/?EIO=3&transport=polling']) {
      for (let times = 0; times < 3; times += 1) {
        assert.equal((await poll(server, {}, path)).status, 400, path);
      }
    }
    assert.equal(await server.upgradeStatus('/socket.io/?EIO=4&transport=none'), 400);
    assert.equal((await poll(server)).status, 200);

    await server.close();
  });

  test('are rejected with an answer that a page of a listed origin can read', async () => {
    const origin = 'https://app.example.org';
    const server = await TestServer.start({
      MAX_CONNECTIONS_PER_ADDRESS: '1',
      CORS_ORIGINS: origin,
    });
    await poll(server);

    const { status, headers } = await fetch(server.url + POLL, { headers: { origin } });

    assert.equal(status, 429);
    assert.equal(headers.get('access-control-allow-origin'), origin);
    assert.equal(headers.get('access-control-allow-credentials'), 'true');
    assert.match(headers.get('vary') ?? '', /origin/i);
    await server.close();
  });

  test('are limited per minute', async () => {
    const server = await TestServer.start({ CONNECTIONS_PER_MINUTE_PER_ADDRESS: '2' });

    const answers = [await poll(server), await poll(server), await poll(server)];

    assert.deepEqual(
      answers.map(({ status }) => status),
      [200, 200, 429],
    );
    assert.equal(Number(answers[2]?.retryAfter) > 0, true);
    await server.close();
  });

  test('are counted for each client behind a trusted proxy, and not for the proxy', async () => {
    const server = await TestServer.start({
      TRUST_PROXY: '127.0.0.1',
      MAX_CONNECTIONS_PER_ADDRESS: '1',
    });
    const from = async (address: string) =>
      (await poll(server, { 'x-forwarded-for': address })).status;

    assert.deepEqual([await from('192.0.2.1'), await from('192.0.2.2')], [200, 200]);
    assert.equal(await from('192.0.2.1'), 429);
    assert.deepEqual([(await poll(server)).status, (await poll(server)).status], [200, 200]);

    await server.close();
  });

  test('are limited in total over all dialects', async () => {
    const server = await TestServer.start({ MAX_CONNECTIONS: '2' });
    await server.connect('alice');
    assert.equal((await poll(server)).status, 200);

    assert.deepEqual(await statuses(server), [503, 503, 503, 503]);
    assert.equal(Number((await poll(server)).retryAfter) > 0, true);

    await server.close();
  });
});
