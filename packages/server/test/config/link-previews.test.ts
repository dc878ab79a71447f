import assert from 'node:assert/strict';
import { test } from 'node:test';
import { makesLinkPreviews } from '../../src/config/role.ts';

const PUBLIC_URL = 'https://chat.example.org';

test('previews are made by default if other machines reach the server', () => {
  for (const [settings, isOn] of [
    [{}, false],
    [{ HOST: '::1' }, false],
    [{ HOST: '0.0.0.0' }, true],
    [{ PUBLIC_URL }, true],
    [{ LINK_PREVIEWS: 'on' }, true],
    [{ HOST: '0.0.0.0', PUBLIC_URL, LINK_PREVIEWS: 'off' }, false],
  ] as const) {
    const defaults = { HOST: '127.0.0.1', PUBLIC_URL: undefined, LINK_PREVIEWS: undefined };
    assert.equal(makesLinkPreviews({ ...defaults, ...settings }), isOn, JSON.stringify(settings));
  }
});
