/** Two-step sign-in over HTTP. */
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { type Account, PASSWORD } from '../support/account.ts';
import { TestServer } from '../support/running-server.ts';
import { totpCode } from '../support/totp.ts';

const STEP_MS = 30_000;

interface Enrolled {
  readonly secret: string;
  readonly recoveryCodes: readonly string[];
}

describe('two-step sign-in over HTTP', () => {
  let server: TestServer;
  let owner: Account;
  before(async () => {
    server = await TestServer.start({ FIRST_ACCOUNT: 'owner' });
    owner = await server.signUp('olivia');
  });
  after(() => server.close());

  /** With the code of now: that of the next step remains for a login. */
  const enrol = async (account: Account): Promise<Enrolled> => {
    const started = await account.must<{ secret: string; uri: string }>('POST', '/api/auth/totp');
    assert.match(
      started.uri,
      /^otpauth:\/\/totp\/Parley%3A\w+\?secret=[A-Z2-7]{32}&issuer=Parley$/,
    );
    const { secret } = started;
    const code = totpCode(secret, Date.now());
    const { recoveryCodes } = await account.must<{ recoveryCodes: string[] }>(
      ...(['POST', '/api/auth/totp/confirm', { code }] as const),
    );
    assert.equal(recoveryCodes.length, 10);
    return { secret, recoveryCodes };
  };
  const logIn = (username: string, code?: string, path = '/login') =>
    server.post(path, { username, password: PASSWORD, ...(code === undefined ? {} : { code }) });

  test('a login asks for a code, and takes it once', async () => {
    const alice = await server.signUp('alice');
    const { secret, recoveryCodes } = await enrol(alice);

    for (const path of ['/login', '/api/auth/login']) {
      const answer = await logIn('alice', undefined, path);
      assert.equal(answer.status, 401);
      assert.deepEqual(await answer.json(), {
        error: {
          ...{ code: 'UNAUTHENTICATED', message: 'A code is needed', field: 'code' },
          details: { factor: 'totp' },
        },
      });
      assert.deepEqual(answer.headers.getSetCookie(), []);
    }
    const code = totpCode(secret, Date.now() + STEP_MS);
    const first = await logIn('alice', code);
    const replayed = await logIn('alice', code);
    const [recovery] = recoveryCodes;
    const recovered = [await logIn('alice', recovery), await logIn('alice', recovery)];

    assert.deepEqual(
      [first, replayed, ...recovered].map(({ status }) => status),
      [200, 401, 200, 401],
    );
    assert.deepEqual(await alice.must('GET', '/api/auth/totp'), {
      enabled: true,
      recoveryCodes: 9,
    });
    assert.equal((await alice.call('POST', '/api/auth/totp')).status, 409);
  });

  test('of many logins at once with one code, one succeeds', async () => {
    const { secret } = await enrol(await server.signUp('bertha'));
    const code = totpCode(secret, Date.now() + STEP_MS);

    const answers = await Promise.all(Array.from({ length: 4 }, () => logIn('bertha', code)));

    const statuses = answers.map(({ status }) => status);
    assert.equal(statuses.filter((status) => status === 200).length, 1, statuses.join());
  });

  test('no other way in leads around it', async () => {
    const carol = await server.signUp('carol');
    const { recoveryCodes } = await enrol(carol);
    // The session has the second factor: its own ways go on.
    const token = await carol.must<{ token: string }>('POST', '/api/tokens', {});
    const changed = await carol.call('POST', '/api/auth/password', {
      ...{ currentPassword: PASSWORD, newPassword: 'another horse' },
    });
    assert.equal(changed.status, 200);
    const password = 'another horse';

    const again = await server.post('/register', { username: 'carol', password });
    const login = await server.post('/login', { username: 'carol', password });
    const bearer = { authorization: `Bearer ${token.token}` };
    const removed = await fetch(`${server.url}/api/auth/totp`, {
      ...{ method: 'DELETE', headers: { ...bearer, 'content-type': 'application/json' } },
      body: JSON.stringify({ password, code: recoveryCodes[0] }),
    });

    assert.deepEqual([again.status, login.status, removed.status], [409, 401, 401]);
  });

  test('new recovery codes end the former ones, after a recent proof only', async () => {
    const frank = await server.signUp('frank');
    const path = '/api/auth/totp/recovery-codes';
    assert.equal((await frank.call('POST', path)).status, 409);
    const { recoveryCodes: former } = await enrol(frank);

    const { recoveryCodes } = await frank.must<{ recoveryCodes: string[] }>('POST', path);

    assert.equal(new Set([...former, ...recoveryCodes]).size, 20);
    const statuses = [
      (await logIn('frank', former[0])).status,
      (await logIn('frank', recoveryCodes[0])).status,
    ];
    assert.deepEqual(statuses, [401, 200]);
    assert.deepEqual(await frank.must('GET', '/api/auth/totp'), {
      enabled: true,
      recoveryCodes: 9,
    });
  });

  test('it is turned off with the password and a code', async () => {
    const dave = await server.signUp('dave');
    const { recoveryCodes } = await enrol(dave);
    const remove = async (password: string, code: string | undefined) =>
      (await dave.call('DELETE', '/api/auth/totp', { password, code })).status;

    const statuses = [
      await remove('wrong password', recoveryCodes[0]),
      await remove(PASSWORD, 'wrong'),
      await remove(PASSWORD, recoveryCodes[0]),
      await remove(PASSWORD, recoveryCodes[1]),
    ];

    assert.deepEqual(statuses, [403, 403, 200, 409]);
    assert.equal((await logIn('dave')).status, 200);
    assert.deepEqual(await dave.must('GET', '/api/auth/totp'), {
      enabled: false,
      recoveryCodes: 0,
    });
  });

  test('admins see who has it, and a reset link removes it', async () => {
    const erin = await server.signUp('erin');
    await enrol(erin);
    const read = async () => {
      const { users } = await owner.must<{
        users: { id: string; username: string; factors: string[] }[];
      }>('GET', '/api/admin/users');
      return users.flatMap(({ username, factors }) =>
        ['olivia', 'erin'].includes(username) ? [[username, factors]] : [],
      );
    };
    assert.deepEqual(await read(), [
      ['erin', ['totp']],
      ['olivia', []],
    ]);
    const path = `/api/admin/users/${erin.userId}/reset`;
    const { url } = await owner.must<{ url: string }>('POST', path);
    assert.equal((await logIn('erin')).status, 401);

    const reset = await server.post('/api/auth/reset', {
      ...{ token: url.split('/').at(-1), password: 'another horse' },
    });

    assert.equal(reset.status, 200);
    assert.deepEqual(await read(), [
      ['erin', []],
      ['olivia', []],
    ]);
    const audit = await owner.must<{ entries: { action: string; target: string }[] }>(
      ...(['GET', `/api/admin/audit?actor=${erin.userId}`] as const),
    );
    assert.deepEqual(
      audit.entries.map(({ action }) => action),
      [
        'login.accept',
        'factor.remove',
        'password.reset',
        'factor.add',
        'login.accept',
        'user.create',
      ],
    );
  });
});
