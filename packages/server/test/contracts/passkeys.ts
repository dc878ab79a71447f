/** Contract of every store for passkeys, and for logins with them. */
import assert from 'node:assert/strict';
import { afterEach, beforeEach, describe, test } from 'node:test';
import { PASSKEYS_MAX, type Passkey } from '../../src/model/passkey.ts';
import type { User } from '../../src/model/user.ts';
import type { Store } from '../../src/ports/store.ts';
import { BY, NOON_MS, session, user } from '../support/records.ts';

export function testPasskeys(adapter: string, openEmpty: () => Promise<Store>): void {
  describe(`${adapter}: passkeys`, () => {
    let store: Store;
    let alice: User;
    let bob: User;
    beforeEach(async () => {
      store = await openEmpty();
      [alice, bob] = [user('alice'), user('bob')];
      await store.accounts.insertUser(alice, 'hash');
      await store.accounts.insertUser(bob, 'hash');
    });
    afterEach(() => store.close());

    const passkey = (owner: User, credentialId: string, counter = 0): Passkey => ({
      ...{ id: `id-${credentialId}`, userId: owner.id, credentialId, publicKey: 'key', counter },
      ...{ transports: ['internal', 'hybrid'], name: 'Laptop' },
      ...{ createdAtMs: NOON_MS, lastUsedAtMs: undefined },
    });
    const add = (owner: User, credentialId: string, counter?: number) =>
      store.accounts.insertPasskey(passkey(owner, credentialId, counter), BY);
    const list = async (owner: User) =>
      (await store.accounts.listPasskeys(owner.id)).map(({ credentialId }) => credentialId);
    const proof = (credentialId: string, counter: number) =>
      ({ kind: 'passkey', credentialId, counter, atMs: NOON_MS + counter }) as const;
    const logIn = (owner: User, credentialId: string, counter: number) =>
      store.sessions.insertSession(
        session({ userId: owner.id }),
        'hash',
        proof(credentialId, counter),
      );
    const acts = async (limit: number) =>
      (await store.audit.listAudit({ limit })).map(({ action, detail }) => [action, detail]);

    test('belong to one user, who has a limited number, renames and deletes them', async () => {
      assert.equal(await add(alice, 'c1'), 'stored');
      assert.deepEqual(await acts(1), [['factor.add', 'passkey']]);
      assert.equal(await add(bob, 'c1'), 'known');
      assert.equal(await add(bob, 'c2'), 'stored');
      assert.equal(await store.accounts.renamePasskey(bob.id, 'id-c1', 'Mine'), false);
      assert.equal(await store.accounts.deletePasskey(bob.id, 'id-c1', BY), false);
      assert.equal(await store.accounts.renamePasskey(alice.id, 'id-c1', 'Phone'), true);

      const found = await store.accounts.findPasskeyCredentials('c1');
      assert.deepEqual(found?.passkey, { ...passkey(alice, 'c1'), name: 'Phone' });
      assert.deepEqual(
        [found?.credentials.user.id, found?.credentials.passwordHash],
        [alice.id, 'hash'],
      );
      assert.equal((await store.accounts.findAccount(alice.id))?.hasPasskey, true);
      assert.equal(await store.accounts.deletePasskey(alice.id, 'id-c1', BY), true);
      assert.deepEqual(await acts(1), [['factor.remove', 'passkey']]);
      assert.equal(await store.accounts.findPasskeyCredentials('c1'), undefined);
      assert.equal((await store.accounts.findAccount(alice.id))?.hasPasskey, false);

      const results = await Promise.all(
        Array.from({ length: PASSKEYS_MAX + 3 }, (_, index) => add(alice, `many-${index}`)),
      );
      assert.equal(results.filter((result) => result === 'full').length, 3);
      assert.equal((await list(alice)).length, PASSKEYS_MAX);
    });

    test('log their user in in place of a code, while the counter goes on', async () => {
      await store.accounts.startSecondFactor(alice.id, 'sealed');
      const code = { kind: 'totp', sealed: 'sealed', step: 1, resealed: 'sealed' } as const;
      await store.accounts.confirmSecondFactor(alice.id, code, [], BY);
      await add(alice, 'c1', 4);
      await add(alice, 'uncounted');
      await add(bob, 'c2');

      assert.equal(await logIn(alice, 'c1', 4), false);
      assert.equal(await logIn(alice, 'c2', 9), false);
      const both = await Promise.all([logIn(alice, 'c1', 6), logIn(alice, 'c1', 6)]);
      assert.deepEqual(both.sort(), [false, true]);
      assert.deepEqual(await acts(1), [['login.accept', 'passkey']]);
      assert.equal(await logIn(alice, 'c1', 5), false);
      assert.equal(await logIn(alice, 'c1', 0), false);
      assert.equal(await logIn(alice, 'uncounted', 0), true);
      assert.equal(await logIn(alice, 'uncounted', 0), true);
      const [used] = await store.accounts.listPasskeys(alice.id);
      assert.deepEqual([used?.counter, used?.lastUsedAtMs], [6, NOON_MS + 6]);

      await store.sessions.setDisabled(alice.id, NOON_MS, BY);
      assert.equal(await logIn(alice, 'c1', 7), false);
    });

    test('prove the identity of a session of their user', async () => {
      await add(alice, 'c1');
      const login = session({ userId: alice.id });
      await store.sessions.insertSession(login, 'hash');
      const prove = (key: string, counter: number) =>
        store.sessions.proveSession(
          { key, userId: alice.id, atMs: NOON_MS + 5 },
          'hash',
          proof('c1', counter),
        );

      assert.equal(await prove('of no session', 1), false);
      assert.equal(await prove(login.key, 2), true);
      assert.equal(await prove(login.key, 2), false);
      assert.equal((await store.sessions.findSession(login.key))?.session.provedAtMs, NOON_MS + 5);
    });

    test('end with a reset of the password, and with the account', async () => {
      await add(alice, 'c1');
      await add(alice, 'c3');
      await add(bob, 'c2');
      await store.sessions.setPassword(alice.id, 'other hash', BY);

      assert.deepEqual(await list(alice), []);
      assert.deepEqual((await acts(2)).sort(), [
        ['factor.remove', 'passkey'],
        ['password.reset', ''],
      ]);
      const names = { username: 'deleted-1', displayName: 'Deleted user' };
      const removal = { removalId: 'removal', messages: 'keep' } as const;
      await store.removals.deleteAccount({ userId: bob.id, ...names, ...removal }, BY);
      assert.deepEqual(await list(bob), []);
      assert.equal(await add(bob, 'c4'), 'full');
    });
  });
}
