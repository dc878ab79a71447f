/** Admission over Socket.IO, by credential and origin. */
import assert from 'node:assert/strict';
import { createHmac, generateKeyPairSync } from 'node:crypto';
import { once } from 'node:events';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { exportSPKI, importSPKI, SignJWT } from 'jose';
import { WebSocket } from 'ws';
import { TestServer } from '../../support/running-server.ts';
import { SocketIoClient, tokenOf } from '../../support/socketio-client.ts';
import { temporaryDirectory } from '../../support/temporary-directory.ts';
import { until } from '../../support/wait.ts';

const ISSUER = 'https://app.example.org';
const AUDIENCE = 'chat';
const JWT_SECRET = 'a secret of at least thirty-two characters';

const keys = generateKeyPairSync('rsa', { modulusLength: 2048 });
const ed25519 = generateKeyPairSync('ed25519');
const others = generateKeyPairSync('rsa', { modulusLength: 2048 });
const pem = keys.publicKey.export({ type: 'spki', format: 'pem' }).toString();

const base64 = (value: object) => Buffer.from(JSON.stringify(value)).toString('base64url');
const soon = () => Math.floor(Date.now() / 1000) + 60;
const claims = () => ({
  iss: ISSUER,
  aud: AUDIENCE,
  sub: 'u-1',
  preferred_username: 'Zoë!',
  exp: soon(),
});

function sign(over: object = {}, key = keys.privateKey, algorithm = 'RS256'): Promise<string> {
  return new SignJWT({ ...claims(), ...over }).setProtectedHeader({ alg: algorithm }).sign(key);
}

/** Signed with a public key as if it were a secret: an algorithm confusion would accept it. */
function confuse(payload: object, secret: string): string {
  const text = `${base64({ alg: 'HS256' })}.${base64(payload)}`;
  return `${text}.${createHmac('sha256', secret).update(text).digest('base64url')}`;
}

