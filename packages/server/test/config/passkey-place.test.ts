/** The domain and the origins of passkeys, by the settings. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { loadConfig } from '../../src/config/load-config.ts';
import { readPasskeyPlace } from '../../src/config/passkey-place.ts';

const placeOf = (flags: Record<string, string>) =>
  readPasskeyPlace(loadConfig({ flags, environment: {}, envFile: {} }).values);

test('browsers offer passkeys at a public address with HTTPS, and on this machine', () => {
  for (const [flags, site, ...origins] of [
    [{}, 'localhost', 'http://localhost:8080'],
    [{ PORT: '9000' }, 'localhost', 'http://localhost:9000'],
    [{ PUBLIC_URL: 'https://chat.example.org/' }, 'chat.example.org', 'https://chat.example.org'],
    [
      {
        PUBLIC_URL: 'https://example.org:8443',
        CORS_ORIGINS: 'https://app.example.org,https://notexample.org,https://other.example',
      },
      ...['example.org', 'https://example.org:8443', 'https://app.example.org'],
    ],
    [{ PUBLIC_URL: 'http://chat.localhost:9000' }, 'chat.localhost', 'http://chat.localhost:9000'],
  ] as const) {
    assert.deepEqual(placeOf(flags), { site, origins }, JSON.stringify(flags));
  }
});

test('there are none at plain addresses, at IP addresses, and for users of other applications', () => {
  for (const flags of [
    { PUBLIC_URL: 'http://chat.example.org' },
    { PUBLIC_URL: 'https://192.0.2.1' },
    { PUBLIC_URL: 'https://[2001:db8::1]' },
    { ALLOWED_HOSTS: 'chat.example.org' },
    {
      ...{ SESSION_STORE: 'redis', REDIS_URL: 'redis://localhost' },
      SESSION_SECRET: 'the secret of both applications',
    },
  ]) {
    assert.equal(placeOf(flags), undefined, JSON.stringify(flags));
  }
});
