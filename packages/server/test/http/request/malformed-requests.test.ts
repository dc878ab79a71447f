/** Requests that reach no route are rejected in the common error format too. */
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { RawHttp } from '../../support/raw-http.ts';
import { TestServer } from '../../support/running-server.ts';

const FOREIGN = 'Origin: https://evil.example\r\n';
const LONG = 'x'.repeat(200);
const TOO_LONG = 'x'.repeat(20_000);

describe('a malformed request', () => {
  let server: TestServer;
  before(async () => {
    server = await TestServer.start();
  });
  after(() => server.close());

  const ask = async (text: string) => {
    const client = new RawHttp(server.host);
    const { status, head, body } = await client.ask(text);
    client.close();
    assert.match(head, /content-type: application\/json/i);
    assert.doesNotMatch(head + body, /SECRET/);
    const { error, ...others } = JSON.parse(body) as {
      error: { code: string; message: string; field?: string };
    };
    assert.deepEqual(others, {});
    assert.equal(typeof error.message, 'string');
    const told = error.field === undefined ? error.code : `${error.code} ${error.field}`;
    return { told: `${status} ${told}`, head };
  };
  const head = (line: string) => `${line} HTTP/1.1\r\nHost: ${server.host}\r\n`;

  for (const [line, wanted] of [
    ['GET /%?token=SECRET', '400 VALIDATION_ERROR'],
    ['GET /%zz/%e9', '400 VALIDATION_ERROR'],
    ['GET http://[bad/ws?token=SECRET', '400 VALIDATION_ERROR'],
    ['GET http://?token=SECRET', '400 VALIDATION_ERROR'],
    ['GET ftp://localhost/health?token=SECRET', '400 VALIDATION_ERROR'],
    ['GET https://localhost:99999/health?token=SECRET', '400 VALIDATION_ERROR'],
    ['GET http://localhost/%zz?token=SECRET', '400 VALIDATION_ERROR'],
    ['GET /socket.io/%', '400 VALIDATION_ERROR'],
    [`GET /api/channels/${LONG}/messages?token=SECRET`, '400 VALIDATION_ERROR roomId'],
    ['GET /api/channels/%00/messages', '400 VALIDATION_ERROR roomId'],
    ['TRACE /health', '404 NOT_FOUND'],
    ['PROPFIND /health', '404 NOT_FOUND'],
  ] as const) {
    test(`is rejected with ${wanted}: ${line.slice(0, 40)}`, async () => {
      const { told, head: sent } = await ask(`${head(line)}\r\n`);

      assert.equal(told, wanted);
      for (const name of ['content-security-policy', 'nosniff', 'no-referrer', 'vary: Origin']) {
        assert.match(sent, new RegExp(name, 'i'));
      }
    });
  }

  test('is rejected for its origin first', async () => {
    for (const line of [
      'POST /api/messages/%',
      `PUT /api/blocks/${LONG}`,
      'PUT /api/blocks/%00',
      'TRACE /health',
    ]) {
      const { told } = await ask(`${head(line)}${FOREIGN}\r\n`);
      assert.equal(told, '403 FORBIDDEN', line);
    }
  });

  test('is rejected without a host', async () => {
    assert.equal((await ask('GET /health HTTP/1.1\r\n\r\n')).told, '400 VALIDATION_ERROR');
  });

  test('is rejected if it is an upgrade', async () => {
    const upgrade = 'Connection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\n';
    const key = 'Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n';
    for (const target of ['http://[bad/ws', 'http://[bad/socket.io/', 'ftp://localhost/ws/chat']) {
      const { told } = await ask(`${head(`GET ${target}?token=SECRET`)}${upgrade}${key}\r\n`);
      assert.equal(told, '400 VALIDATION_ERROR', target);
    }
  });

  test('is rejected if it is not HTTP or too long', async () => {
    for (const text of [
      'garbage\r\n\r\n',
      `${head('FOO /health?token=SECRET')}\r\n`,
      'GET /health HTTP/3.7\r\n\r\n',
      `GET /${TOO_LONG}`,
      `${head('GET /health')}X-Long: ${TOO_LONG}`,
      `${head('POST /login')}Content-Length: 10\r\nTransfer-Encoding: chunked\r\n\r\n`,
    ]) {
      const { told, head: sent } = await ask(text);
      assert.equal(told, '400 VALIDATION_ERROR', text.slice(0, 40));
      assert.match(sent, /connection: close/i);
    }
    assert.equal((await ask(`${head('CONNECT chat.example:443')}\r\n`)).told, '404 NOT_FOUND');
  });

  test('does not include an unknown expectation, an absolute target, or HTTP/1.0 without a host', async () => {
    const client = new RawHttp(server.host);

    const odd = await client.ask(`${head('GET /health')}Expect: the-unexpected\r\n\r\n`);
    const absolute = await client.ask(`${head('GET http://other.example/health')}\r\n`);
    const bare = await client.ask('GET /health HTTP/1.0\r\nConnection: keep-alive\r\n\r\n');

    assert.deepEqual([odd.status, absolute.status, bare.status], [200, 200, 200]);
    client.close();
  });
});
