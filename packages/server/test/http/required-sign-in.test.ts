/** Sign-in that the operator requires: a second factor, or a provider. */
import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { API_OPERATIONS } from '../../src/http/openapi/api-operations.ts';
import { type Account, PASSWORD } from '../support/account.ts';
import { Authenticator } from '../support/authenticator.ts';
import { findFreePort } from '../support/free-port.ts';
import { CookieJar, IdentityProvider } from '../support/identity-provider.ts';
import { TestServer } from '../support/running-server.ts';
import { temporaryDirectory } from '../support/temporary-directory.ts';
import { totpCode } from '../support/totp.ts';

/** `required` of the error in an answer; the status of other answers. */
async function requiredBy(answer: Response): Promise<string | number> {
  const { error } = (await answer.json().catch(() => ({}))) as {
    error?: { code: string; details?: { required?: string } };
  };
  const required = error?.details?.required;
  return answer.status === 403 && required !== undefined ? required : answer.status;
}

async function enrol(account: Account): Promise<void> {
  const { secret } = await account.must<{ secret: string }>('POST', '/api/auth/totp', {});
  const code = totpCode(secret, Date.now());
  await account.must('POST', '/api/auth/totp/confirm', { code });
}

const ORIGIN = 'https://chat.example';
const PASSKEYS = '/api/auth/passkeys';

/** Of the native dialect, channels and direct; Socket.IO refuses within its protocol. */
const SOCKET_PATHS = ['/ws', '/ws/chat', '/messagepal'];

const cookieOf = ({ cookie }: Account) => ({ headers: { cookie } });

