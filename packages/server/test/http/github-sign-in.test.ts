/** Sign-in with GitHub: OAuth 2 without ID tokens, with a real OAuth server on loopback. */
import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, beforeEach, describe, test } from 'node:test';
import { findFreePort } from '../support/free-port.ts';
import { CookieJar, IdentityProvider } from '../support/identity-provider.ts';
import { OAuthServer } from '../support/oauth-server.ts';
import { TestServer } from '../support/running-server.ts';
import { temporaryDirectory } from '../support/temporary-directory.ts';

describe('sign-in with GitHub', () => {
  let github: OAuthServer;
  let enterprise: OAuthServer;
  let company: IdentityProvider;
  let server: TestServer;
  let browser: CookieJar;
  before(async () => {
    const port = await findFreePort();
    const url = `http://127.0.0.1:${port}`;
    const callback = (name: string) => `${url}/api/auth/oidc/${name}/callback`;
    github = await OAuthServer.start(callback('github'));
    enterprise = await OAuthServer.start(callback('enterprise'));
    company = await IdentityProvider.start(callback('company'));
    const file = join(temporaryDirectory(), 'oidc.json');
    const providers = {
      github: github.settings,
      enterprise: { ...enterprise.settings, label: 'Our GitHub' },
      company: company.settings,
      stranger: { ...github.settings, issuer: 'http://127.0.0.1:9' },
    };
    writeFileSync(file, JSON.stringify(providers));
    server = await TestServer.start({
      ...{ PORT: String(port), PUBLIC_URL: url, OIDC_PROVIDERS_FILE: file, REGISTRATION: 'open' },
    });
  });
  after(async () => {
    await server.close();
    for (const each of [github, enterprise, company]) await each.close();
  });
  beforeEach(() => {
    browser = new CookieJar();
  });

  const begin = async (name: string, jar = browser): Promise<string> =>
    (await jar.visit(`${server.url}/api/auth/oidc/${name}`)).url.pathname;
  const toCallback = async (name: string, jar = browser): Promise<URL> => {
    const start = `${server.url}/api/auth/oidc/${name}`;
    return (await jar.visit(start, ({ pathname }) => pathname.endsWith('/callback'))).url;
  };
  const open = async (url: URL | string, jar = browser): Promise<string> =>
    (await jar.visit(String(url))).url.pathname;
  const pending = async (jar = browser): Promise<{ username?: string; displayName?: string }> =>
    (await (await jar.fetch(`${server.url}/api/auth/oidc/pending`)).json()) as object;
  const complete = (body: object, jar = browser) =>
    jar.post(`${server.url}/api/auth/oidc/complete`, body);
  const me = async (jar = browser): Promise<string | undefined> => {
    const answer = await jar.fetch(`${server.url}/api/auth/session`);
    const { user } = (await answer.json()) as { user: { username: string } | null };
    return user?.username;
  };
  const signUp = async (id: number, username: string, jar = browser): Promise<void> => {
    github.person = { id, login: username };
    assert.equal(await begin('github', jar), '/app/oidc/new');
    assert.equal((await complete({ username }, jar)).status, 200);
  };

  test('knows a user by the number, whatever the login becomes', async () => {
    github.person = { id: 101, login: 'Anna-Example', name: 'Anna Example' };
    assert.equal(await begin('github'), '/app/oidc/new');
    const { username, displayName } = await pending();
    assert.deepEqual([username, displayName], ['Anna-Example', 'Anna Example']);
    assert.equal((await complete({ username: 'anna' })).status, 200);
    assert.equal(await me(), 'anna');

    const later = new CookieJar();
    github.person = { id: 101, login: 'renamed' };
    assert.equal(await begin('github', later), '/app/');
    assert.equal(await me(later), 'anna');
    // The former login may belong to another person.
    const heir = new CookieJar();
    github.person = { id: 102, login: 'Anna-Example' };
    assert.equal(await begin('github', heir), '/app/oidc/new');
  });

  test('rejects a user without a number', async () => {
    for (const id of [undefined, '104', 0, -1, 1.5, 2 ** 60]) {
      github.person = { id, login: 'nobody' };
      assert.equal(await begin('github'), '/app/oidc/rejected', String(id));
    }
  });

  test('does not confuse people with the same number at two servers', async () => {
    await signUp(105, 'first105');
    enterprise.person = { id: 105, login: 'second105' };
    const other = new CookieJar();

    assert.equal(await begin('enterprise', other), '/app/oidc/new');
  });

  test('accepts a response once, also with a copy of the cookie', async () => {
    await signUp(106, 'once106');
    const callback = await toCallback('github');
    const cookie = browser.cookieOf(server.url, 'parley.oidc') ?? '';
    assert.equal(await open(callback), '/app/');
    assert.equal(await open(callback), '/app/oidc/expired');
    const thief = new CookieJar();
    thief.setCookie(server.url, 'parley.oidc', cookie);

    assert.equal(await open(callback, thief), '/app/oidc/rejected');
    assert.equal(await me(thief), undefined);
  });

  test('rejects the response of another browser, which would log a victim in as the attacker', async () => {
    await signUp(107, 'attacker107');
    const callback = await toCallback('github', new CookieJar());
    const victim = new CookieJar();

    assert.equal(await open(callback, victim), '/app/oidc/expired');
    await toCallback('github', victim);
    assert.equal(await open(callback, victim), '/app/oidc/rejected');
    assert.equal(await me(victim), undefined);
  });

  test('rejects a response without a state, or with another one', async () => {
    await signUp(108, 'state108');
    const attacked = new CookieJar();
    for (const change of [
      (url: URL) => url.searchParams.delete('state'),
      (url: URL) => url.searchParams.set('state', 'x'.repeat(43)),
      (url: URL) => url.searchParams.append('state', 'another'),
    ]) {
      const callback = await toCallback('github', attacked);
      change(callback);
      assert.equal(await open(callback, attacked), '/app/oidc/rejected');
      assert.equal(await me(attacked), undefined);
    }
  });

  test('rejects the response of another provider', async () => {
    await signUp(109, 'mixed109');
    for (const [asked, answered] of [
      ['github', 'enterprise'],
      ['github', 'company'],
      ['company', 'github'],
    ] as const) {
      const attacked = new CookieJar();
      const { search } = await toCallback(asked, attacked);
      const other = `${server.url}/api/auth/oidc/${answered}/callback${search}`;
      assert.equal(await open(other, attacked), '/app/oidc/expired', `${asked} ${answered}`);
      assert.equal(await me(attacked), undefined);
    }
    // The code of one provider in a sign-in that was begun with the other one.
    const attacked = new CookieJar();
    const code = (await toCallback('github', new CookieJar())).searchParams.get('code') ?? '';
    const callback = await toCallback('enterprise', attacked);
    callback.searchParams.set('code', code);
    assert.equal(await open(callback, attacked), '/app/oidc/rejected');
  });

  test('does not use a code that was given to another sign-in of the same provider', async () => {
    await signUp(110, 'code110');
    const attacked = new CookieJar();
    const stolen = (await toCallback('github', new CookieJar())).searchParams.get('code') ?? '';
    const callback = await toCallback('github', attacked);
    callback.searchParams.set('code', stolen);

    // Its verifier is in the cookie of the other browser.
    assert.equal(await open(callback, attacked), '/app/oidc/rejected');
    assert.equal(await me(attacked), undefined);
  });

  test('says that a user has declined, and that GitHub is down', async () => {
    github.person = undefined;
    assert.equal(await begin('github'), '/app/oidc/denied');
    const callback = new URL(`${server.url}/api/auth/oidc/stranger/callback?code=c`);
    const gone = new CookieJar();
    // The browser does not reach it either: the address is as it would come back.
    const answer = await gone.fetch(`${server.url}/api/auth/oidc/stranger`, { redirect: 'manual' });
    const { searchParams } = new URL(answer.headers.get('location') ?? '');
    callback.searchParams.set('state', searchParams.get('state') ?? '');
    assert.equal(await open(callback, gone), '/app/oidc/unreachable');
  });

  test('is not a proof of identity, because it does not ask again', async () => {
    await signUp(111, 'proof111');
    const answer = await browser.post(`${server.url}/api/auth/oidc/github`, {});

    assert.equal(answer.status, 403);
    const { providers } = (await (await browser.fetch(`${server.url}/api/auth/oidc`)).json()) as {
      providers: { name: string; canProve: boolean }[];
    };
    assert.deepEqual(
      providers.map(({ name, canProve }) => [name, canProve]),
      [
        ['github', false],
        ['enterprise', false],
        ['company', true],
        ['stranger', false],
      ],
    );
  });
});

