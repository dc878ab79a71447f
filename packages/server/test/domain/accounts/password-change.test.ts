import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { StartedSession } from '../../../src/domain/accounts/sessions.ts';
import type { Identity } from '../../../src/model/identity.ts';
import { StoreUnavailable } from '../../../src/ports/store.ts';
import { ChatHarness, type Client } from '../../support/chat-harness.ts';
import { openSqliteInMemory } from '../../support/sqlite-in-memory.ts';

const CLIENT = { address: '192.0.2.1', userAgent: 'test' };
const CHANGE = { currentPassword: 'alice', newPassword: 'something new' };

function identityOf({ connection: { user, sessionKey } }: Client): Identity {
  return { user, sessionKey, expiresAtMs: Number.MAX_SAFE_INTEGER };
}

function changePassword(
  harness: ChatHarness,
  by: Client,
  change = CHANGE,
): Promise<StartedSession> {
  return harness.chat.accounts.changePassword(identityOf(by), change, CLIENT);
}

function logIn({ chat }: ChatHarness, password: string) {
  return chat.accounts.verify({ username: 'alice', password, address: undefined });
}

const WRONG_CREDENTIALS = {
  code: 'UNAUTHENTICATED',
  details: { message: 'Invalid credentials' },
};
const WRONG_PASSWORD = {
  code: 'FORBIDDEN',
  details: { field: 'currentPassword', message: 'The current password is wrong' },
};

describe('changing the password', () => {
  test('ends all sessions; the client that made the change gets a new one', async () => {
    const harness = new ChatHarness();
    const [here, there] = [await harness.connect('alice'), await harness.connect('alice')];
    const bob = await harness.connect('bob');

    const { token } = await changePassword(harness, here);

    const endedBy = () => [here.endedBy, there.endedBy, bob.endedBy];
    assert.deepEqual(endedBy(), [undefined, 'session-ended', undefined]);
    // The reply is on its way; the former session is of no use by now.
    const { sessionKey: former } = here.connection;
    assert.equal(await harness.chat.sessions.authenticateKey(former), undefined);
    await harness.clock.advance(500);
    assert.deepEqual(endedBy(), ['session-ended', 'session-ended', undefined]);
    const found = await harness.chat.sessions.authenticate(token);
    assert.equal(found?.user.username, 'alice');
    await logIn(harness, 'something new');
    await assert.rejects(logIn(harness, 'alice'), WRONG_CREDENTIALS);
  });

  test('requires the current password', async () => {
    const harness = new ChatHarness();
    const [here, there] = [await harness.connect('alice'), await harness.connect('alice')];

    const changing = changePassword(harness, here, { ...CHANGE, currentPassword: 'wrong' });

    await assert.rejects(changing, WRONG_PASSWORD);
    assert.equal(there.endedBy, undefined);
    await logIn(harness, 'alice');
  });

  test('requires a valid session', async () => {
    const harness = new ChatHarness();
    const [here, there] = [await harness.connect('alice'), await harness.connect('alice')];
    await harness.chat.logout.end(identityOf(here), 'this');

    await assert.rejects(changePassword(harness, here), { code: 'UNAUTHENTICATED' });

    assert.equal(there.endedBy, undefined);
    await logIn(harness, 'alice');
  });

  test('rejects a login that was verified with the old password', async () => {
    const harness = new ChatHarness();
    const here = await harness.connect('alice');
    const found = await logIn(harness, 'alice');
    await changePassword(harness, here);

    const starting = harness.chat.sessions.start(found, {
      address: '192.0.2.1',
      userAgent: 'late',
    });

    await assert.rejects(starting, WRONG_CREDENTIALS);
  });

  test('succeeds for one of two sessions at once', async () => {
    const harness = new ChatHarness();
    const [here, there] = [await harness.connect('alice'), await harness.connect('alice')];

    const outcomes = await Promise.allSettled([
      changePassword(harness, here, { ...CHANGE, newPassword: 'the first one' }),
      changePassword(harness, there, { ...CHANGE, newPassword: 'the second one' }),
    ]);

    assert.deepEqual(
      outcomes.map((outcome) => (outcome.status === 'rejected' ? outcome.reason.code : 'done')),
      ['done', 'UNAUTHENTICATED'],
    );
    await logIn(harness, 'the first one');
  });

  test('happens once if one session requests the same change twice at once', async () => {
    const harness = new ChatHarness();
    const here = await harness.connect('alice');

    const outcomes = await Promise.allSettled([1, 2].map(() => changePassword(harness, here)));

    assert.deepEqual(outcomes.map(({ status }) => status).sort(), ['fulfilled', 'rejected']);

    await logIn(harness, 'something new');
  });

  test('counts each password that is tried', async () => {
    const harness = new ChatHarness();
    const here = await harness.connect('alice');
    const wrong = { ...CHANGE, currentPassword: 'wrong' };
    for (let tries = 0; tries < 5; tries += 1) {
      await assert.rejects(changePassword(harness, here, wrong), WRONG_PASSWORD);
    }

    await assert.rejects(changePassword(harness, here), { code: 'RATE_LIMITED' });
  });

  test('tells nothing about a guess in place of the new password', async () => {
    const harness = new ChatHarness();
    const here = await harness.connect('carol-anne');
    const { chat } = harness;
    const guess = { currentPassword: 'a wrong one', newPassword: 'correct horse' };
    const set = { currentPassword: 'carol-anne', newPassword: 'correct horse' };
    const { token } = await changePassword(harness, here, set);
    const identity = await chat.sessions.authenticate(token);
    assert(identity !== undefined);

    await assert.rejects(chat.accounts.changePassword(identity, guess, CLIENT), WRONG_PASSWORD);
  });

  test('counts successes too: a new session does not allow more guesses', async () => {
    const harness = new ChatHarness();
    const here = await harness.connect('alice');
    let identity = identityOf(here);
    let currentPassword = 'alice';
    for (let changes = 0; changes < 5; changes += 1) {
      const change = { currentPassword, newPassword: `something new ${changes}` };
      const { token } = await harness.chat.accounts.changePassword(identity, change, CLIENT);
      const found = await harness.chat.sessions.authenticate(token);
      assert(found !== undefined);
      identity = found;
      currentPassword = change.newPassword;
    }

    const guess = { currentPassword: 'a wrong one', newPassword: 'something new' };
    const changing = harness.chat.accounts.changePassword(identity, guess, CLIENT);
    await assert.rejects(changing, { code: 'RATE_LIMITED' });
  });

  test('is refused with a token that is only for connections', async () => {
    const harness = new ChatHarness();
    const here = await harness.connect('alice');
    const identity = { ...identityOf(here), isConnectOnly: true } as const;

    const changing = harness.chat.accounts.changePassword(identity, CHANGE, CLIENT);

    await assert.rejects(changing, { code: 'FORBIDDEN' });
  });
});

