import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { SessionCookie } from '../../../src/http/request/session-cookie.ts';

/** The id `abc` under the secret `keyboard cat`, by the formula that express-session uses. */
const OF_EXPRESS = 'connect.sid=s%3Aabc.BpxCrWRpvZMh%2Fwk%2Fdjl34N%2Bm%2BVQEU7K%2F5WenLwJCgFU';

describe('SessionCookie', () => {
  const cookie = new SessionCookie(['keyboard cat']);

  test('reads a cookie that it has written', () => {
    const written = cookie.write('the-id', { isSecure: false });

    assert.equal(cookie.read(written.split(';')[0]), 'the-id');
  });

  test('reads a cookie of express-session', () => {
    assert.equal(cookie.read(`theme=dark; ${OF_EXPRESS}`), 'abc');
  });

  test('verifies with every secret, and signs with the first', () => {
    const old = cookie.write('the-id', { isSecure: false }).split(';')[0];
    const rotated = new SessionCookie(['a new secret', 'keyboard cat']);

    assert.equal(rotated.read(old), 'the-id');
    const fresh = rotated.write('the-id', { isSecure: false }).split(';')[0];
    assert.equal(cookie.read(fresh), undefined);
  });

  for (const header of [
    undefined,
    '',
    'other=1',
    'connect.sid=abc',
    'connect.sid=s%3Aabc',
    'connect.sid=s%3A.sig',
    'connect.sid=s%3Aabc.',
    OF_EXPRESS.replace('abc', 'abd'),
    OF_EXPRESS.slice(0, -1),
  ]) {
    test(`reads nothing from ${header}`, () => {
      assert.equal(cookie.read(header), undefined);
    });
  }
});
