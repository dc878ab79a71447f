/** Contract of every store for the deletion of accounts and of all messages of a user. */
import assert from 'node:assert/strict';
import { randomUUIDv7 } from 'node:crypto';
import { afterEach, beforeEach, describe, test } from 'node:test';
import type { MessageId, UserId } from '@parley/protocol';
import { OPERATOR } from '../../src/model/audit.ts';
import type { AccountDeletion, Removal } from '../../src/model/removal.ts';
import type { Room } from '../../src/model/room.ts';
import type { User } from '../../src/model/user.ts';
import type { Store } from '../../src/ports/store.ts';
import {
  BY,
  blockUser,
  change,
  command,
  commitMessage,
  createDirectRoom,
  invite,
  NOON_MS,
  room,
  session,
  user,
  withLobby,
} from '../support/records.ts';

const LATER_MS = NOON_MS + 60_000;
const DUE_MS = LATER_MS + 1000;
const BEGINNING = {
  ...{ message: undefined, afterRoomId: undefined, afterSequence: 0, messageCount: 0 },
} as const;

export function testRemovals(adapter: string, openEmpty: () => Promise<Store>): void {
  describe(`${adapter}: removals`, () => {
    let store: Store;
    let alice: User;
    let bob: User;
    let lobby: Room;
    beforeEach(async () => {
      store = await openEmpty();
      ({ alice, bob, lobby } = await withLobby(store));
    });
    afterEach(() => store.close());

    const remove = (userId: UserId, over: Partial<AccountDeletion> = {}) => {
      const names = { username: 'deleted-1', displayName: 'Deleted user' };
      const deletion = {
        ...names,
        messages: 'delete',
        removalId: randomUUIDv7(),
        ...over,
      } as const;
      return store.removals.deleteAccount({ userId, ...deletion }, BY);
    };
    const take = (nowMs: number, dueAtMs = DUE_MS): Promise<Removal | undefined> =>
      store.removals.takeRemoval({ nowMs, dueAtMs });
    const read = async (userId: UserId) => (await store.accounts.listUsers([userId]))[0];
    const audited = async (action: string) =>
      (await store.audit.listAudit({ action, limit: 9 })).map(({ target, detail }) => [
        target,
        detail,
      ]);

    test('an account that never confirmed its address expires, and its username is free', async () => {
      const made = async (name: string, createdAtMs = NOON_MS, digest = `${name} 1`) => {
        const each = user(name, { createdAtMs });
        const email = { address: `${name}@example.org`, mailId: randomUUIDv7() };
        await store.accounts.insertUser(each, 'hash', { email });
        await store.accounts.setEmailToken(each.id, email.address, {
          digest,
          expiresAtMs: LATER_MS,
        });
        return each;
      };
      const carol = await made('carol');
      const confirmed = await made('dora');
      const member = await made('eve');
      const recent = await made('frank', LATER_MS);
      await store.accounts.confirmEmail('dora 1', { address: '', atMs: NOON_MS });
      await store.rooms.addMember(lobby.id, member.id, NOON_MS, alice.id);
      const expiry = { createdBeforeMs: NOON_MS + 1, nowMs: LATER_MS + 1 };
      const expired = (over: object = {}, after?: UserId) =>
        store.removals.listExpiredAccounts({ ...expiry, ...over }, after, 9);
      const accountOf = (id: UserId) => store.accounts.findAccount(id);

      assert.equal((await accountOf(carol.id))?.isUnconfirmed, true);
      assert.equal((await accountOf(confirmed.id))?.isUnconfirmed, false);
      assert.deepEqual(await expired(), [carol.id]);
      assert.deepEqual(await expired({}, carol.id), []);
      // A link that was sent is still valid.
      assert.deepEqual(await expired({ nowMs: NOON_MS }), []);
      for (const { id } of [confirmed, member, recent]) {
        assert.equal(await remove(id, { username: 'deleted-9', expiry }), 'unknown');
      }
      assert.deepEqual(await remove(carol.id, { expiry }), []);
      assert.deepEqual(await audited('user.delete'), [[carol.id, 'unconfirmed']]);
      assert.equal(await store.accounts.insertUser(user('carol'), 'hash'), 'stored');
      assert.equal(
        await store.accounts.confirmEmail('carol 1', { address: '', atMs: NOON_MS }),
        undefined,
      );
      assert.deepEqual(await expired(), []);
    });

    test('a deleted account has no names, no session and nothing of its own', async () => {
      const carol = user('carol', { externalId: 'c-17' });
      await store.accounts.insertUser(carol, 'hash');
      const login = session({ userId: carol.id });
      await store.sessions.insertSession(login, 'hash');
      await store.accounts.setLastSeen([{ userId: carol.id, lastSeenAtMs: NOON_MS }]);
      await store.accounts.setChosenPresence({
        ...{ userId: carol.id, status: 'busy', statusText: 'at home', chosenAtMs: NOON_MS },
      });
      await createDirectRoom(store, [carol, bob]);
      await blockUser(store, carol.id, alice.id, NOON_MS);
      await blockUser(store, bob.id, carol.id, NOON_MS);
      const reset = { userId: carol.id, tokenDigest: 'digest', expiresAtMs: LATER_MS };
      await store.accounts.insertPasswordReset({ ...reset, creator: OPERATOR }, BY);
      const link = invite(carol);
      await store.invites.insertInvite(link, 9, BY);

      assert.deepEqual(await remove(carol.id), [login.key]);

      const { isNameShared: _, ...gone } = (await read(carol.id)) ?? carol;
      assert.deepEqual(gone, {
        ...{ id: carol.id, username: 'deleted-1', displayName: 'Deleted user', role: 'guest' },
        ...{ disabledAtMs: NOON_MS, deletedAtMs: NOON_MS, createdAtMs: NOON_MS },
      });
      assert.equal(await store.sessions.findSession(login.key), undefined);
      assert.equal(await store.accounts.findCredentials('carol'), undefined);
      assert.equal(await store.accounts.findLastSeen(carol.id), undefined);
      assert.deepEqual(await store.accounts.listChosenPresence([carol.id]), []);
      assert.deepEqual(await store.accounts.listBlocked(carol.id, 9), []);
      assert.deepEqual(await store.accounts.listBlocked(bob.id, 9), []);
      assert.equal(await store.accounts.findPasswordReset('digest'), undefined);
      assert.equal(await store.invites.findInvite(link.tokenDigest), undefined);
      for (const start of ['carol', 'deleted']) {
        assert.deepEqual((await store.accounts.listUsersByWord(start, 9, NOON_MS)).users, []);
      }
      const listed = await store.accounts.listAccounts({ limit: 9 });
      assert.deepEqual(
        listed.map(({ user: { username } }) => username),
        ['alice', 'bob'],
      );
      // A node saves late when it was seen last.
      await store.accounts.setLastSeen([{ userId: carol.id, lastSeenAtMs: NOON_MS }]);
      assert.equal(await store.accounts.findLastSeen(carol.id), undefined);
      assert.deepEqual(await audited('user.delete'), [[carol.id, 'delete']]);
    });

    test('its username stays reserved, and servers learn of it', async () => {
      const { cursor } = await store.sessions.listEndedSessions(undefined);
      // The change of a disabled account is one that no trigger notes.
      await store.sessions.setDisabled(bob.id, NOON_MS, BY);
      const { cursor: afterDisabling } = await store.sessions.listEndedSessions(cursor);
      await remove(bob.id);

      const { changedUserIds } = await store.sessions.listEndedSessions(afterDisabling);
      assert.ok(changedUserIds.includes(bob.id));
      assert.equal(await store.accounts.insertUser(user('BOB'), 'hash'), 'taken');
      assert.equal(await store.accounts.insertUser(user('bobby'), 'hash'), 'stored');
    });

    test('the last owner, and an account that is deleted, are not deleted', async () => {
      await store.sessions.setRole(alice.id, 'owner', BY);
      assert.equal(await remove(alice.id), 'last-owner');
      assert.equal((await read(alice.id))?.deletedAtMs, undefined);
      assert.deepEqual(await remove(bob.id), []);
      assert.equal(await remove(bob.id), 'unknown');
      assert.equal(await remove(user('nobody').id), 'unknown');
      assert.deepEqual(await audited('user.delete'), [[bob.id, 'delete']]);
    });

    test('a removal is taken by one node until it is due again, and ends', async () => {
      await remove(bob.id, { messages: 'keep' });
      assert.equal(await take(NOON_MS), undefined); // Its connections close first.
      const [one, other] = await Promise.all([take(LATER_MS), take(LATER_MS)]);
      const taken = one ?? other;
      assert(taken !== undefined);
      assert.deepEqual([one, other].filter(Boolean).length, 1);
      const { id, ...about } = taken;
      const expected = { userId: bob.id, isOfAccount: true, deletesMessages: false };
      assert.deepEqual(about, { ...expected, ...BEGINNING });

      const progress = { afterRoomId: lobby.id, afterSequence: 7, messageCount: 3 };
      await store.removals.saveRemoval(id, { ...progress, dueAtMs: DUE_MS + 5 });
      assert.equal(await take(DUE_MS), undefined);
      assert.deepEqual(await take(DUE_MS + 5), { ...taken, ...progress });
      await store.removals.deleteRemoval(id);
      assert.equal(await take(Number.MAX_SAFE_INTEGER), undefined);
    });

    test('a purge is noted for an account that stays', async () => {
      const id = randomUUIDv7();
      await store.removals.insertPurge({ id, userId: bob.id }, BY);
      const removal = { id, userId: bob.id, isOfAccount: false, deletesMessages: true };
      assert.deepEqual(await take(NOON_MS), { ...removal, ...BEGINNING });
      assert.equal((await read(bob.id))?.username, 'bob');
      assert.deepEqual(await audited('user.purge'), [[bob.id, '']]);
    });

    test('messages of a user in a room are found in steps, until they are deleted', async () => {
      const ids = [];
      for (const { id: userId } of [bob, alice, bob, bob, alice, alice]) {
        ids.push(await commitMessage(store.log, { roomId: lobby.id, userId }));
      }
      const [first = '' as MessageId, , third, fourth] = ids;
      await store.log.commit([
        change({ kind: 'deletion', roomId: lobby.id, messageId: first, userId: bob.id }),
      ]);
      const listed = async (limit: number) => {
        const found: (readonly MessageId[])[] = [];
        for (let after: number | undefined = 0; after !== undefined; ) {
          const step = { roomId: lobby.id, after, limit };
          const { messageIds, next } = await store.log.listMessagesOf(bob.id, step);
          found.push(messageIds);
          after = next;
        }
        return found;
      };

      assert.deepEqual(await listed(9), [[third, fourth]]);
      assert.deepEqual(
        (await listed(3)).filter((step) => step.length > 0),
        [[third], [fourth]],
      );
      const elsewhere = { roomId: room('hall').id, after: 0, limit: 9 };
      const none = { messageIds: [], next: undefined };
      assert.deepEqual(await store.log.listMessagesOf(bob.id, elsewhere), none);
    });

    test('removes a message once, for an author who is no member, in an archived room', async () => {
      const messageId = await commitMessage(store.log, { roomId: lobby.id, userId: bob.id });
      const end = { kind: 'access-lost', roomId: lobby.id, subjectId: bob.id } as const;
      await store.log.commit([change({ ...end, userId: bob.id, reason: 'left' })]);
      await store.rooms.changeRoom(lobby.id, { archivedAtMs: NOON_MS }, undefined);
      const kindOf = async (userId: UserId, isRemoval?: true) => {
        const target = { kind: 'deletion', roomId: lobby.id, messageId, userId } as const;
        const removal = isRemoval === undefined ? target : { ...target, isRemoval };
        const [outcome] = await store.log.commit([change(removal)]);
        return outcome?.kind === 'rejected' ? outcome.code : outcome?.kind;
      };

      assert.equal(await kindOf(bob.id), 'FORBIDDEN');
      assert.equal(await kindOf(user('mallory').id, true), 'NOT_FOUND');
      assert.equal(await kindOf(bob.id, true), 'stored');
      assert.equal(await kindOf(bob.id, true), 'NOT_FOUND');

      const found = await store.log.readMessage(lobby.id, messageId);
      assert.deepEqual([found?.isDeleted, found?.content], [true, '']);
      assert.deepEqual(await audited('message.delete'), []);
      const unknown = 'unknown' as MessageId;
      const missing = { kind: 'deletion', roomId: lobby.id, messageId: unknown } as const;
      const [outcome] = await store.log.commit([
        change({ ...missing, userId: bob.id, isRemoval: true }),
        command({ roomId: lobby.id, userId: alice.id }),
      ]);
      assert.equal(outcome?.kind, 'rejected');
    });
  });
}
