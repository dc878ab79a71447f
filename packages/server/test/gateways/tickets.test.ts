/** The address of an upgrade contains a ticket, or a token that manages nothing. */
import assert from 'node:assert/strict';
import { get } from 'node:http';
import { after, before, describe, test } from 'node:test';
import type { Account } from '../support/account.ts';
import { FlatClient } from '../support/flat-client.ts';
import { PollingClient } from '../support/polling-client.ts';
import { TestServer } from '../support/running-server.ts';
import { SocketIoClient, tokenOf } from '../support/socketio-client.ts';
import { until } from '../support/wait.ts';

async function ticketOf(account: Account): Promise<string> {
  const answer = await account.call('POST', '/api/tickets', {});
  assert.equal(answer.status, 201);
  const { ticket, expiresAt } = (await answer.json()) as { ticket: string; expiresAt: string };
  const leftMs = Date.parse(expiresAt) - Date.now();
  assert(leftMs > 20_000 && leftMs <= 30_000, expiresAt);
  return ticket;
}

describe('a ticket in the address of an upgrade', () => {
  let server: TestServer;
  let alice: Account;
  before(async () => {
    server = await TestServer.start();
    alice = await server.signUp('alice');
  });
  after(() => server.close());

  /** Whether the dialect admits a client with this query. */
  const dialects: Readonly<Record<string, (query: string) => Promise<boolean>>> = {
    '/ws': async (query) => (await server.upgradeStatus(`/ws?${query}`)) === 101,
    '/ws/chat': (query) => isGreeted(new FlatClient(server, `/ws/chat?${query}`)),
    '/messagepal': (query) => isGreeted(new FlatClient(server, `/messagepal?${query}`)),
    'Socket.IO over a WebSocket': (query) => isConnected(query, ['websocket']),
    'Socket.IO over polling': (query) => isConnected(query, ['polling', 'websocket']),
  };
  const isGreeted = async (client: FlatClient): Promise<boolean> => {
    const isClosed = client.closed.then(({ code }) => {
      assert.equal(code, 4001);
      return false;
    });
    const greeted = client.next('connected').then(() => true);
    greeted.catch(() => undefined);
    const result = await Promise.race([isClosed, greeted]);
    if (result) client.close();
    return result;
  };
  const isConnected = async (
    query: string,
    transports: readonly ('polling' | 'websocket')[],
  ): Promise<boolean> => {
    const parameters = Object.fromEntries(new URLSearchParams(query));
    const client = new SocketIoClient(server, { transports, query: parameters });
    await until(() => client.socket.connected || client.errors.length > 0, 'an answer');
    const { connected } = client.socket;
    client.close();
    return connected;
  };

  test('admits one client, in every dialect', async () => {
    for (const [dialect, admits] of Object.entries(dialects)) {
      const ticket = await ticketOf(alice);
      assert.equal(await admits(`ticket=${ticket}`), true, dialect);
      assert.equal(await admits(`ticket=${ticket}`), false, `${dialect}, again`);
    }
    const shared = await ticketOf(alice);
    assert.equal(await dialects['/ws']?.(`ticket=${shared}`), true);
    for (const [dialect, admits] of Object.entries(dialects)) {
      assert.equal(await admits(`ticket=${shared}`), false, `${dialect}, after another dialect`);
    }
  });

  test('admits one of many clients at once', async () => {
    const ticket = await ticketOf(alice);
    const statuses = await Promise.all(
      Array.from({ length: 6 }, () => server.upgradeStatus(`/ws?ticket=${ticket}`)),
    );
    assert.deepEqual(statuses.sort(), [101, 401, 401, 401, 401, 401]);
  });

  test('is good for nothing else, and overrides the cookie', async () => {
    const ticket = await ticketOf(alice);
    const headers = { authorization: `Bearer ${ticket}` };
    assert.equal((await fetch(`${server.url}/api/auth/me`, { headers })).status, 401);
    for (const query of [
      `token=${ticket}`,
      `ticket=${await tokenOf(alice)}`,
      'ticket=',
      'ticket=x.y.z',
    ]) {
      const { cookie } = alice;
      assert.equal(await server.upgradeStatus(`/ws?${query}`, { headers: { cookie } }), 401, query);
    }
    // Another signature text for the same ticket does not make it another ticket.
    const last = ticket.at(-1) ?? '';
    const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_';
    const twin = `${ticket.slice(0, -1)}${alphabet[alphabet.indexOf(last) ^ 1]}`;
    const statuses = [ticket, twin].map((each) => server.upgradeStatus(`/ws?ticket=${each}`));
    assert.equal((await Promise.all(statuses)).filter((status) => status === 101).length, 1);
  });

  test('ends with its session', async () => {
    const bob = await server.signUp('bob');
    const ticket = await ticketOf(bob);
    await bob.must('POST', '/logout', {});
    assert.equal(await server.upgradeStatus(`/ws?ticket=${ticket}`), 401);
  });
});

