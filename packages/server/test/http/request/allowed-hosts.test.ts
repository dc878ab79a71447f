/** The server answers only for its own hosts, which prevents DNS rebinding. */
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { hostnameOf, matchHosts } from '../../../src/http/request/allowed-hosts.ts';
import { PASSWORD } from '../../support/account.ts';
import { RawHttp } from '../../support/raw-http.ts';
import { TestServer } from '../../support/running-server.ts';

const UPGRADE =
  'Connection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\n' +
  'Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n';

describe('the host of a request', () => {
  let server: TestServer;
  before(async () => {
    server = await TestServer.start({
      ALLOWED_HOSTS: 'Chat.example',
      CORS_ORIGINS: 'https://app.example:8443',
      TRUST_PROXY: '127.0.0.2',
    });
  });
  after(() => server.close());

  const ask = async (host: string, line = 'GET /ready', more = '') => {
    const client = new RawHttp(server.host);
    const { status, body } = await client.ask(`${line} HTTP/1.1\r\nHost: ${host}\r\n${more}\r\n`);
    client.close();
    return { status, body };
  };

  for (const host of [
    'localhost',
    'localhost:8080',
    'LOCALHOST.',
    'chat.localhost:1',
    '127.0.0.1:8080',
    '127.1',
    '192.168.0.7',
    '[::1]:8080',
    '[fe80::1]',
    'chat.example',
    'CHAT.example.:443',
    'app.example',
  ]) {
    test(`is accepted: ${host}`, async () => {
      assert.equal((await ask(host)).status, 200);
    });
  }

  for (const host of [
    'evil.example',
    'evil.example:8080',
    'localhost.evil.example',
    'notlocalhost',
    'chat.example.evil.example',
    'sub.chat.example',
    '127.0.0.1.evil.example',
  ]) {
    test(`is rejected: ${host}`, async () => {
      const { status, body } = await ask(host);

      assert.equal(status, 403);
      assert.match(body, /"FORBIDDEN".*ALLOWED_HOSTS=chat\.example\.org/);
    });
  }

  for (const host of [
    '',
    'a b',
    'localhost/evil',
    'user@localhost',
    '[::1',
    'localhost:x',
    '%zz',
  ]) {
    test(`is malformed: '${host}'`, async () => {
      assert.equal((await ask(host)).status, 400);
    });
  }

  test('is rejected for every path and method, with an equal origin or without one', async () => {
    const own = 'Origin: http://evil.example\r\n';
    const body = JSON.stringify({ username: 'mallory', password: PASSWORD });
    const json = `Content-Type: application/json\r\nContent-Length: ${body.length}\r\n`;
    for (const [line, more] of [
      ['GET /', ''],
      ['GET /app/rooms', ''],
      ['GET /api/openapi.json', ''],
      ['GET /api/auth/me', 'Cookie: connect.sid=s%3Ax.y\r\n'],
      ['POST /register', `${own}${json}\r\n${body}`],
      ['POST /login', `${json}\r\n${body}`],
      ['OPTIONS /login', own],
      ['GET /socket.io/?EIO=4&transport=polling', own],
      ['POST /socket.io/?EIO=4&transport=polling', 'Content-Length: 0\r\n'],
      ['GET /socket.io/?EIO=4&transport=websocket', UPGRADE],
      ['GET /ws', `${UPGRADE}${own}`],
      ['GET /ws', UPGRADE],
      ['GET /ws/chat', UPGRADE],
      ['GET /messagepal', UPGRADE],
    ] as const) {
      const { status } = await ask('evil.example', line, more);
      assert.equal(status, 403, `${line} ${more}`);
    }
    assert.equal((await server.post('/login', JSON.parse(body))).status, 401);
  });

  test('is read from an absolute target instead of the header', async () => {
    assert.equal((await ask('localhost', 'GET http://evil.example/ready')).status, 403);
    assert.equal((await ask('evil.example', 'GET http://localhost/ready')).status, 200);
  });

  test('is not read from the headers of an untrusted proxy', async () => {
    const more = 'X-Forwarded-Host: chat.example\r\n';
    assert.equal((await ask('evil.example', 'GET /ready', more)).status, 403);
  });

  test('may be any host for a health check', async () => {
    assert.equal((await ask('anything.example', 'GET /health')).status, 200);
    assert.equal((await ask('anything.example', 'GET /health/x')).status, 403);
  });

  test('is required exactly once, except in HTTP/1.0', async () => {
    const client = new RawHttp(server.host);
    const twice = 'GET /health HTTP/1.1\r\nHost: localhost\r\nhost: localhost\r\n\r\n';
    assert.equal((await client.ask(twice)).status, 400);
    const bare = 'GET /ready HTTP/1.0\r\nConnection: keep-alive\r\n\r\n';
    assert.equal((await client.ask(bare)).status, 200);
    client.close();
    const upgrade = new RawHttp(server.host);
    const both = `GET /ws HTTP/1.1\r\nHost: localhost\r\nHost: localhost\r\n${UPGRADE}\r\n`;
    assert.equal((await upgrade.ask(both)).status, 400);
    upgrade.close();
  });
});

describe('the host behind a trusted proxy', () => {
  test('is the forwarded host, which must be allowed', async () => {
    const server = await TestServer.start({
      ALLOWED_HOSTS: 'chat.example',
      TRUST_PROXY: '127.0.0.1',
    });
    const statusOf = async (host: string) => {
      const headers = { 'x-forwarded-host': host };
      return (await fetch(`${server.url}/ready`, { headers })).status;
    };

    assert.deepEqual([await statusOf('chat.example'), await statusOf('evil.example')], [200, 403]);
    await server.close();
  });
});

describe('matchHosts', () => {
  test('accepts a name that HOST contains', () => {
    assert.equal(matchHosts(['chat.internal'], undefined)('chat.internal'), true);
  });
});

describe('hostnameOf', () => {
  test('returns the canonical form of a name', () => {
    assert.equal(hostnameOf('MÜNCHEN.example.:80'), 'xn--mnchen-3ya.example');
    assert.equal(hostnameOf('0x7f.1'), '127.0.0.1');
    assert.equal(hostnameOf('[0:0::1]:1'), '[::1]');
  });
});
