import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { PasswordRules } from '../../../src/domain/accounts/password-rules.ts';
import { commonPasswords } from '../../../src/system/common-passwords.ts';

const COMMON = 'This password is too common, so it is guessed first: choose another one';
const NAME = 'The password is too close to the username: choose another one';

describe('the rules of new passwords', () => {
  const rules = new PasswordRules(commonPasswords);
  const verdictOn = async (password: string, username = 'alice-b') => {
    try {
      await rules.check(password, { username });
      return 'accepted';
    } catch (error) {
      const { code, details } = error as { code: string; details: Record<string, string> };
      assert.equal(code, 'VALIDATION_ERROR');
      assert.equal(details['field'], 'password');
      return details['message'];
    }
  };

  const cases: readonly (readonly [password: string, verdict: string, username?: string])[] = [
    ...[
      'password',
      'Password',
      '12345678',
      '123456789',
      'qwertyuiop',
      'password123',
      'PASSWORD123',
    ].map((each) => [each, COMMON] as const),
    ...['iloveyou', 'sunshine', 'football', '1q2w3e4r', 'qwerty123', 'abcd1234', 'letmein1'].map(
      (each) => [each, COMMON] as const,
    ),
    // One key or two, and words of every installation.
    ...['aaaaaaaa', 'XxXxXxXx', '00000000', 'abababab', '________'].map(
      (each) => [each, COMMON] as const,
    ),
    ...['parley2026', 'Admin123!', 'administrator', '**server**', 'Password!!!1'].map(
      (each) => [each, COMMON] as const,
    ),
    ['margaret_h', NAME, 'Margaret_H'],
    ['Margaret_H!', NAME, 'margaret_h'],
    ['h_teragram', NAME, 'margaret_h'],
    ['alice-b1', NAME],
    ['2026alice-b', NAME],
    // Examples of the documents, and passwords that only contain a word.
    ...['secure123', 'correct horse', 'battery staple', 'parley is great', 'alice-b and bob'].map(
      (each) => [each, 'accepted'] as const,
    ),
    ['x'.repeat(128), 'accepted'],
    ['\u043f\u0430\u0440\u043e\u043b\u044c-\u043c\u043e\u0439', 'accepted'],
    ['seven c', 'A password has 8 to 128 characters'],
  ];
  for (const [password, verdict, username] of cases) {
    test(`${JSON.stringify(password).slice(0, 24)} of ${username ?? 'alice-b'}: ${verdict.slice(0, 38)}`, async () => {
      assert.equal(await verdictOn(password, username), verdict);
    });
  }
});