describe('admission over Socket.IO', () => {
  let server: TestServer;
  before(async () => {
    const file = join(temporaryDirectory(), 'issuer.pem');
    writeFileSync(file, pem);
    server = await TestServer.start({
      CORS_ORIGINS: 'https://app.example.org',
      JWT_SECRET,
      JWT_ISSUER: ISSUER,
      JWT_AUDIENCE: AUDIENCE,
      JWT_PUBLIC_KEY_FILE: file,
    });
  });
  after(() => server.close());

  const rejectionOf = async (auth: object): Promise<string | undefined> => {
    const client = new SocketIoClient(server, { auth });
    await until(() => client.socket.connected || client.errors.length > 0, 'an answer');
    client.close();
    return client.errors[0]?.data?.code;
  };

  test('rejects a logged-out token of another issuer on every endpoint', async () => {
    for (const body of [{}, { all: true }]) {
      const token = await sign({
        sub: 'leaver',
        preferred_username: 'leaver',
        jti: JSON.stringify(body),
      });
      const other = await sign({ sub: 'stayer', preferred_username: 'stayer' });
      const statusOf = async (path: string, shown = token) => {
        const headers = { authorization: `Bearer ${shown}` };
        return (await fetch(server.url + path, { headers })).status;
      };
      assert.equal(await statusOf('/api/auth/me'), 200);

      const left = await server.post('/logout', body, { authorization: `Bearer ${token}` });

      assert.equal(left.status, 200);
      assert.equal(await statusOf('/api/auth/me'), 401);
      assert.equal(await server.upgradeStatus(`/ws?token=${token}`), 401);
      assert.equal(await rejectionOf({ token }), 'UNAUTHENTICATED');
      // The same signature with padding.
      assert.equal(await statusOf('/api/auth/me', `${token}==`), 401);
      assert.equal(await statusOf('/api/auth/me', other), 200);
    }
  });

  test('rejects a missing or malformed token', async () => {
    for (const auth of [
      {},
      { token: '' },
      { token: 'nonsense' },
      { token: 'a.b.c' },
      { token: 7 },
      { token: null },
    ]) {
      assert.equal(await rejectionOf(auth), 'UNAUTHENTICATED', JSON.stringify(auth));
    }
    assert.equal(await rejectionOf({ token: 'x'.repeat(20_000) }), 'UNAUTHENTICATED');
  });

  test('rejects forged tokens in the format of Parley', async () => {
    const good = await tokenOf(await server.signUp('alice'));
    const [header, payload, signature] = good.split('.');
    const none = base64({ alg: 'none' });
    const own = { iss: 'parley', aud: 'parley', sid: 'x', exp: soon() };

    assert.equal(await rejectionOf({ token: good }), undefined);
    for (const token of [
      `${none}.${payload}.`,
      `${none}.${payload}.${signature}`,
      `${header}.${payload}.`,
      confuse(own, 'another secret of the same length or so'),
      confuse(own, JWT_SECRET), // Signed correctly, for a session that does not exist.
      confuse({ ...own, exp: soon() - 3600 }, JWT_SECRET),
    ]) {
      assert.equal(await rejectionOf({ token }), 'UNAUTHENTICATED');
    }
  });

  test('accepts users of another application, always as the same account', async () => {
    const [first, second] = [
      await SocketIoClient.connect(server, 'unused', { auth: { token: await sign() } }),
      await SocketIoClient.connect(server, 'unused', { auth: { token: await sign() } }),
    ];
    const { roomId } = await first.joinRoom('embedded');
    await second.joinRoom(roomId);

    const { message } = (await first.sendMessage(roomId, 'x')) as unknown as {
      message: { username: string; userId: string };
    };
    const members = second.all<{ memberCount: number }>('room:members');

    assert.equal(message.username, 'Zoe-');
    assert.equal(members[0]?.memberCount, 1); // The same user.
    const login = await server.post('/login', { username: 'Zoe-', password: '!' });
    assert.equal(login.status, 401);
    for (const client of [first, second]) client.close();
  });

  test('rejects forged tokens of another application', async () => {
    const publicKey = await exportSPKI(await importSPKI(pem, 'RS256'));
    const forged: Record<string, string> = {
      'another key': await sign({}, others.privateKey),
      'another issuer': await sign({ iss: 'https://evil.example.org' }),
      'another audience': await sign({ aud: 'mail' }),
      'no audience': await sign({ aud: undefined }),
      'no subject': await sign({ sub: undefined }),
      'no end': await sign({ exp: undefined }),
      expired: await sign({ exp: soon() - 3600 }),
      'another algorithm': await sign({}, keys.privateKey, 'RS512'),
      'an algorithm of another kind of key': await sign({}, ed25519.privateKey, 'EdDSA'),
      'the public key as a secret': confuse(claims(), publicKey),
      'the public key as a secret, as it stands in the file': confuse(claims(), pem),
      none: `${base64({ alg: 'none' })}.${base64(claims())}.`,
    };
    for (const [name, token] of Object.entries(forged)) {
      assert.equal(await rejectionOf({ token }), 'UNAUTHENTICATED', name);
    }
  });

  test('closes the connection of an external token when the token expires', async () => {
    const token = await sign({ exp: Math.floor(Date.now() / 1000) + 5 });
    const client = await SocketIoClient.connect(server, 'unused', { auth: { token } });

    await until(() => client.ends.length === 1, 'the end');

    assert.deepEqual(
      client.all<{ code: string }>('error').map(({ code }) => code),
      ['UNAUTHENTICATED'],
    );
  });

  test('rejects foreign origins with 403, for polling and WebSocket', async () => {
    const path = '/socket.io/?EIO=4&transport=polling';
    const poll = (headers: Record<string, string>) => fetch(server.url + path, { headers });
    const upgrade = (headers: Record<string, string>) =>
      server.upgradeStatus('/socket.io/?EIO=4&transport=websocket', { headers });

    for (const origin of ['https://evil.example.org', 'null', 'https://app.example.org.evil.org']) {
      const answer = await poll({ origin });
      assert.equal(answer.status, 403, origin);
      const body = (await answer.json()) as { error: { code: string } };
      assert.equal(body.error.code, 'FORBIDDEN');
      assert.equal(answer.headers.get('access-control-allow-origin'), null);
      assert.equal(await upgrade({ origin }), 403, origin);
    }
    const listed = await poll({ origin: 'https://app.example.org' });
    assert.equal(listed.status, 200);
    assert.equal(listed.headers.get('access-control-allow-origin'), 'https://app.example.org');
    assert.equal(listed.headers.get('access-control-allow-credentials'), 'true');
    const own = new WebSocket(`ws://${server.host}/socket.io/?EIO=4&transport=websocket`, {
      origin: server.url,
    });
    await once(own, 'open');
    own.close();
    assert.equal((await poll({ 'sec-fetch-site': 'cross-site' })).status, 403);
  });

  test('answers preflight requests of browsers', async () => {
    const ask = (origin: string) =>
      fetch(`${server.url}/socket.io/?EIO=4&transport=polling`, {
        method: 'OPTIONS',
        headers: { origin, 'access-control-request-method': 'POST' },
      });

    const listed = await ask('https://app.example.org');
    const foreign = await ask('https://evil.example.org');

    assert.equal(listed.status, 204);
    assert.equal(listed.headers.get('access-control-allow-origin'), 'https://app.example.org');
    assert.equal(foreign.headers.get('access-control-allow-origin'), null);
  });
});
