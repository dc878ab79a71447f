/** Contract of every store for invitations, and for users who must be asked first. */
import assert from 'node:assert/strict';
import { randomUUIDv7 } from 'node:crypto';
import { afterEach, beforeEach, describe, test } from 'node:test';
import type { ClientMessageId, WorkspaceId } from '@parley/protocol';
import type { User } from '../../src/model/user.ts';
import type { InvitationStore } from '../../src/ports/invitation-store.ts';
import type { Store } from '../../src/ports/store.ts';
import { command, NOON_MS, ownedBy, room, user } from '../support/records.ts';

export function testInvitations(adapter: string, openEmpty: () => Promise<Store>): void {
  describe(`${adapter}: invitations`, () => {
    let store: Store;
    let invitations: InvitationStore;
    const [alice, bob, carol] = ['alice', 'bob', 'carol'].map((name) => user(name));
    assert(alice && bob && carol);
    const school = { id: randomUUIDv7() as WorkspaceId, name: 'School', createdAtMs: NOON_MS };
    const group = room('Trip', { kind: 'group', visibility: 'private' });
    beforeEach(async () => {
      store = await openEmpty();
      invitations = store.invitations;
      for (const each of [alice, bob, carol]) await store.accounts.insertUser(each, 'hash');
      await store.workspaces.createWorkspace(school, alice.id);
      await store.rooms.createRoom(group, ownedBy(alice), NOON_MS);
    });
    afterEach(() => store.close());

    const directKey = `direct:${[alice.id, bob.id].sort().join(':')}`;
    const standing = (who: User, other: User) =>
      invitations.findStanding(who.id, other.id, directKey);
    const toGroup = (who: User, inviter: User, createdAtMs = NOON_MS) => ({
      userId: who.id,
      target: { kind: 'group', id: group.id } as const,
      inviterId: inviter.id,
      createdAtMs,
    });
    const block = (who: User, other: User) => store.accounts.block(who.id, other.id, NOON_MS);

    test('store whether a user wants to be asked first', async () => {
      assert.equal(await invitations.findAsksFirst(bob.id), false);

      await invitations.setAsksFirst(bob.id, true);

      assert.equal(await invitations.findAsksFirst(bob.id), true);
      assert.equal((await standing(bob, alice)).asksFirst, true);
      assert.equal((await standing(alice, bob)).asksFirst, false);
      await invitations.setAsksFirst(bob.id, false);
      assert.equal(await invitations.findAsksFirst(bob.id), false);
    });

    test('report a block in both directions', async () => {
      assert.deepEqual(await standing(bob, alice), {
        isBlocked: false,
        asksFirst: false,
        isKnown: false,
      });

      await block(bob, alice);

      assert.equal((await standing(bob, alice)).isBlocked, true);
      assert.equal((await standing(alice, bob)).isBlocked, true);
      assert.deepEqual(await invitations.listBlockersAmong([alice.id, bob.id, carol.id]), [bob.id]);
      assert.deepEqual(await invitations.listBlockersAmong([bob.id, carol.id]), []);
      assert.equal(await invitations.hasBlockedMember(bob.id, school.id), true);
      assert.equal(await invitations.hasBlockedMember(alice.id, school.id), false);
    });

    test('treat users who share a workspace or were written to as known', async () => {
      const admission = { workspaceId: school.id, userId: carol.id, nowMs: NOON_MS };
      await store.workspaces.admitToWorkspace(admission);
      const direct = room('', { kind: 'direct', visibility: 'private', nameKey: directKey });
      const members = [alice, bob].map(({ id: userId }) => ({ userId, role: 'member' }) as const);
      await store.rooms.createRoom(direct, members, NOON_MS);
      const said = { roomId: direct.id, clientMessageId: 'c1' as ClientMessageId };
      await store.log.commit([command({ ...said, userId: alice.id })]);

      assert.equal((await standing(carol, alice)).isKnown, true);
      assert.equal((await standing(alice, bob)).isKnown, true);
      // A message from alice to bob does not make her known to him.
      assert.equal((await standing(bob, alice)).isKnown, false);
    });

    test('are listed latest first, and deleted when taken', async () => {
      await invitations.insertInvitations([toGroup(bob, alice), toGroup(carol, alice)]);
      await store.workspaces.changeWorkspaceMember({
        workspaceId: school.id,
        actorId: alice.id,
        subjectId: bob.id,
        role: 'member',
        isInvitation: true,
        nowMs: NOON_MS + 1,
      });

      const listed = await invitations.listInvitations(bob.id, 9);

      assert.deepEqual(
        listed.map(({ name, inviter }) => [name, inviter]),
        [
          ['School', alice],
          ['Trip', alice],
        ],
      );
      assert.deepEqual(listed[1]?.invitation, toGroup(bob, alice));
      assert.equal((await invitations.listInvitations(bob.id, 1)).length, 1);
      for (const take of [invitations.findInvitation, invitations.removeInvitation]) {
        assert.deepEqual(await take(bob.id, group.id), toGroup(bob, alice));
      }
      for (const take of [invitations.findInvitation, invitations.removeInvitation]) {
        assert.equal(await take(bob.id, group.id), undefined);
      }
      assert.equal((await invitations.listInvitations(carol.id, 9)).length, 1);
    });

    test('are unique per user and target: the latest replaces the others', async () => {
      await invitations.insertInvitations([toGroup(bob, alice)]);
      await invitations.insertInvitations([toGroup(bob, carol, NOON_MS + 1)]);

      const listed = await invitations.listInvitations(bob.id, 9);

      assert.deepEqual(
        listed.map(({ inviter }) => inviter),
        [carol],
      );
    });

    test('are hidden while one of the two users has blocked the other', async () => {
      await invitations.insertInvitations([toGroup(bob, alice)]);

      await block(bob, alice);

      assert.deepEqual(await invitations.listInvitations(bob.id, 9), []);
      assert.equal(await invitations.findInvitation(bob.id, group.id), undefined);
      assert.equal(await invitations.removeInvitation(bob.id, group.id), undefined);
      await store.accounts.unblock(bob.id, alice.id);
      assert.equal((await invitations.listInvitations(bob.id, 9)).length, 1);
    });
  });
}
