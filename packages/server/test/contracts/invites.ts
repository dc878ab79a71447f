/** Contract of every store for links that let people in. */
import assert from 'node:assert/strict';
import { afterEach, beforeEach, describe, test } from 'node:test';
import type { WorkspaceId } from '@parley/protocol';
import type { Invite } from '../../src/model/invite.ts';
import type { User } from '../../src/model/user.ts';
import type { InviteStore } from '../../src/ports/invite-store.ts';
import type { Store } from '../../src/ports/store.ts';
import { BY, invite, NOON_MS, newRoomId, user } from '../support/records.ts';

export function testInvites(adapter: string, openEmpty: () => Promise<Store>): void {
  describe(`${adapter}: invites`, () => {
    let store: Store;
    let invites: InviteStore;
    const [alice, bob] = [user('alice'), user('bob')];
    beforeEach(async () => {
      store = await openEmpty();
      invites = store.invites;
      for (const each of [alice, bob]) await store.accounts.insertUser(each, 'hash');
    });
    afterEach(() => store.close());

    const stored = async (over: Partial<Invite> = {}): Promise<Invite> => {
      const made = invite(alice, over);
      assert.equal(await invites.insertInvite(made, 9, BY), true);
      return made;
    };
    const take = ({ id: inviteId }: Invite, { id: userId }: User, nowMs = NOON_MS) =>
      invites.takePlace({ inviteId, userId, address: '192.0.2.1', nowMs });
    const countOf = async ({ tokenDigest }: Invite) =>
      (await invites.findInvite(tokenDigest))?.useCount;
    const register = (name: string, { id: inviteId }: Invite, nowMs = NOON_MS) => {
      const newcomer = user(name);
      return store.accounts.insertUser(newcomer, 'hash', {
        use: { inviteId, userId: newcomer.id, address: '', nowMs },
      });
    };

    test('are found by the digest of the token', async () => {
      const roomIds = [newRoomId(), newRoomId()];
      const full = await stored({ roomIds, workspaceId: 'w' as WorkspaceId, usesMax: 3 });
      const plain = await stored();

      assert.deepEqual(await invites.findInvite(full.tokenDigest), full);
      assert.deepEqual(await invites.findInvite(plain.tokenDigest), plain);
      assert.equal(await invites.findInvite('unknown'), undefined);
    });

    test('with an address queue a mail, and get another link for it', async () => {
      const mailed = await stored({ email: 'ana@example.org', usesMax: 1 });
      const at = { nowMs: NOON_MS, dueAtMs: NOON_MS + 1 };
      const { attempts: _, ...queued } = (await store.accounts.takeMail(at)) ?? {};
      assert.deepEqual(queued, { id: mailed.id, kind: 'invite', userId: alice.id });

      const renewed = { ...mailed, tokenDigest: 'another' };
      assert.deepEqual(await invites.renewToken(mailed.id, 'another', NOON_MS), renewed);
      assert.deepEqual(await invites.findInvite('another'), renewed);
      assert.equal(await invites.findInvite(mailed.tokenDigest), undefined);
      assert.equal(await invites.renewToken(mailed.id, 'late', mailed.expiresAtMs), undefined);
      await invites.deleteInvite(mailed.id, alice.id, BY);
      assert.equal(await invites.renewToken(mailed.id, 'revoked', NOON_MS), undefined);
    });

    test('are listed for their creator, latest first and in pages, until they expire', async () => {
      const old = await stored({ createdAtMs: NOON_MS - 2 });
      const [one, other] = [await stored(), await stored()].sort((a, b) => (a.id < b.id ? -1 : 1));
      assert(one && other);
      await stored({ expiresAtMs: NOON_MS });
      await invites.insertInvite(invite(bob), 9, BY);
      const page = { nowMs: NOON_MS, limit: 2 };

      const first = await invites.listInvites(alice.id, page);
      const after = { atMs: other.createdAtMs, id: other.id };
      const second = await invites.listInvites(alice.id, { ...page, after });

      assert.deepEqual([first, second], [[one, other], [old]]);
    });

    test('are listed for all users, also expired ones, and deleted whoever has created them', async () => {
      const old = await stored({ createdAtMs: NOON_MS - 2, expiresAtMs: NOON_MS - 1 });
      const ofBob = invite(bob);
      await invites.insertInvite(ofBob, 9, BY);
      const page = { nowMs: NOON_MS, limit: 1 };

      const first = await invites.listInvites(undefined, page);
      const after = { atMs: ofBob.createdAtMs, id: ofBob.id };
      const second = await invites.listInvites(undefined, { ...page, after });

      assert.deepEqual([first, second], [[ofBob], [old]]);
      assert.equal(await invites.deleteInvite(ofBob.id, undefined, BY), true);
      assert.equal(await invites.findInvite(ofBob.tokenDigest), undefined);
    });

    test('are limited for each creator, without those that have expired', async () => {
      const expired = invite(alice, { createdAtMs: NOON_MS - 9, expiresAtMs: NOON_MS - 1 });
      assert.equal(await invites.insertInvite(expired, 1, BY), true);
      assert.equal(await invites.insertInvite(invite(alice), 1, BY), true);

      assert.equal(await invites.insertInvite(invite(alice), 1, BY), false);
      assert.equal(await invites.insertInvite(invite(bob), 1, BY), true);
      assert.equal(await invites.findInvite(expired.tokenDigest), undefined);
    });

    test('are deleted by their creator only', async () => {
      const made = await stored();

      assert.equal(await invites.deleteInvite(made.id, bob.id, BY), false);
      assert.equal(await invites.deleteInvite(made.id, alice.id, BY), true);

      assert.equal(await invites.deleteInvite(made.id, alice.id, BY), false);
      assert.equal(await take(made, bob), 'closed');
    });

    test('count each user once, and let in no more than their number', async () => {
      const made = await stored({ usesMax: 1 });

      assert.equal(await take(made, bob), 'open');
      assert.equal(await take(made, bob), 'used');

      assert.equal(await take(made, alice), 'closed');
      assert.equal(await countOf(made), 1);
    });

    test('let nobody in after their end', async () => {
      const made = await stored();

      assert.equal(await take(made, bob, made.expiresAtMs), 'closed');
      assert.equal(await register('carol', made, made.expiresAtMs), 'no-place');
      assert.equal(await countOf(made), 0);
    });

    test('let in no more than their number when many register at once', async () => {
      const made = await stored({ usesMax: 3 });
      const names = Array.from({ length: 8 }, (_, index) => `newcomer${index}`);

      const outcomes = await Promise.all(names.map((name) => register(name, made)));

      assert.equal(outcomes.filter((outcome) => outcome === 'stored').length, 3);
      assert.equal(outcomes.filter((outcome) => outcome === 'no-place').length, 5);
      const known = await Promise.all(
        names.map((username) => store.accounts.findUser({ kind: 'username', username })),
      );
      assert.equal(known.filter((found) => found !== undefined).length, 3);
      assert.equal(await countOf(made), 3);
    });

    test('count no user whose name is taken', async () => {
      const made = await stored({ usesMax: 1 });

      assert.equal(await register('BOB', made), 'taken');

      assert.equal(await countOf(made), 0);
      assert.equal(await register('carol', made), 'stored');
    });
  });
}
