/** Sign-in of a whole server with a real OpenID provider on loopback. */
import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, beforeEach, describe, test } from 'node:test';
import type { Account } from '../support/account.ts';
import { findFreePort } from '../support/free-port.ts';
import { CookieJar, IdentityProvider } from '../support/identity-provider.ts';
import { TestServer } from '../support/running-server.ts';
import { temporaryDirectory } from '../support/temporary-directory.ts';
import { totpCode } from '../support/totp.ts';

describe('sign-in with a provider', () => {
  const DATA_DIR = temporaryDirectory();
  let company: IdentityProvider;
  let other: IdentityProvider;
  let server: TestServer;
  let owner: Account;
  let browser: CookieJar;
  before(async () => {
    const port = await findFreePort();
    const url = `http://127.0.0.1:${port}`;
    company = await IdentityProvider.start(`${url}/api/auth/oidc/company/callback`);
    other = await IdentityProvider.start(`${url}/api/auth/oidc/other/callback`);
    const file = join(temporaryDirectory(), 'oidc.json');
    const roles = { claim: 'groups', admin: ['chat-admins'], moderator: ['chat-moderators'] };
    const providers = {
      company: { ...company.settings, label: 'The company', roles },
      other: other.settings,
      // Nothing listens there.
      gone: { issuer: 'http://127.0.0.1:9', clientId: 'parley' },
    };
    writeFileSync(file, JSON.stringify(providers));
    server = await TestServer.start({
      ...{ DATA_DIR, PORT: String(port), PUBLIC_URL: url, OIDC_PROVIDERS_FILE: file },
      ...{ FIRST_ACCOUNT: 'owner', REGISTRATION: 'open' },
    });
    owner = await server.signUp('olivia');
    company.people.set('42', {
      ...{ preferred_username: 'Anna.Example', name: 'Anna Example' },
      ...{ email: 'olivia@example.org', email_verified: true },
    });
  });
  after(async () => {
    await server.close();
    await company.close();
    await other.close();
  });
  beforeEach(() => {
    browser = new CookieJar();
    company.person = '42';
    other.person = '42';
  });

  const begin = (name: string, jar = browser, next = '/app/browse') =>
    jar.visit(`${server.url}/api/auth/oidc/${name}?next=${encodeURIComponent(next)}`);
  /** Visits the provider, and returns the address to which it sends the browser back. */
  const toCallback = async (name: string, jar = browser): Promise<string> => {
    const start = `${server.url}/api/auth/oidc/${name}`;
    const { url } = await jar.visit(start, ({ pathname }) => pathname.endsWith('/callback'));
    return url.href;
  };
  const complete = (body: object, jar = browser) =>
    jar.post(`${server.url}/api/auth/oidc/complete`, body);
  const me = async (
    jar = browser,
  ): Promise<{ username?: string; displayName?: string; role?: string } | null> => {
    const answer = await jar.fetch(`${server.url}/api/auth/session`);
    return ((await answer.json()) as { user: { username: string } | null }).user;
  };
  /** Signs a person in who has no account yet. */
  const signUp = async (subject: string, username: string, jar = browser): Promise<void> => {
    company.person = subject;
    assert.equal((await begin('company', jar)).url.pathname, '/app/oidc/new');
    assert.equal((await complete({ username }, jar)).status, 200);
  };

  test('creates an account after the user has agreed, and knows it the next time', async () => {
    const { url } = await begin('company');
    assert.equal(url.pathname, '/app/oidc/new');
    assert.equal(await me(), null);
    const pending = await browser.fetch(`${server.url}/api/auth/oidc/pending`);
    assert.deepEqual(await pending.json(), {
      ...{ provider: 'company', label: 'The company', needs: 'account', next: '/app/browse' },
      ...{ username: 'Anna-Example', displayName: 'Anna Example' },
    });

    const completed = await complete({ username: 'anna' });

    assert.equal(completed.status, 200);
    const user = await me();
    assert.equal(user?.username, 'anna');
    assert.equal(user?.displayName, 'Anna Example');
    assert.equal((await complete({ username: 'again' })).status, 404);

    const later = new CookieJar();
    assert.equal((await begin('company', later)).url.pathname, '/app/browse');
    assert.equal((await me(later))?.username, 'anna');
  });

  test('does not take over an account with the same e-mail address, and needs a password for none', async () => {
    await owner.must('PATCH', '/api/me', { email: 'olivia@example.org' });
    company.people.set('43', { email: 'olivia@example.org', email_verified: true });
    company.person = '43';

    assert.equal((await begin('company')).url.pathname, '/app/oidc/new');
    assert.equal((await complete({ username: 'olivia' })).status, 409);
    assert.equal((await complete({ username: 'olivia2' })).status, 200);

    const login = await server.post('/login', { username: 'olivia2', password: '!' });
    assert.equal(login.status, 401);
  });

  test('leads to no page of another site', async () => {
    await signUp('44', 'next44');
    for (const next of [
      '//evil.example/app/',
      'https://evil.example/app/',
      '/api/me',
      '/app/../x',
      '/\\evil.example/app/',
    ]) {
      const { url } = await begin('company', browser, next);
      assert.equal(url.href, `${server.url}/app/`, next);
    }
    const own = `${server.url}/app/search?q=tulips`;
    assert.equal((await begin('company', browser, '/app/search?q=tulips')).url.href, own);
  });

  test('accepts a response once', async () => {
    await signUp('45', 'once45');
    const callback = await toCallback('company');
    assert.equal((await browser.visit(callback)).url.pathname, '/app/');

    assert.equal((await browser.visit(callback)).url.pathname, '/app/oidc/expired');
  });

  test('does not use a response up for a request that the browser sends ahead', async () => {
    await signUp('53', 'ahead53');
    const callback = await toCallback('company');
    const headers = { 'service-worker-navigation-preload': 'true' };
    const preload = await browser.fetch(callback, { headers, redirect: 'manual' });

    assert.equal(preload.status, 503);
    assert.equal((await browser.visit(callback)).url.pathname, '/app/');
  });

  test('rejects a used code, also with a copy of the cookie', async () => {
    await signUp('46', 'twice46');
    const callback = await toCallback('company');
    const cookie = browser.cookieOf(server.url, 'parley.oidc') ?? '';
    await browser.visit(callback);
    const thief = new CookieJar();
    thief.setCookie(server.url, 'parley.oidc', cookie);

    assert.equal((await thief.visit(callback)).url.pathname, '/app/oidc/rejected');
    assert.equal(await me(thief), null);
  });

  test('rejects the response of another browser', async () => {
    await signUp('47', 'other47');
    const callback = await toCallback('company');
    const victim = new CookieJar();

    assert.equal((await victim.visit(callback)).url.pathname, '/app/oidc/expired');
    await toCallback('company', victim);
    assert.equal((await victim.visit(callback)).url.pathname, '/app/oidc/rejected');
    assert.equal(await me(victim), null);
  });

  test('rejects the response of another provider', async () => {
    await signUp('48', 'mixed48');
    const attacked = new CookieJar();
    const callback = new URL(await toCallback('company', attacked));
    const atOther = `${server.url}/api/auth/oidc/other/callback${callback.search}`;

    assert.equal((await attacked.visit(atOther)).url.pathname, '/app/oidc/expired');
    const again = new URL(await toCallback('company', attacked));
    again.searchParams.set('iss', other.issuer);
    assert.equal((await attacked.visit(again.href)).url.pathname, '/app/oidc/rejected');
    assert.equal(await me(attacked), null);
  });

  test('does not confuse people with the same subject at two providers', async () => {
    await signUp('49', 'first49');
    const second = new CookieJar();
    other.person = '49';

    assert.equal((await begin('other', second)).url.pathname, '/app/oidc/new');
  });

  test('tells that a user has said no, and that a provider is down', async () => {
    company.person = undefined;
    assert.equal((await begin('company')).url.pathname, '/app/oidc/denied');
    assert.equal((await begin('gone')).url.pathname, '/app/oidc/unreachable');
    assert.equal((await begin('unknown')).status, 404);
  });

  test('refuses a disabled account', async () => {
    await signUp('50', 'disabled50');
    const { users } = await owner.must<{ users: { id: string }[] }>(
      'GET',
      '/api/admin/users?q=disabled50',
    );
    await owner.must('POST', `/api/admin/users/${users[0]?.id}/disable`);

    assert.equal((await begin('company')).url.pathname, '/app/oidc/disabled');
    assert.equal(await me(), null);
  });

  test('gives the roles of the claims, and takes them back, but never from an owner', async () => {
    company.people.set('51', { groups: ['chat-admins', 'others'] });
    await signUp('51', 'roles51');
    assert.equal((await me())?.role, 'admin');
    company.people.set('51', { groups: ['chat-moderators'] });
    await begin('company');
    assert.equal((await me())?.role, 'moderator');
    const { users } = await owner.must<{ users: { id: string }[] }>(
      'GET',
      '/api/admin/users?q=roles51',
    );
    await owner.must('PATCH', `/api/admin/users/${users[0]?.id}`, { role: 'owner' });
    company.people.set('51', {});
    await begin('company');
    assert.equal((await me())?.role, 'owner');
    const { entries } = await owner.must<{ entries: { action: string; detail: string }[] }>(
      'GET',
      '/api/admin/audit?action=user.role',
    );
    assert.ok(entries.length >= 3);
  });

  test('names the providers to the page, and no secret', async () => {
    const answer = await browser.fetch(`${server.url}/api/auth/session`);
    const { providers } = (await answer.json()) as { providers: object[] };
    assert.deepEqual(providers, [
      { name: 'company', label: 'The company' },
      { name: 'other', label: 'other' },
      { name: 'gone', label: 'gone' },
    ]);
  });

  /** Connects the provider to an account in its browser; returns the page at the end. */
  const link = async (account: Account, body: object = { link: true }): Promise<URL> => {
    const jar = new CookieJar();
    const [name = '', value = ''] = account.cookie.split('=', 2);
    jar.setCookie(server.url, name, value);
    const begun = await jar.post(`${server.url}/api/auth/oidc/company`, {
      ...{ next: '/app/oidc/linked', ...body },
    });
    assert.equal(begun.status, 200);
    const { url } = (await begun.json()) as { url: string };
    return (await jar.visit(url)).url;
  };

  test('connects a provider to an account, which then signs in to it, and disconnects it', async () => {
    const account = await server.signUp('linked54');
    company.person = '54';
    assert.equal((await link(account)).pathname, '/app/oidc/linked');
    const list = await account.must<{
      providers: { name: string; connectedAt?: string }[];
      hasPassword: boolean;
    }>(...(['GET', '/api/auth/oidc'] as const));
    assert.deepEqual(
      list.providers.flatMap(({ name, connectedAt }) => (connectedAt ? [name] : [])),
      ['company'],
    );
    assert.equal(list.hasPassword, true);
    await begin('company');
    assert.equal((await me())?.username, 'linked54');
    const thief = await server.signUp('thief54');
    assert.equal((await link(thief)).pathname, '/app/oidc/taken');

    await account.must('DELETE', '/api/auth/oidc/company');

    const later = new CookieJar();
    assert.equal((await begin('company', later)).url.pathname, '/app/oidc/new');
    assert.equal((await account.call('DELETE', '/api/auth/oidc/company')).status, 404);
    const { entries } = await owner.must<{ entries: { action: string }[] }>(
      ...(['GET', '/api/admin/audit?actor=linked54'] as const),
    );
    const actions = entries.map(({ action }) => action);
    assert.ok(actions.includes('identity.add') && actions.includes('identity.remove'));
  });

  test('keeps the only way into an account', async () => {
    await signUp('55', 'only55');
    const answer = await browser.fetch(`${server.url}/api/auth/oidc/company`, { method: 'DELETE' });

    assert.equal(answer.status, 409);
  });

  test('connects nothing to the account of another browser', async () => {
    const account = await server.signUp('target56');
    company.person = '56';
    const [name = '', value = ''] = account.cookie.split('=', 2);
    browser.setCookie(server.url, name, value);
    const begun = await browser.post(`${server.url}/api/auth/oidc/company`, { link: true });
    const { url } = (await begun.json()) as { url: string };
    const other = await server.signUp('other56');
    browser.setCookie(server.url, name, other.cookie.split('=', 2)[1] ?? '');

    assert.equal((await browser.visit(url)).url.pathname, '/app/oidc/expired');
  });

  test('is a proof of identity only for the account of the identity', async () => {
    const account = await server.signUp('proof57');
    company.person = '57';
    await link(account);
    const prompts = company.prompts;
    assert.equal((await link(account, { next: '/app/browse' })).pathname, '/app/browse');
    assert.ok(company.prompts > prompts);
    company.person = '58';
    assert.equal((await link(account, {})).pathname, '/app/oidc/other');
  });

  test('asks for the code of an account with a second factor', async () => {
    const account = await server.signUp('twofold52');
    const { secret } = await account.must<{ secret: string }>('POST', '/api/auth/totp', {});
    const code = totpCode(secret, Date.now());
    await account.must('POST', '/api/auth/totp/confirm', { code });
    company.person = '52';
    assert.equal((await link(account)).pathname, '/app/oidc/linked');
    const again = new CookieJar();

    assert.equal((await begin('company', again)).url.pathname, '/app/oidc/code');
    assert.equal(await me(again), null);
    assert.equal((await complete({ username: 'other52' }, again)).status, 401);
    assert.equal((await complete({ code: '000000' }, again)).status, 401);
    // The first one was used.
    const next = totpCode(secret, Date.now() + 30_000);
    assert.equal((await complete({ code: next }, again)).status, 200);
    assert.equal((await me(again))?.username, 'twofold52');
  });
});