/** A store that reports the first change as unavailable, before or after making it. */
function failingOnce(isDone: boolean): ChatHarness {
  const store = openSqliteInMemory();
  let isFirst = true;
  const sessions: typeof store.sessions = {
    ...store.sessions,
    async changePassword(change) {
      const fails = isFirst;
      isFirst = false;
      if (fails && !isDone) throw new StoreUnavailable('down');
      const changed = await store.sessions.changePassword(change);
      if (fails) throw new StoreUnavailable('no answer');
      return changed;
    },
  };
  return new ChatHarness({ store: { ...store, sessions } });
}

describe('changing the password when the reply is lost', () => {
  for (const isDone of [true, false]) {
    test(`leaves no former session after it was ${isDone ? 'done' : 'not done'}`, async () => {
      const harness = failingOnce(isDone);
      const [here, there] = [await harness.connect('alice'), await harness.connect('alice')];

      await assert.rejects(changePassword(harness, here), { name: 'StoreUnavailable' });
      assert.equal(there.endedBy, 'session-ended', 'who may be over is not trusted');
      const retry = changePassword(harness, here);

      // The former session ended with the change, and only the lost reply had the new one.
      if (isDone) await assert.rejects(retry, WRONG_PASSWORD);
      else await retry;
      await logIn(harness, 'something new');
      await assert.rejects(logIn(harness, 'alice'), WRONG_CREDENTIALS);
      for (const { connection } of [here, there]) {
        const found = await harness.chat.sessions.authenticateKey(connection.sessionKey);
        assert.equal(found, undefined);
      }
    });
  }
});
