/** Passkeys over HTTP, with an authenticator in software. */
import assert from 'node:assert/strict';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { after, before, describe, test } from 'node:test';
import { unzipSync } from 'fflate';
import { type Account, PASSWORD } from '../support/account.ts';
import { Authenticator } from '../support/authenticator.ts';
import { TestServer } from '../support/running-server.ts';
import { temporaryDirectory } from '../support/temporary-directory.ts';
import { totpCode } from '../support/totp.ts';

const ORIGIN = 'https://chat.example.org';
const OTHER_ORIGIN = 'https://app.chat.example.org';
const PATH = '/api/auth/passkeys';
const TEN_MINUTES_MS = 10 * 60 * 1000;

type Forgery = Parameters<Authenticator['use']>[1];
type CreationOptions = Parameters<Authenticator['create']>[0];
type RequestOptions = Parameters<Authenticator['use']>[0];

interface ShownPasskey {
  readonly id: string;
  readonly name: string;
  readonly lastUsedAt?: string;
}

describe('passkeys over HTTP', () => {
  const DATA_DIR = temporaryDirectory();
  let server: TestServer;
  let owner: Account;
  before(async () => {
    server = await TestServer.start({
      ...{ DATA_DIR, FIRST_ACCOUNT: 'owner', PUBLIC_URL: ORIGIN },
      CORS_ORIGINS: `${OTHER_ORIGIN},https://evil.example`,
    });
    owner = await server.signUpOwner('olivia');
  });
  after(() => server.close());

  const change = (sql: string): void => {
    const database = new DatabaseSync(join(DATA_DIR, 'parley.db'), { timeout: 10_000 });
    database.exec(sql);
    database.close();
  };
  const beginAdding = async (account: Account): Promise<CreationOptions> =>
    (await account.must<{ options: CreationOptions }>('POST', `${PATH}/register/begin`)).options;
  const add = async (account: Account, device: Authenticator, name = 'Laptop') => {
    const response = device.create(await beginAdding(account));
    const added = await account.must<{ passkey: ShownPasskey }>(
      ...(['POST', `${PATH}/register/finish`, { name, response }] as const),
    );
    return added.passkey;
  };
  const enrol = async (username: string) => {
    const account = await server.signUp(username);
    const device = new Authenticator(ORIGIN);
    return { account, device, passkey: await add(account, device) };
  };
  const beginSignIn = async (): Promise<RequestOptions> => {
    const answer = await server.post(`${PATH}/login/begin`, {});
    assert.equal(answer.status, 200);
    return ((await answer.json()) as { options: RequestOptions }).options;
  };
  const finishSignIn = (response: object) => server.post(`${PATH}/login/finish`, { response });
  const signIn = async (device: Authenticator, forgery?: Forgery) =>
    finishSignIn(device.use(await beginSignIn(), forgery));
  const list = async (account: Account) =>
    (await account.must<{ passkeys: ShownPasskey[] }>('GET', PATH)).passkeys;
  const actionsOf = async (account: Account) => {
    const { entries } = await owner.must<{ entries: { action: string; detail?: string }[] }>(
      ...(['GET', `/api/admin/audit?actor=${account.userId}`] as const),
    );
    return entries.map(({ action, detail }) => [action, ...(detail === undefined ? [] : [detail])]);
  };

  test('a passkey is added, signs in without a password and a code, and is removed', async () => {
    const { account, device, passkey } = await enrol('alice');
    assert.deepEqual(await list(account), [passkey]);
    const { secret } = await account.must<{ secret: string }>('POST', '/api/auth/totp');
    await account.must('POST', '/api/auth/totp/confirm', { code: totpCode(secret, Date.now()) });

    const signedIn = await signIn(device);

    assert.equal(signedIn.status, 200);
    const { user, token } = (await signedIn.json()) as { user: object; token: string };
    assert.deepEqual((user as { username: string }).username, 'alice');
    const headers = { authorization: `Bearer ${token}` };
    assert.equal((await fetch(`${server.url}/api/auth/me`, { headers })).status, 200);
    assert.equal(signedIn.headers.getSetCookie().length, 1);
    assert.equal(
      (await account.call('PATCH', `${PATH}/${passkey.id}`, { name: 'Old' })).status,
      200,
    );
    const [used] = await list(account);
    assert.equal(used?.name, 'Old');
    assert.notEqual(used?.lastUsedAt, undefined);
    assert.equal((await account.call('DELETE', `${PATH}/${passkey.id}`)).status, 200);
    assert.equal((await account.call('DELETE', `${PATH}/${passkey.id}`)).status, 404);

    assert.equal((await signIn(device)).status, 401);
    const login = { username: 'alice', password: PASSWORD };
    assert.equal((await server.post('/login', login)).status, 401);
    assert.deepEqual((await actionsOf(account)).slice(0, 4), [
      ['factor.remove', 'passkey'],
      ['login.accept', 'passkey'],
      ['factor.add', 'totp'],
      ['factor.add', 'passkey'],
    ]);
  });

  test('an answer is accepted once, also at the same time', async () => {
    const { device } = await enrol('bertha');
    const answer = device.use(await beginSignIn());

    const answers = await Promise.all([1, 2, 3].map(() => finishSignIn(answer)));

    const statuses = answers.map(({ status }) => status);
    assert.deepEqual(statuses.sort(), [200, 401, 401]);
    assert.equal((await finishSignIn(answer)).status, 401);
    // Not even by an authenticator that does not count.
    const counting = new Authenticator(ORIGIN);
    await add(await server.signUp('bertha'), counting);
    const uncounted = counting.use(await beginSignIn(), { counter: 0 });
    assert.equal((await finishSignIn(uncounted)).status, 200);
    assert.equal((await finishSignIn(uncounted)).status, 401);
  });

  test('answers to other challenges, of other sites and origins, and without a PIN are rejected', async () => {
    const { account, device } = await enrol('carol');
    const options = await beginSignIn();
    const ofProof = await account.must<{ options: RequestOptions }>('POST', `${PATH}/proof/begin`);
    const forgeries: readonly Forgery[] = [
      { challenge: 'bm90IG9mIHRoaXMgc2VydmVy' },
      { challenge: ofProof.options.challenge },
      { challenge: (await beginAdding(account)).challenge },
      { origin: 'https://evil.example' },
      { origin: 'http://chat.example.org' },
      { origin: `${ORIGIN}:8443` },
      { site: 'evil.example' },
      { isUnverified: true },
      { userHandle: Buffer.from(owner.userId).toString('base64url') },
    ];

    for (const forgery of forgeries) {
      const { status } = await finishSignIn(device.use(options, forgery));
      assert.equal(status, 401, JSON.stringify(forgery));
    }
    const valid = device.use(options);
    const { signature } = device.use(options).response;
    const swapped = { ...valid, response: { ...valid.response, signature } };
    assert.equal((await finishSignIn(swapped)).status, 401);
    assert.equal((await finishSignIn({ ...valid, id: 'x', rawId: 'x' })).status, 401);
    assert.equal((await finishSignIn(new Authenticator(ORIGIN).use(options))).status, 401);

    assert.equal((await signIn(device, { origin: OTHER_ORIGIN })).status, 200);
    assert.deepEqual((await actionsOf(account)).slice(0, 2), [
      ['login.accept', 'passkey'],
      ['login.refuse'],
    ]);
  });

  test('a counter that goes back is rejected: the authenticator may have a copy', async () => {
    const { device } = await enrol('dave');
    device.counter = 10;
    assert.equal((await signIn(device)).status, 200);

    assert.equal((await signIn(device, { counter: 11 })).status, 401);
    assert.equal((await signIn(device, { counter: 3 })).status, 401);
    assert.equal((await signIn(device, { counter: 0 })).status, 401);
    assert.equal((await signIn(device, { counter: 12 })).status, 200);
  });

  test('forged registrations are rejected', async () => {
    const { account: other, device: known } = await enrol('erin');
    const account = await server.signUp('frank');
    const finish = async (response: object, name = 'Key', by = account): Promise<number> =>
      (await by.call('POST', `${PATH}/register/finish`, { name, response })).status;
    const options = await beginAdding(account);
    const device = new Authenticator(ORIGIN);
    const { challenge } = await beginSignIn();
    const certified = {
      format: 'packed',
      // {"alg": -7, "sig": h'00', "x5c": [h'00']}
      statement: Buffer.from('a363616c672663736967410063783563814100', 'hex'),
    };

    for (const forgery of [
      { origin: 'https://evil.example' },
      { challenge },
      { challenge: (await beginAdding(other)).challenge },
      { site: 'evil.example' },
      { isUnverified: true },
    ]) {
      assert.equal(await finish(device.create(options, forgery)), 403, JSON.stringify(forgery));
    }
    assert.equal(await finish(device.create(options, {}, certified)), 403);
    assert.equal(await finish({ ...device.create(options), id: 'x', rawId: 'x' }), 403);
    assert.equal(await finish(device.create(options), '\u202e'), 400);
    assert.equal(await finish(device.create(options), 'x'.repeat(61)), 400);
    assert.equal(await finish(known.create(await beginAdding(account))), 409);

    const answer = device.create(options);
    assert.equal(await finish(answer), 201);
    const [added] = await list(account);
    await account.must('DELETE', `${PATH}/${added?.id}`);
    assert.equal(await finish(answer), 403);
    // It has taken the place of the former one in the authenticator, not here.
    const userHandle = Buffer.from(other.userId).toString('base64url');
    assert.equal((await signIn(known)).status, 401);
    assert.equal((await signIn(known, { userHandle })).status, 200);
  });

  test('an account has 20 at most, and no access to those of others', async () => {
    const { account, passkey } = await enrol('grace');
    for (let count = 1; count < 20; count += 1) await add(account, new Authenticator(ORIGIN));
    assert.equal((await account.call('POST', `${PATH}/register/begin`)).status, 409);
    const stranger = await server.signUp('henry');

    assert.equal((await stranger.call('DELETE', `${PATH}/${passkey.id}`)).status, 404);
    const renamed = await stranger.call('PATCH', `${PATH}/${passkey.id}`, { name: 'Mine' });
    assert.equal(renamed.status, 404);
    assert.deepEqual(await list(stranger), []);
    assert.equal((await list(account)).length, 20);
  });

  test('a passkey is a proof of identity for its own user and session', async () => {
    const { account, device, passkey } = await enrol('ida');
    const { device: foreign } = await enrol('jack');
    change(`UPDATE sessions SET created_at = created_at - ${TEN_MINUTES_MS}, proved_at = NULL`);
    const begin = async (by = account) =>
      (await by.must<{ options: RequestOptions }>('POST', `${PATH}/proof/begin`)).options;
    const prove = async (response: object): Promise<number> =>
      (await account.call('POST', `${PATH}/proof/finish`, { response })).status;
    const remove = () => account.call('DELETE', `${PATH}/${passkey.id}`);
    const without = await remove();
    assert.deepEqual(
      [
        without.status,
        (
          (await without.json()) as {
            error: { details: object };
          }
        ).error.details,
      ],
      [403, { proof: 'required' }],
    );
    assert.equal((await account.call('POST', `${PATH}/register/begin`)).status, 403);

    const otherSession = await server.login('ida');
    assert.equal(await prove(device.use(await begin(otherSession))), 403);
    assert.equal(await prove(device.use(await beginSignIn())), 403);
    assert.equal(await prove(foreign.use(await begin())), 403);
    assert.equal((await owner.call('POST', `${PATH}/proof/begin`)).status, 404);
    const answer = device.use(await begin());
    assert.equal(await prove(answer), 200);
    assert.equal(await prove(answer), 403);

    assert.equal((await remove()).status, 200);
    change('UPDATE sessions SET created_at = last_activity_at');
  });

  test('disabled accounts do not sign in, and say so to their user only', async () => {
    const { account, device } = await enrol('kate');
    await owner.must('POST', `/api/admin/users/${account.userId}/disable`, { reason: 'Spam' });

    assert.equal((await signIn(device)).status, 403);
    assert.equal((await signIn(device, { isUnverified: true })).status, 401);
    await owner.must('POST', `/api/admin/users/${account.userId}/enable`);

    assert.equal((await signIn(device)).status, 200);
  });

  test('a reset by an admin removes lost passkeys, and the user adds another', async () => {
    const { account, device } = await enrol('liam');
    const factors = async () => {
      const { users } = await owner.must<{ users: { username: string; factors: string[] }[] }>(
        ...(['GET', '/api/admin/users?q=liam'] as const),
      );
      return users[0]?.factors;
    };
    assert.deepEqual(await factors(), ['passkey']);
    const { url } = await owner.must<{ url: string }>(
      ...(['POST', `/api/admin/users/${account.userId}/reset`] as const),
    );

    const reset = { token: url.split('/').at(-1), password: PASSWORD };
    assert.equal((await server.post('/api/auth/reset', reset)).status, 200);

    assert.deepEqual(await factors(), []);
    assert.equal((await signIn(device)).status, 401);
    assert.deepEqual((await actionsOf(account)).slice(0, 3), [
      ['login.accept'],
      ['factor.remove', 'passkey'],
      ['password.reset'],
    ]);
    const next = new Authenticator(ORIGIN);
    await add(await server.login('liam'), next);
    assert.equal((await signIn(next)).status, 200);
  });

  test('the export names them, and a deleted account signs in no more', async () => {
    const { account, device } = await enrol('mary');
    const file = await account.call('GET', '/api/me/export');
    const files = unzipSync(new Uint8Array(await file.arrayBuffer()));
    const text = Buffer.from(files['profile.json'] ?? []).toString();
    assert.equal(text.includes('Laptop'), true);
    assert.equal(text.includes(device.credentialId.toString('base64url')), false);
    const deletion = { password: PASSWORD, messages: 'delete' };
    assert.equal((await account.call('DELETE', '/api/me', deletion)).status, 200);

    assert.equal((await signIn(device)).status, 401);
  });

  test('there are none at an address where browsers offer none', async () => {
    const plain = await TestServer.start({ PUBLIC_URL: 'http://chat.example.org' });
    const account = await plain.signUp('nora');

    const session = await (await fetch(`${plain.url}/api/auth/session`)).json();
    assert.equal((session as { passkeySite: null }).passkeySite, null);
    assert.equal((await plain.post(`${PATH}/login/begin`, {})).status, 403);
    assert.equal((await account.call('POST', `${PATH}/register/begin`)).status, 403);
    assert.deepEqual(await list(account), []);
    await plain.close();
  });
});
