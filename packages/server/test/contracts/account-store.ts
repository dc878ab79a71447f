import assert from 'node:assert/strict';
import { afterEach, beforeEach, describe, test } from 'node:test';
import type { AccountStore } from '../../src/ports/account-store.ts';
import type { Store } from '../../src/ports/store.ts';
import { NOON_MS, newUserId, user } from '../support/records.ts';

export function testAccountStore(adapter: string, openEmpty: () => Promise<Store>): void {
  describe(`${adapter}: account store`, () => {
    let store: Store;
    let accounts: AccountStore;
    beforeEach(async () => {
      store = await openEmpty();
      accounts = store.accounts;
    });
    afterEach(() => store.close());

    test('finds an account by its name in any case, and keeps the name as written', async () => {
      const alice = user('Alice');

      await accounts.insertUser(alice, 'the hash');

      assert.deepEqual(await accounts.findCredentials('aLICE'), {
        user: alice,
        passwordHash: 'the hash',
      });
    });

    test('knows nobody of another name', async () => {
      await accounts.insertUser(user('alice'), 'the hash');

      assert.equal(await accounts.findCredentials('alicia'), undefined);
    });

    test('refuses a name that is taken in another case, and leaves the first as it was', async () => {
      const alice = user('alice');
      await accounts.insertUser(alice, 'first');

      const answer = await accounts.insertUser(user('ALICE'), 'second');

      assert.equal(answer, 'taken');
      assert.equal((await accounts.findCredentials('alice'))?.passwordHash, 'first');
    });

    test('stores one of two accounts that ask for a name at once', async () => {
      const answers = await Promise.all([
        accounts.insertUser(user('alice'), 'one'),
        accounts.insertUser(user('Alice'), 'two'),
      ]);

      assert.deepEqual(answers.sort(), ['stored', 'taken']);
    });

    test('finds a person by id, and by name in any case', async () => {
      const alice = user('Alice');
      await accounts.insertUser(alice, 'hash');

      assert.deepEqual(await accounts.findUser({ kind: 'id', id: alice.id }), alice);
      assert.deepEqual(await accounts.findUser({ kind: 'username', username: 'aLICE' }), alice);
      assert.equal(await accounts.findUser({ kind: 'id', id: newUserId() }), undefined);
      assert.equal(await accounts.findUser({ kind: 'username', username: 'bob' }), undefined);
    });

    test('keeps when somebody was seen last', async () => {
      const alice = user('alice');
      await accounts.insertUser(alice, 'hash');
      assert.equal(await accounts.findLastSeen(alice.id), undefined);

      await accounts.setLastSeen(alice.id, NOON_MS);

      assert.equal(await accounts.findLastSeen(alice.id), NOON_MS);
    });

    test('counts attempts within a window that begins with the first', async () => {
      const first = await accounts.countAttempt('key', NOON_MS, 1000);
      const second = await accounts.countAttempt('key', NOON_MS + 999, 1000);

      assert.deepEqual(first, { attempts: 1, windowEndsAtMs: NOON_MS + 1000 });
      assert.deepEqual(second, { attempts: 2, windowEndsAtMs: NOON_MS + 1000 });
    });

    test('begins to count anew when the window is over', async () => {
      await accounts.countAttempt('key', NOON_MS, 1000);

      const next = await accounts.countAttempt('key', NOON_MS + 1000, 1000);

      assert.deepEqual(next, { attempts: 1, windowEndsAtMs: NOON_MS + 2000 });
    });

    test('counts every one of many attempts at once', async () => {
      const counts = await Promise.all(
        Array.from({ length: 20 }, () => accounts.countAttempt('key', NOON_MS, 1000)),
      );

      assert.deepEqual(
        counts.map(({ attempts }) => attempts).sort((a, b) => a - b),
        Array.from({ length: 20 }, (_, index) => index + 1),
      );
    });

    test('forgets attempts, and deletes those whose window is over', async () => {
      await accounts.countAttempt('forgotten', NOON_MS, 1000);
      await accounts.countAttempt('old', NOON_MS, 1000);
      await accounts.countAttempt('new', NOON_MS, 5000);

      await accounts.forgetAttempts('forgotten');

      assert.equal((await accounts.countAttempt('forgotten', NOON_MS, 1000)).attempts, 1);
      assert.equal(await accounts.deleteOldAttempts(NOON_MS + 1000), 2);
      assert.equal((await accounts.countAttempt('new', NOON_MS, 5000)).attempts, 2);
    });
  });
}
