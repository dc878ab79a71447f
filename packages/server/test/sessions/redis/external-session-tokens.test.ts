/**
 * Signed tokens for the sessions that a real Express application keeps: they identify one of its
 * sessions.
 */
import assert from 'node:assert/strict';
import { createHmac, generateKeyPairSync } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { SignJWT } from 'jose';
import { ExternalApplication } from '../../support/external-application.ts';
import { FlatClient } from '../../support/flat-client.ts';
import { RedisServer, redisSkip } from '../../support/redis-server.ts';
import { TestServer } from '../../support/running-server.ts';
import { SocketIoClient } from '../../support/socketio-client.ts';
import { temporaryDirectory } from '../../support/temporary-directory.ts';
import { until, within } from '../../support/wait.ts';

const SECRET = 'the secret of this year';
const JWT_SECRET = 'a secret of at least thirty-two characters';
const ISSUER = 'https://app.example.org';
const TOKEN_TTL_MS = 15 * 60 * 1000;
const alice = { userId: '17', username: 'alice' };

const base64 = (value: object) => Buffer.from(JSON.stringify(value)).toString('base64url');
const bearer = (token: string) => ({ authorization: `Bearer ${token}` });
const payloadOf = (token: string) => {
  const text = Buffer.from(token.split('.')[1] ?? '', 'base64url').toString();
  return { text, claims: JSON.parse(text) as { exp: number; sid: string } };
};
const hmac = (header: object, claims: object, secret: string) => {
  const text = `${base64(header)}.${base64(claims)}`;
  return `${text}.${createHmac('sha256', secret).update(text).digest('base64url')}`;
};

