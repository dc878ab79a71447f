import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { Identity } from '../../../src/model/identity.ts';
import { StoreUnavailable } from '../../../src/ports/store.ts';
import { openMemoryStore } from '../../../src/stores/memory/store.ts';
import { ChatHarness, type Client } from '../../support/chat-harness.ts';

const CHANGE = { currentPassword: 'alice', newPassword: 'something new' };

function identityOf({ connection: { user, sessionKey } }: Client): Identity {
  return { user, sessionKey, expiresAtMs: Number.MAX_SAFE_INTEGER };
}

function changePassword(harness: ChatHarness, by: Client, change = CHANGE): Promise<void> {
  return harness.chat.accounts.changePassword(identityOf(by), change);
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
  test('ends all sessions except the one that made the change', async () => {
    const harness = new ChatHarness();
    const [here, there] = [await harness.connect('alice'), await harness.connect('alice')];
    const bob = await harness.connect('bob');

    await changePassword(harness, here);

    assert.deepEqual(
      [here.endedBy, there.endedBy, bob.endedBy],
      [undefined, 'session-ended', undefined],
    );
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
    assert.deepEqual([here.endedBy, there.endedBy], [undefined, 'session-ended']);
    await logIn(harness, 'the first one');
  });

  test('happens once if one session requests the same change twice at once', async () => {
    const harness = new ChatHarness();
    const here = await harness.connect('alice');

    await Promise.all([changePassword(harness, here), changePassword(harness, here)]);

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
});

/** A store that reports the first change as unavailable, before or after making it. */
function failingOnce(isDone: boolean): ChatHarness {
  const store = openMemoryStore();
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
    test(`can be retried after it was ${isDone ? 'done' : 'not done'}`, async () => {
      const harness = failingOnce(isDone);
      const [here, there] = [await harness.connect('alice'), await harness.connect('alice')];

      await assert.rejects(changePassword(harness, here), { name: 'StoreUnavailable' });
      assert.equal(there.endedBy, 'session-ended', 'who may be over is not trusted');
      await changePassword(harness, here);

      assert.equal(here.endedBy, undefined);
      await logIn(harness, 'something new');
      await assert.rejects(logIn(harness, 'alice'), WRONG_CREDENTIALS);
      const { sessionKey } = there.connection;
      assert.equal(await harness.chat.sessions.authenticateKey(sessionKey), undefined);
    });
  }
});
