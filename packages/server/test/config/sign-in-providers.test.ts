import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { loadConfig } from '../../src/config/load-config.ts';
import { readSignInProviders } from '../../src/config/sign-in-providers.ts';
import { temporaryDirectory } from '../support/temporary-directory.ts';

const PUBLIC_URL = 'https://chat.example.org/';
const CLIENT = { clientId: 'parley', clientSecret: 'secret' };

function read(written: unknown, over: Record<string, string> = { PUBLIC_URL }) {
  const file = join(temporaryDirectory(), 'oidc.json');
  writeFileSync(file, typeof written === 'string' ? written : JSON.stringify(written));
  const flags = { OIDC_PROVIDERS_FILE: file, ...over };
  return readSignInProviders(loadConfig({ flags, environment: {}, envFile: {} }).values);
}

describe('the file of providers', () => {
  test('needs little for a provider that the server knows', () => {
    assert.deepEqual(read({ google: CLIENT }), [
      {
        ...{
          kind: 'openid',
          name: 'google',
          label: 'Google',
          issuer: 'https://accounts.google.com',
          ...CLIENT,
        },
        ...{ scopes: 'openid profile email', roles: undefined },
        redirectUrl: 'https://chat.example.org/api/auth/oidc/google/callback',
      },
    ]);
  });

  test('names other providers, their labels and roles', () => {
    const issuer = 'https://login.example.org/realms/main';
    const roles = { claim: 'realm_access.roles', admin: ['chat-admin'] };

    const [company] = read({ company: { ...CLIENT, preset: 'keycloak', issuer, roles } });

    assert.equal(company?.label, 'Keycloak');
    assert.equal(company?.issuer, issuer);
    assert.deepEqual(company?.roles, { ...roles, moderator: [] });
  });

  test('knows GitHub, and a GitHub Enterprise by its address', () => {
    const issuer = 'https://github.example.org/';

    const [github, enterprise] = read({
      github: CLIENT,
      work: { ...CLIENT, preset: 'github', issuer },
    });

    const shared = { kind: 'github', label: 'GitHub', scopes: 'read:user' };
    assert.deepEqual(
      [github, enterprise].map((each) => ({ ...each, redirectUrl: undefined })),
      [
        { ...shared, ...CLIENT, name: 'github', issuer: 'https://github.com' },
        { ...shared, ...CLIENT, name: 'work', issuer: 'https://github.example.org' },
      ].map((each) => ({ ...each, roles: undefined, redirectUrl: undefined })),
    );
  });

  for (const [what, written, message] of [
    ['no JSON', '{"google": secret', /^OIDC_PROVIDERS_FILE \S+ is not valid JSON\.$/],
    ['another name', { Google: CLIENT }, /provider 'Google': a name has/],
    ['a name of another route', { complete: CLIENT }, /provider 'complete': a name has/],
    ['no issuer', { company: CLIENT }, /provider 'company': issuer is missing/],
    ['no client', { google: {} }, /provider 'google': clientId is missing/],
    ['a plain issuer', { a: { ...CLIENT, issuer: 'http://login.example.org' } }, /not an https/],
    ['an unknown field', { google: { ...CLIENT, secret: 'x' } }, /secret is none of preset/],
    ['an unknown preset', { a: { ...CLIENT, preset: 'b' } }, /preset is none of google/],
    ['GitHub without a secret', { github: { clientId: 'parley' } }, /clientSecret is missing/],
    ['roles of GitHub', { github: { ...CLIENT, roles: { claim: 'a' } } }, /roles need claims/],
    ['scopes without openid', { google: { ...CLIENT, scopes: 'email' } }, /must contain openid/],
    [
      'an owner by a claim',
      { google: { ...CLIENT, roles: { claim: 'a', owner: [] } } },
      /owner is/,
    ],
    ['an issuer twice', { google: CLIENT, a: { ...CLIENT, preset: 'google' } }, /the same issuer/],
  ] as const) {
    test(`stops the start with ${what}`, () => {
      assert.throws(() => read(written), { name: 'ConfigError', message });
    });
  }

  test('needs the address to which providers send browsers back', () => {
    const message = /^PUBLIC_URL is missing: OIDC_PROVIDERS_FILE requires it/;
    assert.throws(() => read({ google: CLIENT }, {}), { name: 'ConfigError', message });
  });
});