describe('two-step sign-in that is required', () => {
  const DATA_DIR = temporaryDirectory();
  let server: TestServer;
  let early: Account;
  before(async () => {
    const first = await TestServer.start({ DATA_DIR, FIRST_ACCOUNT: 'owner' });
    await first.signUp('olivia');
    early = await first.signUp('early');
    await first.close();
    server = await TestServer.start({
      ...{ DATA_DIR, REQUIRED_SIGN_IN: 'two-step', PUBLIC_URL: ORIGIN },
    });
  });
  after(() => server.close());
  /** The session of before, at the server that requires more. */
  const earlyCall = (path: string) => fetch(`${server.url}${path}`, cookieOf(early));

  test('a session without a factor is limited to setting it up, wherever it asks', async () => {
    const alice = await server.signUp('alice');
    const closed = Object.entries(API_OPERATIONS).filter(
      ([, { isOpen, forIncomplete }]) => isOpen !== true && forIncomplete === undefined,
    );
    assert.ok(closed.length > 60);
    for (const [route] of closed) {
      const [method = '', path = ''] = route.split(' ');
      const place = path.replaceAll(/:\w+/g, alice.userId);
      const headers = { cookie: alice.cookie };
      const init = method === 'GET' ? { headers } : { method, headers };
      const answer = await fetch(`${server.url}${place}`, init);
      // Some routes read the body before the session.
      if (answer.status === 400) continue;
      // Without a body.
      if (method === 'HEAD') assert.equal(answer.status, 403, route);
      else assert.equal(await requiredBy(answer), 'two-step', route);
    }
    assert.equal(await requiredBy(await alice.call('GET', '/api/users')), 'two-step');
    assert.equal((await alice.call('HEAD', '/api/me/export')).status, 403);
    assert.equal(await requiredBy(await alice.call('POST', '/api/tickets', {})), 'two-step');
    const session = await alice.must<{ user: { username: string }; required: string }>(
      ...(['GET', '/api/auth/session'] as const),
    );
    assert.deepEqual([session.user.username, session.required], ['alice', 'two-step']);
    assert.equal((await alice.call('GET', '/api/auth/totp')).status, 200);
    assert.equal((await alice.call('POST', '/logout', {})).status, 200);
    assert.equal((await alice.call('GET', '/api/auth/totp')).status, 401);
  });

  test('sockets of all dialects are refused, and open after the factor is confirmed', async () => {
    const bob = await server.signUp('bob');
    const statuses = (account: Account) =>
      Promise.all(SOCKET_PATHS.map((path) => server.upgradeStatus(path, cookieOf(account))));
    const polling = await fetch(`${server.url}/socket.io/?EIO=4&transport=polling`, cookieOf(bob));
    const { sid } = JSON.parse((await polling.text()).slice(1)) as { sid: string };
    const place = `${server.url}/socket.io/?EIO=4&transport=polling&sid=${sid}`;
    await fetch(place, { ...cookieOf(bob), method: 'POST', body: '40' });
    const refused = await (await fetch(place, cookieOf(bob))).text();
    assert.match(refused, /^44.*"required":"two-step"/);
    assert.deepEqual(await statuses(bob), [403, 403, 403]);

    await enrol(bob);

    assert.deepEqual(await statuses(bob), [101, 101, 101]);
    const session = await bob.must<{ required?: string }>('GET', '/api/auth/session');
    assert.equal(session.required, undefined);
    (await bob.connect()).close();
  });

  test('sessions of before the setting are limited the same way', async () => {
    assert.equal(await requiredBy(await earlyCall('/api/sessions')), 'two-step');
    assert.equal(await server.upgradeStatus('/ws', cookieOf(early)), 403);
    const session = (await (await earlyCall('/api/auth/session')).json()) as { required: string };
    assert.equal(session.required, 'two-step');
  });

  test('the factor cannot be turned off', async () => {
    const carol = await server.signUp('carol');
    await enrol(carol);

    const removal = await carol.call('DELETE', '/api/auth/totp', { password: PASSWORD, code: '1' });

    assert.equal(await requiredBy(removal), 'two-step');
    assert.equal((await carol.call('GET', '/api/sessions')).status, 200);
  });

  test('a passkey may be the factor, of the session that adds it and of those that it signs in', async () => {
    const dora = await server.signUp('dora');
    const device = new Authenticator(ORIGIN);
    const begin = async <Options>(account: Account, what: string): Promise<Options> =>
      (await account.must<{ options: Options }>('POST', `${PASSKEYS}/${what}/begin`)).options;
    const response = device.create(await begin(dora, 'register'));
    const { passkey } = await dora.must<{ passkey: { id: string } }>(
      ...(['POST', `${PASSKEYS}/register/finish`, { name: 'Phone', response }] as const),
    );

    assert.equal((await dora.call('GET', '/api/sessions')).status, 200);
    (await dora.connect()).close();
    const removal = await dora.call('DELETE', `${PASSKEYS}/${passkey.id}`);
    assert.equal(await requiredBy(removal), 'two-step');

    // A password alone is not enough, neither to sign in nor to add another factor.
    const withPassword = await server.login('dora');
    const tries = [
      ['GET', '/api/sessions'],
      ['POST', '/api/auth/totp'],
      ['POST', `${PASSKEYS}/register/begin`],
    ] as const;
    for (const [method, path] of tries) {
      assert.equal(await requiredBy(await withPassword.call(method, path)), 'two-step', path);
    }
    const used = device.use(await begin(withPassword, 'proof'));
    await withPassword.must('POST', `${PASSKEYS}/proof/finish`, { response: used });
    assert.equal((await withPassword.call('GET', '/api/sessions')).status, 200);
    await enrol(withPassword);
    // It ends the sessions of before.
    assert.equal((await dora.call('GET', '/api/sessions')).status, 401);
    assert.equal((await withPassword.call('DELETE', `${PASSKEYS}/${passkey.id}`)).status, 200);
  });

  test('only owners and admins need it with two-step-for-admins', async () => {
    const some = await TestServer.start({
      ...{ FIRST_ACCOUNT: 'owner', REQUIRED_SIGN_IN: 'two-step-for-admins' },
    });
    try {
      const owner = await some.signUp('olivia');
      const member = await some.signUp('mia');
      assert.equal(await requiredBy(await owner.call('GET', '/api/admin/users')), 'two-step');
      assert.equal((await member.call('GET', '/api/sessions')).status, 200);
      await enrol(owner);
      await owner.must('PATCH', `/api/admin/users/${member.userId}`, { role: 'admin' });
      const promoted = await some.login('mia');
      assert.equal(await requiredBy(await promoted.call('GET', '/api/admin/users')), 'two-step');
    } finally {
      await some.close();
    }
  });
});