describe('a token of POST /api/tokens', () => {
  let server: TestServer;
  before(async () => {
    server = await TestServer.start();
  });
  after(() => server.close());

  test('reads and writes, and manages neither sessions nor credentials', async () => {
    const alice = await server.signUp('alice');
    const headers = {
      authorization: `Bearer ${await tokenOf(alice)}`,
      'content-type': 'application/json',
    };
    const ask = (method: string, path: string, body?: object) =>
      fetch(`${server.url}${path}`, {
        ...{ method, headers },
        ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      });
    const { sessions } = await alice.must<{ sessions: { id: string }[] }>('GET', '/api/sessions');
    const password = { currentPassword: 'correct horse', newPassword: 'battery staple' };
    const forbidden: readonly [method: string, path: string, body?: object][] = [
      ['POST', '/api/tokens', {}],
      ['POST', '/api/tickets', {}],
      ['GET', '/api/sessions'],
      ['DELETE', `/api/sessions/${sessions[0]?.id}`],
      ['POST', '/logout', { all: true }],
      ['POST', '/api/auth/logout', { all: true }],
      ['POST', '/api/auth/password', password],
    ];
    for (const [method, path, body] of forbidden) {
      const answer = await ask(method, path, body);
      assert.equal(answer.status, 403, path);
      assert.match(await answer.text(), /"code":"FORBIDDEN".*is for connections/);
    }

    for (const path of ['/api/auth/me', '/api/conversations', '/api/users?usernames=alice']) {
      assert.equal((await ask('GET', path)).status, 200, path);
    }
    assert.equal(await server.upgradeStatus('/ws', { headers }), 101);
    assert.equal((await alice.call('GET', '/api/auth/me')).status, 200);
  });
});

describe('the token of a login in the address of an upgrade', () => {
  const admitted = async (
    settings: Record<string, string>,
    headers: Record<string, string> = {},
  ): Promise<readonly boolean[]> => {
    const server = await TestServer.start(settings);
    try {
      const alice = await server.signUp('alice');
      const results: boolean[] = [];
      for (const token of [alice.token, await tokenOf(alice)]) {
        results.push((await server.upgradeStatus(`/ws?token=${token}`, { headers })) === 101);
        const flat = new FlatClient(server, `/ws/chat?token=${token}`, { headers });
        results.push(
          await Promise.race([
            flat.next('connected').then(() => true),
            flat.closed.then(() => false),
          ]),
        );
        flat.close();
      }
      if (results[0] === false)
        assert.match(await refusal(server, alice.token), /SESSION_TOKEN_IN_URL=on/);
      const carriers = { authorization: `Bearer ${alice.token}`, ...headers };
      assert.equal(await server.upgradeStatus('/ws', { headers: carriers }), 101);
      const polling = await PollingClient.open(server, alice.token);
      assert.match(polling.packets.join(), /^40\{/);
      return results;
    } finally {
      await server.close();
    }
  };
  const refusal = (server: TestServer, token: string): Promise<string> =>
    new Promise((resolve, reject) => {
      const headers = {
        ...{ connection: 'Upgrade', upgrade: 'websocket', 'x-forwarded-for': '192.0.2.1' },
        ...{ 'sec-websocket-version': '13', 'sec-websocket-key': 'dGhlIHNhbXBsZSBub25jZQ==' },
      };
      get(`${server.url}/ws?token=${token}`, { headers }, (response) => {
        let text = '';
        response.on('data', (chunk) => {
          text += chunk;
        });
        response.on('end', () => resolve(text));
      }).on('error', reject);
    });

  const [all, onlyTokens] = [
    [true, true, true, true],
    [false, false, true, true],
  ];
  const forwarded = { 'x-forwarded-for': '192.0.2.1' };

  test('is accepted from this machine by a server that only this machine reaches', async () => {
    assert.deepEqual(await admitted({}), all);
    assert.deepEqual(await admitted({}, forwarded), onlyTokens);
  });

  test('is refused elsewhere, and if the setting says so', async () => {
    assert.deepEqual(await admitted({ HOST: '0.0.0.0', REGISTRATION: 'open' }), onlyTokens);
    assert.deepEqual(await admitted({ SESSION_TOKEN_IN_URL: 'off' }), onlyTokens);
  });

  test('is accepted everywhere if the setting says so', async () => {
    const settings = { HOST: '0.0.0.0', REGISTRATION: 'open', SESSION_TOKEN_IN_URL: 'on' };
    assert.deepEqual(await admitted(settings, forwarded), all);
  });
});
