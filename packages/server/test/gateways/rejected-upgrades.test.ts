/** Rejections of upgrades have the common error format at every path, those of the engine too. */
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { RawHttp } from '../support/raw-http.ts';
import { TestServer } from '../support/running-server.ts';

const SOCKET_IO = '/socket.io/?EIO=4&transport=websocket';
const PATHS = ['/ws', '/ws/chat', '/messagepal', SOCKET_IO];

type Change = Readonly<Record<string, string | undefined>>;

/** Sends an upgrade with some headers replaced, or omitted, and returns what the client is told. */
async function ask({ host }: TestServer, line: string, change: Change = {}) {
  const headers = {
    Host: host,
    Connection: 'Upgrade',
    Upgrade: 'websocket',
    'Sec-WebSocket-Version': '13',
    'Sec-WebSocket-Key': 'dGhlIHNhbXBsZSBub25jZQ==',
    ...change,
  };
  const lines = Object.entries(headers).filter(([, value]) => value !== undefined);
  const client = new RawHttp(host);
  const text = [`${line} HTTP/1.1`, ...lines.map((each) => each.join(': ')), '', ''].join('\r\n');
  const { status, head, body } = await client.ask(text);
  client.close();
  assert.match(head, /content-type: application\/json; charset=utf-8/i, `${line}: ${body}`);
  const { error, ...others } = JSON.parse(body);
  assert.deepEqual(others, {});
  assert.equal(typeof error.message, 'string');
  return { told: `${status} ${error.code}`, head, error };
}

describe('an upgrade', () => {
  let server: TestServer;
  let authorization: string;
  before(async () => {
    server = await TestServer.start();
    await server.register('alice');
    authorization = `Bearer ${(await server.login('alice')).token}`;
  });
  after(() => server.close());

  const malformed: readonly [title: string, method: string, change: Change, wanted: string][] = [
    ['another method', 'POST', {}, '405 VALIDATION_ERROR'],
    ['a missing host', 'GET', { Host: undefined }, '400 VALIDATION_ERROR'],
    ['a body', 'GET', { 'Content-Length': '1' }, '400 VALIDATION_ERROR'],
    ['a missing key', 'GET', { 'Sec-WebSocket-Key': undefined }, '400 VALIDATION_ERROR'],
    ['a short key', 'GET', { 'Sec-WebSocket-Key': 'dGhlIHNhbXBsZQ==' }, '400 VALIDATION_ERROR'],
    ['an invalid protocol', 'GET', { 'Sec-WebSocket-Protocol': 'a b' }, '400 VALIDATION_ERROR'],
    ['an invalid extension', 'GET', { 'Sec-WebSocket-Extensions': ';' }, '400 VALIDATION_ERROR'],
    ['another version', 'GET', { 'Sec-WebSocket-Version': '8' }, '426 VALIDATION_ERROR'],
    ['no version', 'GET', { 'Sec-WebSocket-Version': undefined }, '426 VALIDATION_ERROR'],
    ['a foreign origin', 'GET', { Origin: 'https://evil.example' }, '403 FORBIDDEN'],
  ];
  for (const [title, method, change, wanted] of malformed) {
    test(`with ${title} gets ${wanted} on each path`, async () => {
      for (const path of PATHS) {
        const { told, head } = await ask(server, `${method} ${path}`, { authorization, ...change });
        assert.equal(told, wanted, path);
        // The client learns what would be accepted.
        if (told.startsWith('405')) assert.match(head, /^allow: GET\r?$/im);
        if (told.startsWith('426')) assert.match(head, /^sec-websocket-version: 13\r?$/im);
        assert.match(head, /^connection: (close|upgrade)\r?$/im);
      }
      assert.equal((await fetch(`${server.url}/health`)).status, 200);
    });
  }

  test('for no gateway, or that Engine.IO rejects, has the format too', async () => {
    for (const [path, wanted] of [
      ['/ws/other', '404 NOT_FOUND'],
      [SOCKET_IO.replace('EIO=4', 'EIO=3'), '400 VALIDATION_ERROR'],
      [SOCKET_IO.replace('=websocket', '=polling'), '400 VALIDATION_ERROR'],
      [`${SOCKET_IO}&sid=unknown`, '400 VALIDATION_ERROR'],
    ] as const) {
      assert.equal((await ask(server, `GET ${path}`, { authorization })).told, wanted, path);
    }
  });

  test('above the limit of connections gets 503 with the seconds to wait, and is accepted below it', async (t) => {
    const small = await TestServer.start({ MAX_CONNECTIONS: '1' });
    t.after(() => small.close());
    const first = await small.connect('bob');
    const { token } = await small.login('bob');

    const { told, head, error } = await ask(small, `GET /ws?token=${token}`);

    assert.equal(told, '503 UNAVAILABLE');
    assert.match(head, new RegExp(`^retry-after: ${error.retryAfter}\r?$`, 'im'));
    first.close();
    await first.closed;
    assert.equal(await small.upgradeStatus(`/ws?token=${token}`), 101);
  });
});