describe('tokens for sessions of an Express application', { skip: redisSkip() }, () => {
  let redis: RedisServer;
  let application: ExternalApplication;
  let server: TestServer;
  const keys = generateKeyPairSync('ed25519');
  const issuerKey = join(temporaryDirectory(), 'issuer.pem');
  const settings = () => ({
    SESSION_STORE: 'redis',
    REDIS_URL: redis.url,
    SESSION_SECRET: SECRET,
    JWT_SECRET,
    JWT_ISSUER: ISSUER,
    JWT_AUDIENCE: 'chat',
    JWT_PUBLIC_KEY_FILE: issuerKey,
  });
  before(async () => {
    writeFileSync(issuerKey, keys.publicKey.export({ type: 'spki', format: 'pem' }));
    redis = await RedisServer.start();
    application = await ExternalApplication.start({ redisUrl: redis.url, secrets: [SECRET] });
    server = await TestServer.start(settings());
  });
  after(async () => {
    await server.close();
    await application.close();
    await redis.remove();
  });

  const issue = async (headers: Record<string, string>) => {
    const answer = await server.post('/api/tokens', {}, headers);
    assert.equal(answer.status, 201);
    return (await answer.json()) as { token: string; expiresAt: string };
  };
  const tokenOf = async (cookie: string) => (await issue({ cookie })).token;
  const me = (headers: Record<string, string>, at = server) =>
    fetch(`${at.url}/api/auth/me`, { headers });
  const flat = (token: string, path: string) =>
    new FlatClient(server, path, { headers: bearer(token) });

  /** Opens one connection of each dialect with the token. */
  const openDialects = async (token: string) => {
    const native = server.open(token);
    const flats = [flat(token, '/ws/chat'), flat(token, '/messagepal')];
    const socketio = new SocketIoClient(server, { auth: { token } });
    const { user } = await native.next('connection_established');
    await Promise.all([...flats.map((client) => client.next('connected')), socketio.open()]);
    const closed = [native.closed, ...flats.map((client) => client.closed)];
    return {
      userIds: [user.id, ...flats.map(({ userId }) => userId)],
      /** Resolves when all of them were told that the session has ended. */
      async ended(patienceMs: number) {
        let ends = 0;
        for (const end of closed) void end.then(() => (ends += 1));
        const haveEnded = () => ends === closed.length && socketio.ends.length > 0;
        await within(until(haveEnded, 'the ends'), patienceMs, () => assert.fail('too late'));
        for (const end of closed) assert.equal((await end).code, 4001);
        const errors = socketio.all<{ code: string }>('error');
        assert.deepEqual(
          errors.map(({ code }) => code),
          ['UNAUTHENTICATED'],
        );
      },
      close() {
        native.close();
        for (const client of flats) client.close();
        socketio.close();
      },
    };
  };

  /** Asserts that no dialect accepts the token. */
  const assertRejected = async (token: string, what: string) => {
    assert.equal((await me(bearer(token))).status, 401, what);
    assert.equal(await server.upgradeStatus('/ws', { headers: bearer(token) }), 401, what);
    assert.equal(await flat(token, '/ws/chat').end(), 4001, what);
    const socketio = new SocketIoClient(server, { auth: { token } });
    await until(() => socketio.socket.connected || socketio.errors.length > 0, 'an answer');
    socketio.close();
    assert.equal(socketio.errors[0]?.data?.code, 'UNAUTHENTICATED', what);
  };

  test('are accepted by every API as the same user, and cannot renew themselves', async () => {
    const cookie = await application.cookie(alice);
    const token = await tokenOf(cookie);

    const clients = await openDialects(token);
    const { user } = (await (await me(bearer(token))).json()) as { user: { id: string } };
    const protocols = ['parley', `parley.token.${token}`];

    assert.equal(await server.upgradeStatus('/ws', { protocols }), 101);
    assert.deepEqual(new Set(clients.userIds), new Set([user.id]));
    for (const path of ['/api/tokens', '/api/tickets']) {
      assert.equal((await server.post(path, {}, bearer(token))).status, 403);
    }
    assert.equal((await me(bearer(await tokenOf(cookie)))).status, 200);
    clients.close();
  });

  test('are valid at each server with the same secret, also at one that starts later', async () => {
    const token = await tokenOf(await application.cookie(alice));
    const other = await TestServer.start(settings());

    assert.equal((await me(bearer(token), other)).status, 200);
    await other.close();
  });

  test('reveal neither the session nor the user', async () => {
    const cookie = await application.cookie({ userId: 'number-four', username: 'dora' });
    const id = /s%3A([^.]*)\./.exec(cookie)?.[1] ?? '';
    const { text, claims } = payloadOf(await tokenOf(cookie));

    for (const secret of [id, 'number-four', 'dora']) {
      assert.ok(secret.length > 0 && !text.includes(secret), secret);
      const plain = Buffer.from(claims.sid.split('.')[3] ?? '', 'base64url').toString('latin1');
      assert.ok(!plain.includes(secret), secret);
    }
    // The encrypted session key alone is not a credential either.
    assert.equal((await me(bearer(claims.sid))).status, 401);
    for (const value of [claims.sid, `s:${claims.sid}`, `s:${id}`]) {
      const header = { cookie: `connect.sid=${encodeURIComponent(value)}` };
      assert.equal((await me(header)).status, 401);
      assert.equal(await application.me(header.cookie), null);
    }
  });

  test('expire after 15 minutes, and not later than the session', async () => {
    const short = await ExternalApplication.start({
      redisUrl: redis.url,
      secrets: [SECRET],
      maxAgeMs: 60_000,
    });
    const cookies = { long: await application.cookie(alice), short: await short.cookie(alice) };
    for (const [cookie, lifeMs] of [
      [cookies.long, TOKEN_TTL_MS],
      [cookies.short, 60_000],
    ] as const) {
      const beforeMs = Date.now();
      const { token, expiresAt } = await issue({ cookie });

      const untilMs = Date.parse(expiresAt);
      assert.ok(untilMs > beforeMs && untilMs <= Date.now() + lifeMs);
      assert.ok(payloadOf(token).claims.exp * 1000 <= untilMs);
    }
    await short.close();
  });

  test('become invalid and close their connections when the session ends or changes its user', async () => {
    const [left, changed] = [await application.cookie(alice), await application.cookie(alice)];
    const [leftToken, changedToken] = [await tokenOf(left), await tokenOf(changed)];
    const clients = [await openDialects(leftToken), await openDialects(changedToken)];

    await application.logout(left);
    await application.login(changed, '18', 'bob');

    await assertRejected(leftToken, 'of an ended session');
    await assertRejected(changedToken, 'of a session that is another’s');
    for (const each of clients) await each.ended(60_000); // Sessions are checked every 15 s.
    // The new user of the session gets other tokens.
    const answer = await me(bearer(await tokenOf(changed)));
    assert.equal(((await answer.json()) as { user: { username: string } }).user.username, 'bob');
  });

  test('end immediately with a logout here, by cookie or token', async () => {
    for (const by of ['cookie', 'token'] as const) {
      const cookie = await application.cookie(alice);
      const token = await tokenOf(cookie);
      const clients = await openDialects(token);

      const answer = await server.post(
        '/api/auth/logout',
        {},
        by === 'cookie' ? { cookie } : bearer(token),
      );

      assert.equal(answer.status, 200);
      await clients.ended(10_000);
      await assertRejected(token, `after a logout by ${by}`);
      assert.equal(await application.me(cookie), null);
    }
  });

  test('are rejected if forged', async () => {
    const good = await tokenOf(await application.cookie(alice));
    const [header = '', payload = '', signature = ''] = good.split('.');
    const { claims } = payloadOf(good);
    const hs256 = { alg: 'HS256' };
    const { sid: _, ...nameless } = claims;

    assert.equal((await me(bearer(good))).status, 200);
    assert.equal((await me(bearer(hmac(hs256, claims, JWT_SECRET)))).status, 200); // The others therefore fail because of their changes.
    for (const [what, token] of Object.entries({
      none: `${base64({ alg: 'none' })}.${payload}.`,
      'none, with the signature': `${base64({ alg: 'none' })}.${payload}.${signature}`,
      'no signature': `${header}.${payload}.`,
      'another key': hmac(hs256, claims, 'another secret of the same length or so'),
      'the secret of the cookies': hmac(hs256, claims, SECRET),
      'another issuer': hmac(hs256, { ...claims, iss: ISSUER }, JWT_SECRET),
      'another audience': hmac(hs256, { ...claims, aud: 'chat' }, JWT_SECRET),
      over: hmac(hs256, { ...claims, exp: claims.exp - 3600 }, JWT_SECRET),
      'no end': hmac(hs256, { ...claims, exp: undefined }, JWT_SECRET),
      'no session': hmac(hs256, nameless, JWT_SECRET),
      'a session by its id': hmac(hs256, { ...claims, sid: 'platform ["id","17"]' }, JWT_SECRET),
      'a seal that was changed': hmac(
        hs256,
        { ...claims, sid: claims.sid.replace(/.$/, (last) => (last === 'A' ? 'Q' : 'A')) },
        JWT_SECRET,
      ),
      'the issuer’s key': await new SignJWT({ ...claims })
        .setProtectedHeader({ alg: 'EdDSA' })
        .sign(keys.privateKey),
    })) {
      await assertRejected(token, what);
    }
  });

  const tokenOfIssuer = (sub: string) =>
    new SignJWT({ iss: ISSUER, aud: 'chat', sub })
      .setExpirationTime('10m')
      .setProtectedHeader({ alg: 'EdDSA' })
      .sign(keys.privateKey);

  test('of an issuer are rejected if not every store keeps the name of the user as it is', async () => {
    for (const sub of ['u-1\0', 'u-1\ud800', 'u'.repeat(513)]) {
      await assertRejected(await tokenOfIssuer(sub), JSON.stringify(sub));
    }
  });

  test('are not issued to users of another issuer', async () => {
    const token = await tokenOfIssuer('u-1');

    assert.equal((await me(bearer(token))).status, 200);
    assert.equal((await server.post('/api/tokens', {}, bearer(token))).status, 403);
    assert.equal((await server.post('/api/tokens', {})).status, 401);
  });

  test('are neither accepted nor rejected while the sessions cannot be read', async () => {
    const token = await tokenOf(await application.cookie(alice));
    const hasty = await TestServer.start({ ...settings(), DATABASE_TIMEOUT_MS: '500' });

    await redis.freeze();

    assert.equal((await me(bearer(token), hasty)).status, 503);
    assert.equal(await hasty.upgradeStatus('/ws', { headers: bearer(token) }), 503);
    const socketio = new SocketIoClient(hasty, { auth: { token }, reconnection: true });
    await until(() => socketio.ends.length > 0, 'the end of an attempt');
    assert.deepEqual(socketio.errors, []);
    await redis.thaw();
    await until(() => socketio.socket.connected, 'the connection');
    socketio.close();
    await until(async () => (await me(bearer(token), hasty)).status === 200, 'its return');
    await hasty.close();
  });
});
