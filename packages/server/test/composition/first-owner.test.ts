import assert from 'node:assert/strict';
import { test } from 'node:test';
import { firstOwnerOptions } from '../../src/composition/first-owner.ts';
import { loadConfig } from '../../src/config/load-config.ts';

test('users of this machine need the owner link if the settings tell of a proxy', () => {
  for (const [settings, isLocalAllowed] of [
    [{}, true],
    [{ HOST: '::1' }, true],
    [{ PUBLIC_URL: 'http://localhost:8080' }, true],
    [{ PUBLIC_URL: 'http://[::1]:8080', ALLOWED_HOSTS: 'localhost' }, true],
    [{ HOST: '0.0.0.0' }, false],
    [{ TRUST_PROXY: '127.0.0.1' }, false],
    [{ PUBLIC_URL: 'https://chat.example.org' }, true],
    [{ ALLOWED_HOSTS: 'localhost,chat.example.org' }, false],
    [{ HOST: '127.0.0.1', CORS_ORIGINS: 'http://localhost:5173' }, true],
  ] as const) {
    const { values } = loadConfig({ environment: settings, flags: {}, envFile: {} });
    const options = firstOwnerOptions(values, ['secret', 'former secret']);
    const found = [options?.isLocalAllowed, options?.tokens.length];
    assert.deepEqual(found, isLocalAllowed ? [true, 0] : [false, 2], JSON.stringify(settings));
  }
});
