/** Contract of every store for sign-ins and changes of accounts that users are told of. */
import assert from 'node:assert/strict';
import { afterEach, beforeEach, describe, test } from 'node:test';
import type { User } from '../../src/model/user.ts';
import type { Store } from '../../src/ports/store.ts';
import { NOON_MS, withLobby } from '../support/records.ts';

const KEPT_MAX = 3;

export function testAccountNotices(adapter: string, openEmpty: () => Promise<Store>): void {
  describe(`${adapter}: notices about accounts`, () => {
    let store: Store;
    let alice: User;
    let bob: User;
    beforeEach(async () => {
      store = await openEmpty();
      ({ alice, bob } = await withLobby(store));
    });
    afterEach(() => store.close());

    const noticeOf = (id: string, atMs = NOON_MS) => ({
      ...({ id, kind: 'signed_in', atMs, device: 'Firefox', address: '192.0.2.4' } as const),
      sessionKey: `key of ${id}`,
    });
    const add = (user: User, id: string, atMs?: number) =>
      store.accounts.insertAccountNotice(user.id, noticeOf(id, atMs), KEPT_MAX);
    const list = async (user: User, exceptKey = '', sinceMs = 0) => {
      const listed = await store.accounts.listAccountNotices(user.id, sinceMs, exceptKey);
      return listed.map(({ id }) => id);
    };

    test('are listed for their user, oldest first, except those of a session', async () => {
      await add(alice, 'n1');
      await add(alice, 'n2', NOON_MS + 1);
      await add(bob, 'n3');

      assert.deepEqual(await list(alice), ['n1', 'n2']);
      assert.deepEqual(await list(alice, 'key of n1'), ['n2']);
      assert.deepEqual(await list(alice, '', NOON_MS), ['n2']);
      const [notice] = await store.accounts.listAccountNotices(bob.id, 0, '');
      assert.deepEqual(notice, noticeOf('n3'));
    });

    test('of one user are limited: the oldest go', async () => {
      for (const id of ['n1', 'n2', 'n3', 'n4', 'n5']) await add(alice, id);
      await add(bob, 'n6');

      assert.deepEqual(await list(alice), ['n3', 'n4', 'n5']);
      assert.deepEqual(await list(bob), ['n6']);
    });

    test('are dismissed by their user, and not by the session that caused them', async () => {
      await add(alice, 'n1');
      const { accounts } = store;

      assert.equal(await accounts.deleteAccountNotice(bob.id, 'n1', ''), false);
      assert.equal(await accounts.deleteAccountNotice(alice.id, 'n1', 'key of n1'), false);
      assert.equal(await accounts.deleteAccountNotice(alice.id, 'n1', 'another'), true);
      assert.equal(await accounts.deleteAccountNotice(alice.id, 'n1', 'another'), false);
    });

    test('are deleted after a time, and with the account', async () => {
      await add(alice, 'n1');
      await add(alice, 'n2', NOON_MS + 1);

      assert.equal(await store.accounts.deleteOldAccountNotices(NOON_MS), 1);
      assert.equal(await store.accounts.deleteOldAccountNotices(NOON_MS), 0);
      assert.deepEqual(await list(alice), ['n2']);
      const names = { username: 'deleted-1', displayName: 'Deleted user' };
      const by = { actor: alice.id, address: '', atMs: NOON_MS };
      const removal = { removalId: 'r1', messages: 'keep' } as const;
      await store.removals.deleteAccount({ userId: alice.id, ...names, ...removal }, by);
      assert.deepEqual(await list(alice), []);
    });

    test('wait with what their mail tells', async () => {
      const happened = { kind: 'email_changed', atMs: NOON_MS, address: '192.0.2.4' } as const;
      const notice = { ...happened, to: 'alice@example.org', device: 'Firefox "☃"' };
      const mail = { id: 'm1', kind: 'account-notice', userId: alice.id, notice } as const;
      await store.accounts.queueMail({ ...mail, atMs: NOON_MS });

      const taken = await store.accounts.takeMail({ nowMs: NOON_MS, dueAtMs: NOON_MS + 1 });

      assert.deepEqual(taken, { ...mail, attempts: 1 });
    });
  });
}
