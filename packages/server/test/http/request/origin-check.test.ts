import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { isOriginAllowed } from '../../../src/http/request/origin-check.ts';

const OWN = { host: 'chat.example', isSecure: false };
const POLICY = { allowed: ['https://listed.example'] };

describe('isOriginAllowed', () => {
  const cases: readonly [origin: string, host: string | undefined, allowed: boolean][] = [
    ['http://chat.example', 'chat.example', true],
    ['https://chat.example', 'chat.example', true],
    ['http://chat.example', 'chat.example:80', true],
    ['https://chat.example', 'chat.example:443', true],
    ['http://chat.example:8080', 'chat.example:8080', true],
    ['http://chat.example:8080', 'chat.example', false],
    ['http://chat.example', 'chat.example:8080', false],
    ['http://chat.example.evil', 'chat.example', false],
    ['http://evil.example', 'chat.example', false],
    ['http://[::1]:8080', '[::1]:8080', true],
    ['https://listed.example', 'chat.example', true],
    ['https://listed.example/', 'chat.example', false],
    ['http://listed.example', 'chat.example', false],
    ['null', 'chat.example', false],
    ['', 'chat.example', false],
    ['file://', 'chat.example', false],
    ['chat.example', 'chat.example', false],
    ['http://user@chat.example', 'chat.example', false],
    ['http://chat.example', undefined, false],
    ['http://chat.example', 'not a host', false],
  ];
  for (const [origin, host, allowed] of cases) {
    test(`${allowed ? 'allows' : 'rejects'} '${origin}' on ${host}`, () => {
      assert.equal(isOriginAllowed({ origin }, { host, isSecure: false }, POLICY), allowed);
    });
  }

  for (const [origin, host, allowed] of [
    ['https://chat.example', 'chat.example', true],
    ['https://chat.example', 'chat.example:443', true],
    ['http://chat.example', 'chat.example', false],
    ['http://chat.example', 'chat.example:80', false],
    ['https://chat.example', 'chat.example:80', false],
    ['http://chat.example:8443', 'chat.example:8443', false],
    ['https://listed.example', 'chat.example', true],
    ['null', 'chat.example', false],
  ] as const) {
    test(`${allowed ? 'allows' : 'rejects'} '${origin}' on ${host} over HTTPS`, () => {
      assert.equal(isOriginAllowed({ origin }, { host, isSecure: true }, POLICY), allowed);
    });
  }

  test('allows a listed http origin over HTTPS too', () => {
    const policy = { allowed: ['http://chat.example'] };
    const facts = { host: 'chat.example', isSecure: true };
    assert.equal(isOriginAllowed({ origin: 'http://chat.example' }, facts, policy), true);
  });

  for (const [site, allowed] of [
    ['same-origin', true],
    ['none', true],
    ['same-site', false],
    ['cross-site', false],
  ] as const) {
    test(`checks Sec-Fetch-Site '${site}' if there is no origin`, () => {
      const headers = { 'sec-fetch-site': site };
      assert.equal(isOriginAllowed(headers, OWN, POLICY), allowed);
    });
  }

  test('allows clients that are not browsers', () => {
    assert.equal(isOriginAllowed({}, OWN, POLICY), true);
  });
});
