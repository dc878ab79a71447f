import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { ChatError } from '@parley/client';
import { loginProblems, registerProblems } from '../../src/account/credential-rules.ts';
import { sessionErrorOf } from '../../src/account/session-error.ts';

const GOOD = { username: 'alice', password: 'correct horse' };

describe('rules for credentials', () => {
  for (const [title, username, isFine] of [
    ['2 characters', 'al', false],
    ['3 characters', 'ali', true],
    ['20 characters', 'a'.repeat(20), true],
    ['21 characters', 'a'.repeat(21), false],
    ['hyphen, underscore and digits', 'a_b-9', true],
    ['a space', 'al ice', false],
    ['a letter beyond ASCII', 'ålice', false],
  ] as const) {
    test(`a new username of ${title} is ${isFine ? 'accepted' : 'rejected'}`, () => {
      assert.equal(registerProblems({ ...GOOD, username }).username === undefined, isFine);
    });
  }

  for (const [length, isFine] of [
    [7, false],
    [8, true],
    [128, true],
    [129, false],
  ] as const) {
    test(`a new password of ${length} characters is ${isFine ? 'accepted' : 'rejected'}`, () => {
      const password = 'x'.repeat(length);
      assert.equal(registerProblems({ ...GOOD, password }).password === undefined, isFine);
    });
  }

  test('a login only needs both fields: older accounts may have other rules', () => {
    assert.deepEqual(loginProblems({ username: 'x', password: 'y' }), {});
    assert.deepEqual(Object.keys(loginProblems({ username: '', password: '' })), [
      'username',
      'password',
    ]);
  });
});

describe('text of a rejection', () => {
  test('a taken name is shown at the username field', () => {
    assert.equal(sessionErrorOf(new ChatError('CONFLICT'), 'register').place, 'username');
  });

  test('an error that names a field is shown at that field', () => {
    const error = new ChatError('VALIDATION_ERROR', { field: 'password' });
    assert.equal(sessionErrorOf(error, 'log in').place, 'password');
  });

  test('too many attempts show the wait', () => {
    const error = new ChatError('RATE_LIMITED', { retryAfterSeconds: 1 });
    assert.equal(sessionErrorOf(error, 'log in').text, 'Too many attempts. Try again in 1 second.');
  });

  test('a forbidden attempt shows what is forbidden', () => {
    const textOf = (attempt: Parameters<typeof sessionErrorOf>[1]) =>
      sessionErrorOf(new ChatError('FORBIDDEN'), attempt).text;
    assert.match(textOf('log in'), /^This account is disabled/);
    assert.match(textOf('register'), /^Registration is closed/);
  });

  test('a defect is shown without its message', () => {
    const { text } = sessionErrorOf(new Error('secret detail'), 'log in');
    assert.equal(text.includes('secret'), false);
  });
});