describe('sign-in with a provider on a server that lets people in by invitation', () => {
  let company: IdentityProvider;
  let server: TestServer;
  before(async () => {
    const port = await findFreePort();
    const url = `http://127.0.0.1:${port}`;
    company = await IdentityProvider.start(`${url}/api/auth/oidc/company/callback`);
    const file = join(temporaryDirectory(), 'oidc.json');
    writeFileSync(file, JSON.stringify({ company: company.settings }));
    server = await TestServer.start({
      ...{ PORT: String(port), PUBLIC_URL: url, OIDC_PROVIDERS_FILE: file },
      ...{ FIRST_ACCOUNT: 'owner', REGISTRATION: 'invited' },
    });
  });
  after(async () => {
    await server.close();
    await company.close();
  });

  test('creates no account without a valid invitation, nor the first one', async () => {
    const browser = new CookieJar();
    const start = `${server.url}/api/auth/oidc/company`;
    const complete = (body: object) => browser.post(`${server.url}/api/auth/oidc/complete`, body);
    assert.equal((await browser.visit(start)).url.pathname, '/app/oidc/new');

    assert.equal((await complete({ username: 'anna' })).status, 403);
    const owner = await server.signUp('olivia');
    assert.equal((await complete({ username: 'anna', invite: 'unknown' })).status, 403);
    const { invite } = await owner.must<{ invite: { token: string } }>('POST', '/api/invites', {
      uses: 1,
    });
    const { token } = invite;
    assert.equal((await complete({ username: 'anna', invite: token })).status, 200);

    const second = new CookieJar();
    company.person = 'bruno';
    await second.visit(start);
    const used = await second.post(`${server.url}/api/auth/oidc/complete`, {
      ...{ username: 'bruno', invite: token },
    });
    assert.equal(used.status, 403);
  });

  test('goes on when the provider has stopped: others sign in, and it says why', async () => {
    const browser = new CookieJar();
    const start = `${server.url}/api/auth/oidc/company`;
    const { url } = await browser.visit(start, ({ pathname }) => pathname.endsWith('/callback'));
    await company.close();

    assert.equal((await browser.visit(url.href)).url.pathname, '/app/oidc/unreachable');
    assert.equal((await server.login('olivia')).username, 'olivia');
  });
});