describe('session fixation and a missing state with OpenID Connect', () => {
  test('a session of before is not that of the user who signs in', async () => {
    const port = await findFreePort();
    const url = `http://127.0.0.1:${port}`;
    const company = await IdentityProvider.start(`${url}/api/auth/oidc/company/callback`);
    const file = join(temporaryDirectory(), 'oidc.json');
    writeFileSync(file, JSON.stringify({ company: company.settings }));
    const settings = { PORT: String(port), PUBLIC_URL: url, OIDC_PROVIDERS_FILE: file };
    const server = await TestServer.start({ ...settings, REGISTRATION: 'open' });
    try {
      const attacker = await server.signUp('attacker');
      const victim = new CookieJar();
      const [name = '', value = ''] = attacker.cookie.split('=', 2);
      // Planted by the attacker, who knows it.
      victim.setCookie(server.url, name, value);
      const start = `${server.url}/api/auth/oidc/company`;
      assert.equal((await victim.visit(start)).url.pathname, '/app/oidc/new');
      const body = { username: 'victim' };
      await victim.post(`${server.url}/api/auth/oidc/complete`, body);
      assert.notEqual(victim.cookieOf(server.url, name), value);
      const { user } = await attacker.must<{ user: { username: string } }>('GET', '/api/auth/me');
      assert.equal(user.username, 'attacker');

      const callbackOf = async (): Promise<URL> =>
        (await victim.visit(start, ({ pathname }) => pathname.endsWith('/callback'))).url;
      const stateless = await callbackOf();
      stateless.searchParams.delete('state');
      assert.equal((await victim.visit(stateless.href)).url.pathname, '/app/oidc/rejected');
    } finally {
      await server.close();
      await company.close();
    }
  });
});
