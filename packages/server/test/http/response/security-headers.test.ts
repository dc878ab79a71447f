import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { PASSWORD } from '../../support/account.ts';
import { RawHttp } from '../../support/raw-http.ts';
import { TestServer } from '../../support/running-server.ts';

describe('security headers', () => {
  let server: TestServer;
  before(async () => {
    server = await TestServer.start({ TRUST_PROXY: '127.0.0.1' });
  });
  after(() => server.close());

  test('forbid foreign scripts, framing and content type sniffing', async () => {
    const { headers } = await fetch(`${server.url}/health`);

    const policy = headers.get('content-security-policy') ?? '';
    assert.match(policy, /default-src 'none'/);
    assert.match(policy, /script-src 'self'(;|$)/);
    assert.match(policy, /media-src 'self' blob:(;|$)/);
    assert.match(policy, /frame-ancestors 'none'/);
    assert.doesNotMatch(policy, /unsafe/);
    assert.equal(headers.get('x-content-type-options'), 'nosniff');
    assert.equal(headers.get('referrer-policy'), 'no-referrer');
  });

  for (const [host, scheme, areSent] of [
    ['localhost:8080', 'http', true],
    ['chat.localhost', 'http', true],
    ['127.0.0.1:8080', 'http', true],
    ['[::1]:8080', 'http', true],
    ['chat.example', 'https', true],
    ['chat.example', 'http', false],
    ['192.168.0.7:8080', 'http', false],
    ['localhost.example', 'http', false],
    ['without a host', 'http', false],
  ] as const) {
    const title = areSent
      ? 'keep pages of other origins apart'
      : 'ask for nothing that is not heeded';
    test(`${title}: ${scheme}://${host}`, async () => {
      const client = new RawHttp(server.host);
      const lines = [
        'GET /health HTTP/1.1',
        'Host: localhost',
        `X-Forwarded-Host: ${host}`,
        `X-Forwarded-Proto: ${scheme}`,
      ];
      const { status, head } = await client.ask(`${lines.join('\r\n')}\r\n\r\n`);
      client.close();

      assert.equal(status, 200);
      assert.equal(/^cross-origin-opener-policy: same-origin\r?$/im.test(head), areSent);
      assert.equal(/^origin-agent-cluster: \?1\r?$/im.test(head), areSent);
    });
  }

  test('keep personal data out of every cache', async () => {
    const account = await server.signUp('alice');
    const headers = { authorization: `Bearer ${account.token}` };
    const answers = await Promise.all([
      server.post('/register', {}),
      server.post('/login', { username: 'alice', password: PASSWORD }),
      server.post('/login', {}),
      server.post('/api/tokens', {}, headers),
      ...['/api/auth/me', '/api/auth/session', '/api/users', '/ready', '/api/nowhere'].map((path) =>
        fetch(server.url + path, { headers }),
      ),
      fetch(`${server.url}/socket.io/?EIO=4&transport=polling`),
      server.post('/logout', {}, headers),
    ]);

    for (const answer of answers) {
      assert.equal(answer.headers.get('cache-control'), 'no-store', answer.url);
      await answer.body?.cancel();
    }
  });
});
