import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { ChatError, type ErrorCode, type UserPayload } from '@parley/client';
import { Registration } from '../../src/account/registration.ts';

const ALICE = { username: 'alice', password: 'a secret of alice' };
const USER = { id: 'u-1', username: 'alice' } as UserPayload;

/** The server gives these answers in turn; a code is an error. */
function registrationWith(answers: readonly ('ok' | ErrorCode)[]) {
  const calls: string[] = [];
  const answer = (call: string) => async (): Promise<UserPayload> => {
    const next = answers[calls.length];
    calls.push(call);
    if (next === undefined || next === 'ok') return USER;
    throw new ChatError(next);
  };
  const account = { register: answer('register'), logIn: answer('logIn') };
  return { registration: new Registration(account), calls };
}

describe('a registration', () => {
  test('logs in with the new account', async () => {
    const { registration, calls } = registrationWith(['ok', 'ok']);

    assert.equal(await registration.register(ALICE), USER);
    assert.deepEqual(calls, ['register', 'logIn']);
  });

  for (const [what, answers] of [
    ['it had no answer', ['UNAVAILABLE', 'CONFLICT', 'ok']],
    ['its login had none', ['ok', 'UNAVAILABLE', 'CONFLICT', 'ok']],
  ] as const) {
    test(`logs in with the next try if ${what}`, async () => {
      const { registration, calls } = registrationWith(answers);
      await assert.rejects(registration.register(ALICE), { code: 'UNAVAILABLE' });

      assert.equal(await registration.register(ALICE), USER);
      assert.deepEqual(calls.slice(-2), ['register', 'logIn']);
    });
  }

  test('does not log in with a name that is taken at the first try', async () => {
    const { registration, calls } = registrationWith(['CONFLICT', 'CONFLICT']);

    await assert.rejects(registration.register(ALICE), { code: 'CONFLICT' });
    await assert.rejects(registration.register(ALICE), { code: 'CONFLICT' });
    assert.deepEqual(calls, ['register', 'register']);
  });

  test('says that the name is taken if another user has registered it meanwhile', async () => {
    const { registration } = registrationWith(['UNAVAILABLE', 'CONFLICT', 'UNAUTHENTICATED']);
    await assert.rejects(registration.register(ALICE), { code: 'UNAVAILABLE' });

    await assert.rejects(registration.register(ALICE), { code: 'CONFLICT' });
  });
});
