import assert from 'node:assert/strict';
import { once } from 'node:events';
import { get, type IncomingMessage } from 'node:http';
import { after, before, describe, test } from 'node:test';
import { PASSWORD } from '../support/account.ts';
import { TestServer } from '../support/running-server.ts';

interface ErrorBody {
  readonly error: { readonly code: string; readonly message: string; readonly field?: string };
}

async function errorOf(answer: Response): Promise<ErrorBody['error']> {
  return ((await answer.json()) as ErrorBody).error;
}

describe('HTTP', () => {
  let server: TestServer;
  before(async () => {
    server = await TestServer.start({
      ALLOWED_HOSTS: 'chat.internal',
      CORS_ORIGINS: 'https://chat.example',
      TRUST_PROXY: '127.0.0.1',
    });
  });
  after(() => server.close());

  test('registers with 201, and returns only public fields', async () => {
    const answer = await server.post('/register', { username: 'Alice', password: PASSWORD });

    assert.equal(answer.status, 201);
    const text = await answer.text();
    const { success, user } = JSON.parse(text) as {
      success: boolean;
      user: Record<string, string>;
    };
    assert.equal(success, true);
    assert.deepEqual(Object.keys(user).sort(), ['createdAt', 'id', 'username']);
    assert.equal(user['username'], 'Alice');
    assert.doesNotMatch(text, /argon|hash|horse/i);
  });

  test('rejects a taken name with 409', async () => {
    await server.register('taken');

    const answer = await server.post('/register', { username: 'TAKEN', password: PASSWORD });

    assert.equal(answer.status, 409);
    assert.deepEqual(await errorOf(answer), {
      code: 'CONFLICT',
      message: 'Username taken',
      field: 'username',
    });
  });

  test('returns a token, its expiry and a signed cookie at login', async () => {
    await server.register('bob');

    const answer = await server.post('/login', { username: 'bob', password: PASSWORD });

    assert.equal(answer.status, 200);
    const body = (await answer.json()) as { token: string; expiresAt: string; success: boolean };
    assert.equal(body.success, true);
    assert(Date.parse(body.expiresAt) > Date.now());
    const [cookie = ''] = answer.headers.getSetCookie();
    assert.match(cookie, /^connect\.sid=s%3A[\w-]{43}\.[\w%]+; /);
    for (const attribute of ['HttpOnly', 'SameSite=Lax', 'Path=/', 'Max-Age=34560000']) {
      assert(cookie.includes(attribute), attribute);
    }
    assert(!cookie.includes('Secure'));
  });

  test('marks the cookie as secure if a trusted proxy terminates TLS', async () => {
    const answer = await server.post(
      '/login',
      { username: 'bob', password: PASSWORD },
      { 'x-forwarded-proto': 'https' },
    );

    assert.match(answer.headers.getSetCookie()[0] ?? '', /; Secure/);
  });

  test('gives the same answer to every failed login', async () => {
    const attempts = [
      { username: 'bob', password: 'wrong password' },
      { username: 'nobody', password: PASSWORD },
      { username: 'b', password: 'x' },
      { username: 'x'.repeat(300), password: 'y'.repeat(3000) },
    ];
    const answers = await Promise.all(attempts.map((attempt) => server.post('/login', attempt)));

    for (const answer of answers) {
      assert.equal(answer.status, 401);
      assert.deepEqual(await errorOf(answer), {
        code: 'UNAUTHENTICATED',
        message: 'Invalid credentials',
      });
    }
  });

  test('returns the user of a cookie or a header, and 401 without a session', async () => {
    const { token, cookie } = await server.login('bob');

    for (const headers of [{ cookie }, { authorization: `Bearer ${token}` }]) {
      const answer = await fetch(`${server.url}/api/auth/me`, { headers });
      assert.equal(answer.status, 200);
      const { user } = (await answer.json()) as { user: { username: string } };
      assert.equal(user.username, 'bob');
    }
    const answer = await fetch(`${server.url}/api/auth/me`);
    assert.equal(answer.status, 401);
    assert.equal(answer.headers.get('www-authenticate'), 'Bearer');
    assert.equal((await errorOf(answer)).code, 'UNAUTHENTICATED');
  });

  test('returns no user without an error if asked for an optional session, in the same format', async () => {
    const { token, cookie } = await server.login('bob');

    for (const headers of [{ cookie }, { authorization: `Bearer ${token}` }]) {
      const asked = ['/api/auth/session', '/api/auth/me'].map((path) =>
        fetch(server.url + path, { headers }),
      );
      const [answer, me] = await Promise.all(asked);
      assert.ok(answer && me);
      const { expiresAt, ...rest } = (await answer.json()) as { readonly expiresAt: string };
      assert.deepEqual(rest, {
        ...((await me.json()) as object),
        ...{ registration: 'open', sendsMail: false, passwordSignIn: true, providers: [] },
        passkeySite: null,
        emailDomains: [],
        server: { name: null, logoUrl: null },
      });
      assert.ok(Date.parse(expiresAt) > Date.now(), expiresAt);
      assert.deepEqual(answer.headers.getSetCookie(), me.headers.getSetCookie());
    }
    const forged = { cookie: 'connect.sid=s%3Anothing.ofours' };
    for (const headers of [{}, forged, { authorization: 'Bearer nothing' }]) {
      const answer = await fetch(`${server.url}/api/auth/session`, { headers });
      assert.equal(answer.status, 200);
      assert.deepEqual(await answer.json(), {
        ...{
          user: null,
          registration: 'open',
          sendsMail: false,
          passwordSignIn: true,
          providers: [],
          passkeySite: null,
          emailDomains: [],
          server: { name: null, logoUrl: null },
        },
      });
      assert.deepEqual(answer.headers.getSetCookie(), []);
    }
  });

  test('accepts no token in the URL or in a subprotocol', async () => {
    const { token } = await server.login('bob');
    const headers = { 'sec-websocket-protocol': `parley, parley.token.${token}` };
    const me = (query: string) => fetch(`${server.url}/api/auth/me${query}`, { headers });
    const { token: other, cookie } = await server.login('bob');

    const posted = [
      `/api/tokens?token=${token}`,
      `/api/auth/logout?token=${token}`,
      `/logout?token=${token}`,
    ];
    const answers = [await me(''), await me(`?token=${token}`)];
    for (const path of posted) answers.push(await server.post(path, {}, headers));

    for (const answer of answers) assert.equal(answer.status, 401, answer.url);
    // The token has no effect there: the answer is the same as without it.
    const ownWays = [{ cookie }, { authorization: `Bearer ${other}` }];
    for (const own of ownWays) {
      // Not by `fetch`, which rejects what is not described.
      const request = get(`${server.url}/api/auth/me?token=x`, { headers: own });
      const [answer] = (await once(request, 'response')) as [IncomingMessage];
      answer.resume();
      assert.equal(answer.statusCode, 200);
    }
    assert.equal(await server.upgradeStatus(`/ws?token=${token}`), 101);
  });

  test('keeps the cookie longer than the session, which requests extend without a new cookie', async () => {
    const short = await TestServer.start({ SESSION_TTL_MS: '60000' });
    await short.register('alice');

    const answer = await short.post('/login', { username: 'alice', password: PASSWORD });
    const [cookie = ''] = answer.headers.getSetCookie();
    const headers = { cookie: cookie.split(';', 1)[0] ?? '' };
    const me = await fetch(`${short.url}/api/auth/me`, { headers });

    const { expiresAt } = (await answer.json()) as { expiresAt: string };
    assert(Date.parse(expiresAt) <= Date.now() + 60_000);
    for (const set of [cookie, me.headers.getSetCookie()[0] ?? '']) {
      assert.match(set, /; Max-Age=34560000;/);
    }
    await short.close();
  });

  test('invalidates the token and deletes the cookie at logout', async () => {
    const { token, cookie } = await server.login('bob');
    const other = await server.login('bob');

    const answer = await server.post('/logout', {}, { cookie });

    assert.equal(answer.status, 200);
    assert.match(answer.headers.getSetCookie()[0] ?? '', /^connect\.sid=; Max-Age=0/);
    const me = (bearer: string) =>
      fetch(`${server.url}/api/auth/me`, { headers: { authorization: `Bearer ${bearer}` } });
    assert.equal((await me(token)).status, 401);
    assert.equal((await me(other.token)).status, 200);
    assert.equal((await server.post('/logout', {}, { cookie })).status, 401);
  });

  test('ends all sessions of the user if the logout requests it', async () => {
    const [here, there] = [await server.login('bob'), await server.login('bob')];

    await server.post('/logout', { all: true }, { cookie: here.cookie });

    assert.equal(await server.upgradeStatus(`/ws?token=${there.token}`), 401);
  });

  test('treats an empty body as no body if none is required', async () => {
    const { cookie } = await server.login('bob');
    for (const [path, status] of [
      ['/api/tokens', 201],
      ['/logout', 200],
    ] as const) {
      assert.equal((await server.post(path, '', { cookie })).status, status, path);
    }
  });

  const rejections: readonly [title: string, body: string, type: string, expected: object][] = [
    ['text that is not JSON', 'hello', 'application/json', { code: 'INVALID_JSON' }],
    ['an empty body', '', 'application/json', { code: 'VALIDATION_ERROR' }],
    ['white space', ' ', 'application/json', { code: 'INVALID_JSON' }],
    ['an array', '[]', 'application/json', { code: 'VALIDATION_ERROR' }],
    ['a missing password', '{"username":"carol"}', 'application/json', { field: 'password' }],
    [
      'a number as the password',
      '{"username":"carol","password":12345678}',
      'application/json',
      { field: 'password' },
    ],
    ['a form', 'username=carol', 'application/x-www-form-urlencoded', { code: 'VALIDATION_ERROR' }],
    ['plain text', '{"username":"carol"}', 'text/plain', { code: 'VALIDATION_ERROR' }],
    [
      'a body of 20 KB',
      `{"username":"${'x'.repeat(20_000)}"}`,
      'application/json',
      { code: 'VALIDATION_ERROR' },
    ],
    [
      'a poisoned prototype',
      '{"__proto__":{"admin":true},"username":"carol","password":"password123"}',
      'application/json',
      { code: 'INVALID_JSON' },
    ],
  ];
  for (const [title, body, type, expected] of rejections) {
    test(`rejects ${title} with 400`, async () => {
      const answer = await server.post('/register', body, { 'content-type': type });

      assert.equal(answer.status, 400);
      const error = (await errorOf(answer)) as unknown as Record<string, unknown>;
      for (const [key, value] of Object.entries(expected)) assert.equal(error[key], value);
    });
  }

  test('rejects a body that is not UTF-8, and stores nothing', async () => {
    const { token } = await server.login('bob');
    const send = (path: string, body: string, type: string) =>
      fetch(server.url + path, {
        method: 'POST',
        headers: { authorization: `Bearer ${token}`, 'content-type': type },
        body: Buffer.from(body, 'latin1'),
      });

    for (const bytes of ['\xe9', '\xc0\xaf', '\xed\xa0\x80', '\xf0\x9f']) {
      const answer = await send('/api/workspaces', `{"name":"caf${bytes}"}`, 'application/json');
      assert.equal(answer.status, 400);
      assert.equal((await errorOf(answer)).code, 'INVALID_JSON');
    }
    for (const charset of ['latin1', 'iso-8859-1', '"utf-16le"', 'nothing', '']) {
      const type = `application/json; charset=${charset}`;
      const answer = await send('/api/workspaces', '{"name":"cafe"}', type);
      assert.equal(answer.status, 400, charset);
      const { code, message } = await errorOf(answer);
      assert.deepEqual([code, message], ['VALIDATION_ERROR', 'The body must be UTF-8'], charset);
    }
    const listed = await fetch(`${server.url}/api/workspaces`, {
      headers: { authorization: `Bearer ${token}` },
    });
    assert.deepEqual(await listed.json(), { workspaces: [], hasMore: false });
  });

  test('reads UTF-8, whether or not the content type names it', async () => {
    const { token } = await server.login('bob');
    for (const type of ['', '; charset=utf-8', ';Charset="UTF-8"', '; charset=utf8; v=1']) {
      const answer = await server.post(
        '/login',
        { username: 'é😀', password: 'x' },
        { authorization: `Bearer ${token}`, 'content-type': `application/json${type}` },
      );
      assert.equal(answer.status, 401, type);
    }
  });

  test('rejects a foreign origin with 403 on every route that changes data', async () => {
    for (const path of ['/register', '/login', '/logout', '/api/auth/login', '/nowhere']) {
      const answer = await server.post(path, {}, { origin: 'https://evil.example' });
      assert.equal(answer.status, 403, path);
      assert.equal((await errorOf(answer)).code, 'FORBIDDEN');
    }
    const site = await server.post('/login', {}, { 'sec-fetch-site': 'cross-site' });
    assert.equal(site.status, 403);
  });

  test('recognizes its own origin behind a trusted proxy', async () => {
    const headers = { origin: 'https://chat.internal', 'x-forwarded-host': 'chat.internal' };

    const answer = await server.post('/login', { username: 'bob', password: PASSWORD }, headers);

    assert.equal(answer.status, 200);
  });

  test('treats a page loaded over plain HTTP as foreign if the server uses TLS, on every endpoint', async () => {
    const { token } = await server.login('bob');
    const headers = (scheme: string) => ({
      origin: `${scheme}://chat.internal`,
      'x-forwarded-host': 'chat.internal',
      'x-forwarded-proto': 'https',
    });
    const sockets = ['/ws', '/ws/chat', '/messagepal', '/socket.io/?EIO=4&transport=websocket'];
    const statuses = (scheme: string, doors: readonly string[]) =>
      Promise.all([
        server.post('/nowhere', {}, headers(scheme)).then(({ status }) => status),
        fetch(`${server.url}/socket.io/?EIO=4&transport=polling`, {
          headers: headers(scheme),
        }).then(({ status }) => status),
        ...doors.map((path) =>
          server.upgradeStatus(path, {
            headers: { ...headers(scheme), authorization: `Bearer ${token}` },
          }),
        ),
      ]);

    assert.deepEqual(await statuses('http', sockets), [403, 403, 403, 403, 403, 403]);
    assert.deepEqual(await statuses('https', ['/ws']), [404, 200, 101]);
  });

  test('allows only pages of listed origins to read its answers', async () => {
    const listed = await fetch(`${server.url}/health`, {
      headers: { origin: 'https://chat.example' },
    });
    const foreign = await fetch(`${server.url}/health`, {
      headers: { origin: 'https://evil.example' },
    });
    const preflight = await fetch(`${server.url}/login`, {
      method: 'OPTIONS',
      headers: { origin: 'https://chat.example', 'access-control-request-method': 'POST' },
    });

    assert.equal(listed.headers.get('access-control-allow-origin'), 'https://chat.example');
    assert.equal(listed.headers.get('access-control-allow-credentials'), 'true');
    assert.equal(foreign.headers.get('access-control-allow-origin'), null);
    assert.equal(preflight.status, 204);
  });

  test('answers the health check', async () => {
    const answer = await fetch(`${server.url}/health`);

    assert.equal(answer.status, 200);
    assert.match(answer.headers.get('content-type') ?? '', /^application\/json/);
    const body = (await answer.json()) as { status: string; connections: { total: number } };
    assert.equal(body.status, 'ok');
    assert.equal(body.connections.total, 0);
  });

  test('answers unknown paths with 404', async () => {
    for (const path of [
      '/nowhere',
      '/api/nowhere',
      '/assets/none.js',
      '/..%2f..%2fetc/passwd',
      '/login',
    ]) {
      const answer = await fetch(server.url + path);
      assert.equal(answer.status, 404, path);
      assert.equal((await errorOf(answer)).code, 'NOT_FOUND');
    }
  });
});
