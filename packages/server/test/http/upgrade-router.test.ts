/** Offers to upgrade to other protocols than WebSocket are ignored. */
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { isForGateway } from '../../src/http/upgrade-router.ts';
import { PASSWORD } from '../support/account.ts';
import { RawHttp } from '../support/raw-http.ts';
import { TestServer } from '../support/running-server.ts';

const H2C = 'Connection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\nHTTP2-Settings: AAMAAABk\r\n';

describe('an offer to upgrade to another protocol', () => {
  let server: TestServer;
  let client: RawHttp;
  before(async () => {
    server = await TestServer.start();
    await server.register('alice');
    client = new RawHttp(server.host);
  });
  after(async () => {
    client.close();
    await server.close();
  });

  const head = (line: string) => `${line} HTTP/1.1\r\nHost: ${server.host}\r\n`;

  test('is ignored, with the body of its request, and the connection stays open', async () => {
    const body = JSON.stringify({ username: 'alice', password: PASSWORD });
    const login = `${head('POST /login')}${H2C}Content-Type: application/json\r\n`;

    const health = await client.ask(`${head('GET /health')}${H2C}\r\n`);
    const whole = await client.ask(`${login}Content-Length: ${body.length}\r\n\r\n${body}`);
    const chunked = await client.ask(
      `${login}Transfer-Encoding: chunked\r\n\r\n${body.length.toString(16)}\r\n${body}\r\n0\r\n\r\n`,
    );
    const unknown = await client.ask(`${head('GET /nowhere')}${H2C}\r\n`);
    const plain = await client.ask(`${head('GET /health')}\r\n`);

    const answers = [health, whole, chunked, unknown, plain];
    assert.deepEqual(
      answers.map(({ status }) => status),
      [200, 200, 200, 404, 200],
    );
    assert.match(chunked.body, /"token"/);
    for (const { head: told } of answers) assert.match(told, /nosniff/);
  });

  test('is rejected on a WebSocket path', async () => {
    for (const [line, status] of [
      ['GET /ws', 400],
      ['GET /socket.io/?EIO=4&transport=websocket', 400],
    ] as const) {
      const asking = new RawHttp(server.host);
      assert.equal((await asking.ask(`${head(line)}${H2C}\r\n`)).status, status, line);
      asking.close();
    }
    assert.equal(await server.upgradeStatus('/health'), 404);
  });

  test('is passed to a gateway if the path or the protocol matches', () => {
    const paths = new Set(['/ws']);
    for (const [url, upgrade, expected] of [
      ['/ws?token=x', 'h2c', true],
      ['http://chat.example/ws', 'h2c', true],
      ['/health', 'websocket', true],
      ['/health', 'WebSocket', true],
      ['/health', 'h2c, websocket', true],
      ['/health', 'websocket/13', true],
      ['/health', 'h2c', false],
      ['/health', 'TLS/1.0, HTTP/2.0', false],
      ['/health', 'websockets', false],
      ['/health', '', false],
    ] as const) {
      assert.equal(isForGateway({ url, headers: { upgrade } }, paths), expected, upgrade);
    }
  });
});