describe('sign-in with a provider that is required', () => {
  const DATA_DIR = temporaryDirectory();
  let company: IdentityProvider;
  let server: TestServer;
  let early: Account;
  let owner: Account;
  let settings: Record<string, string>;
  before(async () => {
    const port = await findFreePort();
    const PUBLIC_URL = `http://127.0.0.1:${port}`;
    company = await IdentityProvider.start(`${PUBLIC_URL}/api/auth/oidc/company/callback`);
    const OIDC_PROVIDERS_FILE = join(temporaryDirectory(), 'oidc.json');
    writeFileSync(OIDC_PROVIDERS_FILE, JSON.stringify({ company: company.settings }));
    settings = { PORT: String(port), PUBLIC_URL, OIDC_PROVIDERS_FILE, DATA_DIR };
    Object.assign(settings, { REGISTRATION: 'open', FIRST_ACCOUNT: 'owner' });
    const first = await TestServer.start(settings);
    await first.signUp('olivia');
    early = await first.signUp('early');
    await first.close();
    server = await TestServer.start({ ...settings, REQUIRED_SIGN_IN: 'provider' });
    owner = await server.login('olivia');
  });
  after(async () => {
    await server.close();
    await company.close();
  });
  const signIn = async (subject: string, browser = new CookieJar()): Promise<CookieJar> => {
    company.person = subject;
    const { url } = await browser.visit(`${server.url}/api/auth/oidc/company`);
    if (url.pathname !== '/app/oidc/new') return browser;
    const complete = `${server.url}/api/auth/oidc/complete`;
    assert.equal((await browser.post(complete, { username: subject })).status, 200);
    return browser;
  };

  test('refuses passwords of others than the owner, and only after the right one', async () => {
    const logIn = async (username: string, password: string) =>
      requiredBy(await server.post('/login', { username, password }));

    assert.equal(await logIn('early', PASSWORD), 'provider');
    assert.equal(await logIn('early', 'wrong password'), 401);
    assert.equal(await logIn('unknown', PASSWORD), 401);
    const { entries } = await owner.must<{ entries: { target: string; detail: string }[] }>(
      ...(['GET', '/api/admin/audit?action=login.accept'] as const),
    );
    const [emergency] = entries;
    assert.deepEqual([emergency?.target, emergency?.detail], [owner.userId, 'emergency']);
    const refused = await owner.must<{ entries: { target: string }[] }>(
      ...(['GET', '/api/admin/audit?action=login.refuse'] as const),
    );
    assert.ok(refused.entries.some(({ target }) => target === early.userId));
  });

  test('limits sessions that began with a password before', async () => {
    const call = (path: string) => fetch(`${server.url}${path}`, cookieOf(early));

    assert.equal(await requiredBy(await call('/api/sessions')), 'provider');
    // A factor that a thief of the password set up would lock the user out.
    assert.equal(await requiredBy(await call('/api/auth/totp')), 'provider');
    assert.equal(await server.upgradeStatus('/ws', cookieOf(early)), 403);
    const session = (await (await call('/api/auth/session')).json()) as object;
    assert.deepEqual(
      { ...session, user: undefined, expiresAt: undefined },
      {
        ...{ user: undefined, expiresAt: undefined, required: 'provider', registration: 'open' },
        ...{ providers: [{ name: 'company', label: 'company' }], sendsMail: false },
        ...{ passwordSignIn: false, passkeySite: null, emailDomains: [] },
        server: { name: null, logoUrl: null },
      },
    );
  });

  test('closes registration, resets and links of resets to passwords', async () => {
    const credentials = { username: 'newcomer', password: PASSWORD };
    assert.equal(await requiredBy(await server.post('/register', credentials)), 'provider');
    const { invite } = await owner.must<{ invite: { token: string } }>('POST', '/api/invites', {
      uses: 1,
    });
    const invited = { ...credentials, invite: invite.token };
    assert.equal(await requiredBy(await server.post('/register', invited)), 'provider');
    const { url } = await owner.must<{ url: string }>(
      ...(['POST', `/api/admin/users/${early.userId}/reset`] as const),
    );
    const reset = { token: url.split('/').at(-1), password: 'another horse' };
    assert.equal(await requiredBy(await server.post('/api/auth/reset', reset)), 'provider');
  });

  test('a sign-in with the provider opens everything, and needs no other factor', async () => {
    const browser = await signIn('anna');

    assert.equal((await browser.fetch(`${server.url}/api/sessions`)).status, 200);
    const cookie = `connect.sid=${browser.cookieOf(server.url, 'connect.sid')}`;
    assert.equal(await server.upgradeStatus('/ws', { headers: { cookie } }), 101);
  });

  test('its sign-ins suffice where two-step sign-in is required', async () => {
    const browser = await signIn('berta');
    await server.close();
    server = await TestServer.start({ ...settings, REQUIRED_SIGN_IN: 'two-step' });

    assert.equal((await browser.fetch(`${server.url}/api/sessions`)).status, 200);
    const again = await signIn('berta');
    assert.equal((await again.fetch(`${server.url}/api/sessions`)).status, 200);
  });

  test('the server does not start without a provider', async () => {
    await assert.rejects(
      TestServer.start({ REQUIRED_SIGN_IN: 'provider' }),
      /REQUIRED_SIGN_IN=provider needs a provider/,
    );
  });
});
