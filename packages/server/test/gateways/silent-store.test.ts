/** Answers of a server whose PostgreSQL has stopped responding. */
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { throughProxy } from '../support/proxied-store.ts';
import { RawHttp } from '../support/raw-http.ts';
import { TestServer } from '../support/running-server.ts';
import { postgresSkip, TestDatabases } from '../support/test-database.ts';
import { until } from '../support/wait.ts';

describe('a server whose database does not respond', { skip: postgresSkip() }, () => {
  let databases: TestDatabases;
  before(async () => {
    databases = await TestDatabases.open();
  });
  after(() => databases.close());

  const onProxy = async (timeoutMs: string) => {
    const { proxy, url } = await throughProxy(await databases.create());
    const server = await TestServer.start({
      DATABASE_URL: url,
      DATABASE_TIMEOUT_MS: timeoutMs,
      DURABILITY: 'relaxed',
    });
    const close = async () => {
      // Ends pending requests now.
      proxy.cut();
      await server.close();
      await proxy.close();
    };
    return { proxy, server, close };
  };

  const upgrade = async ({ host }: TestServer, path: string, token: string) => {
    const connection = new RawHttp(host);
    const head = [
      `GET ${path} HTTP/1.1`,
      `Host: ${host}`,
      'Connection: Upgrade',
      'Upgrade: websocket',
      'Sec-WebSocket-Version: 13',
      'Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==',
      `Authorization: Bearer ${token}`,
    ];
    const { status, head: answered, body } = await connection.ask(`${head.join('\r\n')}\r\n\r\n`);
    connection.close();
    const retryAfter = /^retry-after: (.+)$/im.exec(answered)?.[1];
    return { status, retryAfter, code: JSON.parse(body).error?.code };
  };

  // The first timeout is longer than an upgrade may take.
  for (const [when, timeoutMs] of [
    ['before the outage is detected', '60000'],
    ['after the outage is detected', '2000'],
  ] as const) {
    test(`rejects upgrades as UNAVAILABLE, ${when}`, async () => {
      const { proxy, server, close } = await onProxy(timeoutMs);
      const { token } = await server.signUp('alice');
      proxy.onAnswer = () => false;
      if (timeoutMs === '2000') {
        const me = () =>
          fetch(`${server.url}/api/auth/me`, { headers: { authorization: `Bearer ${token}` } });
        const first = await me();
        assert.deepEqual([first.status, first.headers.get('retry-after')], [503, '1']);
      }

      const paths = ['/ws', '/ws/chat', '/messagepal'];
      const answers = await Promise.all(paths.map((path) => upgrade(server, path, token)));

      const rejection = { status: 503, retryAfter: '1', code: 'UNAVAILABLE' };
      assert.deepEqual(answers, [rejection, rejection, rejection]);
      proxy.onAnswer = () => true;
      proxy.cut();
      await until(
        async () => (await server.upgradeStatus(`/ws?token=${token}`)) === 101,
        'the store',
      );
      await close();
    });
  }
});
