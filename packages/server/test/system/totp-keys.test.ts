import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { UserId } from '@parley/protocol';
import { totpKeys } from '../../src/system/totp-keys.ts';
import { NOON_MS } from '../support/records.ts';
import { totpCode } from '../support/totp.ts';

const ALICE = 'alice' as UserId;
const STEP_MS = 30_000;

describe('codes of authenticator apps', () => {
  test('the app of these tests shows the codes of RFC 6238', () => {
    // "12345678901234567890", appendix B.
    const secret = 'GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ';
    const seconds = [59, 1111111109, 1111111111, 1234567890, 2000000000, 20000000000];

    const codes = seconds.map((second) => totpCode(secret, second * 1000));

    assert.deepEqual(codes, ['287082', '081804', '050471', '005924', '279037', '353130']);
  });

  test('are accepted one step early or late, and no further', () => {
    const keys = totpKeys(['one']);
    const { secret, sealed } = keys.create(ALICE);
    const verify = (shownAtMs: number) => {
      const code = totpCode(secret, shownAtMs);
      const verified = keys.verify(ALICE, sealed, { code, nowMs: NOON_MS });
      return verified.kind === 'match' ? verified.step - Math.floor(NOON_MS / STEP_MS) : undefined;
    };

    const steps = [-2, -1, 0, 1, 2].map((step) => verify(NOON_MS + step * STEP_MS));

    assert.deepEqual(steps, [undefined, -1, 0, 1, undefined]);
    assert.match(secret, /^[A-Z2-7]{32}$/);
  });

  test('of another length or with other characters match nothing', () => {
    const keys = totpKeys(['one']);
    const { secret, sealed } = keys.create(ALICE);
    const code = totpCode(secret, NOON_MS);

    for (const wrong of ['', code.slice(1), `${code}0`, 'ééé', '１２３４５６']) {
      const { kind } = keys.verify(ALICE, sealed, { code: wrong, nowMs: NOON_MS });
      assert.equal(kind, 'no-match');
    }
  });

  test('a sealed secret opens for its user only, with one of the secrets of the server', () => {
    const { secret, sealed } = totpKeys(['old']).create(ALICE);
    const attempt = { code: totpCode(secret, NOON_MS), nowMs: NOON_MS };
    const kindWith = (secrets: [string, ...string[]], userId = ALICE, text = sealed) =>
      totpKeys(secrets).verify(userId, text, attempt).kind;

    assert.equal(kindWith(['new', 'old']), 'match');
    assert.equal(kindWith(['new']), 'unreadable');
    assert.equal(kindWith(['old'], 'bob' as UserId), 'unreadable');
    const changed = `${sealed.slice(0, -2)}${sealed.endsWith('AA') ? 'BA' : 'AA'}`;
    for (const text of ['', 'AAAA', changed, `${sealed}AAAA`]) {
      assert.equal(kindWith(['old'], ALICE, text), 'unreadable');
    }
    assert.notEqual(totpKeys(['old']).create(ALICE).secret, secret);
  });

  test('a secret is sealed again with the first secret when it is used', () => {
    const { secret, sealed } = totpKeys(['old']).create(ALICE);
    const attempt = { code: totpCode(secret, NOON_MS), nowMs: NOON_MS };

    const verified = totpKeys(['new', 'old']).verify(ALICE, sealed, attempt);

    assert(verified.kind === 'match');
    assert.equal(totpKeys(['new']).verify(ALICE, verified.resealed, attempt).kind, 'match');
  });
});
