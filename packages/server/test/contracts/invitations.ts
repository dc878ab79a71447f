/** Contract of every store for invitations, and for users who must be asked first. */
import assert from 'node:assert/strict';
import { randomUUIDv7 } from 'node:crypto';
import { afterEach, beforeEach, describe, test } from 'node:test';
import type { ClientMessageId, RoomId, UserId, WorkspaceId } from '@parley/protocol';
import type { ListedRoom } from '../../src/model/listed-room.ts';
import type { TimeCursor } from '../../src/model/page.ts';
import type { User } from '../../src/model/user.ts';
import type { InvitationStore } from '../../src/ports/invitation-store.ts';
import type { Store } from '../../src/ports/store.ts';
import { blockUser, change, command, NOON_MS, ownedBy, room, user } from '../support/records.ts';

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
    const block = (who: User, other: User) => blockUser(store, who.id, other.id, NOON_MS);

    test('store whether a user wants to be asked first', async () => {
      assert.equal(await invitations.findAsksFirst(bob.id), undefined);

      await invitations.setAsksFirst(bob.id, true);

      assert.equal(await invitations.findAsksFirst(bob.id), true);
      assert.equal((await standing(bob, alice)).asksFirst, true);
      assert.equal((await standing(alice, bob)).asksFirst, undefined);
      await invitations.setAsksFirst(bob.id, false);
      assert.equal(await invitations.findAsksFirst(bob.id), false);
    });

    test('store what a user shows, and from whom the user accepts messages, each by itself', async () => {
      const shown = async () => {
        const found = await store.accounts.findUser({ kind: 'id', id: bob.id });
        return [found?.hidesLastSeen, found?.acceptedWriters];
      };
      assert.deepEqual(await shown(), [undefined, undefined]);
      await invitations.setShown(bob.id, { hidesLastSeen: true });
      await invitations.setShown(bob.id, { acceptedWriters: 'contacts' });
      assert.deepEqual(await shown(), [true, 'contacts']);
      await invitations.setShown(bob.id, { hidesLastSeen: false, acceptedWriters: 'everybody' });
      assert.deepEqual(await shown(), [undefined, undefined]);
    });

    test('report a block, and whose it is', async () => {
      assert.deepEqual(await standing(bob, alice), {
        hasBlocked: false,
        isBlocked: false,
        asksFirst: undefined,
        ...{ isKnown: false, hasWritten: false, sharesRoom: false, hasLeft: false },
      });

      await block(bob, alice);

      const [ofBob, ofAlice] = [await standing(bob, alice), await standing(alice, bob)];
      assert.deepEqual([ofBob.hasBlocked, ofBob.isBlocked], [true, false]);
      assert.deepEqual([ofAlice.hasBlocked, ofAlice.isBlocked], [false, true]);
    });

    test('treat users as known who share a workspace or a group, or have talked', async () => {
      const admission = { workspaceId: school.id, userId: carol.id, nowMs: NOON_MS };
      await store.workspaces.admitToWorkspace(admission);
      const direct = room('', { kind: 'direct', visibility: 'private', nameKey: directKey });
      const members = [alice, bob].map(({ id: userId }) => ({ userId, role: 'member' }) as const);
      await store.rooms.createRoom(direct, members, NOON_MS);
      const said = { roomId: direct.id, clientMessageId: 'c1' as ClientMessageId };
      await store.log.commit([command({ ...said, userId: alice.id })]);

      assert.equal((await standing(carol, alice)).isKnown, true);
      const written = [await standing(alice, bob), await standing(bob, alice)];
      assert.deepEqual(
        written.map(({ hasWritten }) => hasWritten),
        [true, false],
      );
      // A message from alice to bob makes neither known to the other.
      assert.equal((await standing(alice, bob)).isKnown, false);
      assert.equal((await standing(bob, alice)).isKnown, false);
      await store.log.commit([command({ ...said, userId: bob.id })]);
      assert.equal((await standing(alice, bob)).isKnown, true);
      assert.equal((await standing(bob, alice)).isKnown, true);
      const unrelated = 'direct:nobody:nothing';
      const ofCarol = () => invitations.findStanding(carol.id, bob.id, unrelated);
      assert.equal((await ofCarol()).isKnown, false);
      const lobby = room('Lobby');
      await store.rooms.createRoom(lobby, ownedBy(carol), NOON_MS);
      await store.rooms.addMember(lobby.id, bob.id, NOON_MS);
      assert.deepEqual([(await ofCarol()).isKnown, (await ofCarol()).sharesRoom], [false, false]);
      await invitations.setShown(carol.id, { acceptedWriters: 'shared-rooms' });
      assert.equal((await ofCarol()).sharesRoom, true);
      for (const { id } of [bob, carol]) await store.rooms.addMember(group.id, id, NOON_MS);
      assert.equal((await ofCarol()).isKnown, true);
    });

    test('know who has left a room, or was removed from it', async () => {
      const hasLeft = async (who: User, roomId: RoomId | undefined = group.id) =>
        (await invitations.findStanding(who.id, alice.id, directKey, roomId)).hasLeft;
      const end = { kind: 'access-lost', roomId: group.id, userId: alice.id } as const;
      for (const [who, reason, by] of [
        [bob, 'left', bob],
        [carol, 'removed', alice],
      ] as const) {
        await store.rooms.addMember(group.id, who.id, NOON_MS, alice.id);
        assert.equal(await hasLeft(who), false, reason);
        const about = { ...end, userId: by.id, subjectId: who.id, reason };
        await store.log.commit([change(about)]);
        assert.equal(await hasLeft(who), true, reason);
      }
      const elsewhere = randomUUIDv7() as RoomId;
      assert.equal((await standing(bob, alice)).hasLeft, false);
      assert.equal(await hasLeft(bob, elsewhere), false);
    });

    test('name the users of direct rooms who are hidden from strangers', async () => {
      const withBob = room('', { kind: 'direct', visibility: 'private', nameKey: directKey });
      const key = `direct:${[alice.id, carol.id].sort().join(':')}`;
      const withCarol = room('', { kind: 'direct', visibility: 'private', nameKey: key });
      const begun = [
        [withBob, bob],
        [withCarol, carol],
      ] as const;
      for (const [direct, other] of begun) {
        const members = [alice, other].map(
          ({ id: userId }) => ({ userId, role: 'member' }) as const,
        );
        await store.rooms.createRoom(direct, members, NOON_MS);
        const said = { roomId: direct.id, clientMessageId: 'c1' as ClientMessageId };
        await store.log.commit([command({ ...said, userId: alice.id })]);
      }
      const ids = [withBob.id, withCarol.id, group.id, randomUUIDv7() as RoomId];
      const hidden = async (asksByDefault: boolean) => {
        const found = await invitations.listHiddenInDirectRooms(ids, asksByDefault);
        return [withBob, withCarol].map(({ id }) => [...(found.get(id) ?? [])]);
      };

      // Their author is seen by the other.
      assert.deepEqual(await hidden(true), [[bob.id], [carol.id]]);
      assert.deepEqual(await hidden(false), [[], []]);
      await invitations.setAsksFirst(bob.id, true);
      await invitations.setAsksFirst(carol.id, false);
      for (const asksByDefault of [true, false]) {
        assert.deepEqual(await hidden(asksByDefault), [[bob.id], []]);
      }
      await invitations.setAsksFirst(carol.id, true);
      await store.rooms.addMember(group.id, bob.id, NOON_MS);
      assert.deepEqual(await hidden(true), [[], [carol.id]]);
      const answer = { roomId: withCarol.id, clientMessageId: 'c1' as ClientMessageId };
      await store.log.commit([command({ ...answer, userId: carol.id })]);
      assert.deepEqual(await hidden(true), [[], []]);
      assert.deepEqual(await invitations.listHiddenInDirectRooms([], true), new Map());
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

    test('of one user are deleted together, and groups listed with all invited users', async () => {
      const trip = room('Other', { kind: 'group', visibility: 'private' });
      await store.rooms.createRoom(trip, ownedBy(carol), NOON_MS);
      const toTrip = { kind: 'group', id: trip.id } as const;
      const byCarol = { userId: bob.id, target: toTrip, inviterId: carol.id, createdAtMs: NOON_MS };
      await invitations.insertInvitations([toGroup(bob, alice), toGroup(carol, alice), byCarol]);
      await block(bob, alice);

      const invited = await invitations.listInvited([group.id, trip.id]);
      assert.deepEqual(
        new Set(invited.get(group.id)?.map(({ id }) => id)),
        new Set([bob.id, carol.id]),
      );
      assert.deepEqual(invited.get(trip.id), [bob]);
      assert.equal(await invitations.removeInvitationsFrom(bob.id, alice.id), 1);
      assert.equal(await invitations.removeInvitationsFrom(bob.id, alice.id), 0);
      assert.equal(await invitations.withdrawInvitation(bob.id, trip.id), true);
      assert.equal(await invitations.withdrawInvitation(bob.id, trip.id), false);
      assert.deepEqual([...(await invitations.listInvited([trip.id]))], []);
      assert.deepEqual(await store.rooms.listGroupsCreatedBy(alice.id, alice.id, 9), [group.id]);
      assert.deepEqual(await store.rooms.listGroupsCreatedBy(bob.id, alice.id, 9), []);
    });

    test('to a workspace by blocked users are listed if their user does not ask first', async () => {
      const toSchool = { kind: 'workspace', id: school.id, role: 'admin' } as const;
      const invite = (user: User, role: 'admin' | 'owner' = 'admin') =>
        invitations.insertInvitations([
          {
            userId: user.id,
            target: { ...toSchool, role },
            inviterId: alice.id,
            createdAtMs: NOON_MS,
          },
        ]);
      const listed = async (asksByDefault: boolean, after?: UserId) => {
        const page = { after, limit: 9, asksByDefault };
        return invitations.listUnwantedMembers(school.id, page);
      };
      await invite(bob);
      await invite(carol);
      assert.deepEqual(await listed(false), []);

      await block(bob, alice);
      await invite(bob);

      assert.deepEqual(await listed(false), [{ user: bob, role: 'admin' }]);
      assert.deepEqual(await listed(true), []);
      assert.deepEqual(await listed(false, bob.id), []);
      await invitations.setAsksFirst(bob.id, false);
      assert.equal((await listed(true)).length, 1);
      await invitations.setAsksFirst(bob.id, true);
      assert.deepEqual(await listed(false), []);
      await invitations.setAsksFirst(bob.id, false);
      await invite(bob, 'owner');
      assert.deepEqual(await listed(false), []);
    });

    test('are listed in pages, and so are rooms, blocks, workspaces and channels', async () => {
      const ids: string[] = [];
      for (let index = 0; index < 7; index += 1) {
        const group = room(`Group ${index}`, { kind: 'group', visibility: 'private' });
        // Some at the same time.
        const atMs = NOON_MS + (index >> 1);
        await store.rooms.createRoom({ ...group, createdAtMs: atMs }, ownedBy(bob), atMs);
        const target = { kind: 'group', id: group.id } as const;
        const invitation = { userId: carol.id, target, inviterId: alice.id, createdAtMs: atMs };
        await invitations.insertInvitations([invitation]);
        const other = user(`other-${index}`);
        await store.accounts.insertUser(other, 'hash');
        await blockUser(store, bob.id, other.id, atMs);
        const workspace = { id: randomUUIDv7() as WorkspaceId, name: 'One', createdAtMs: atMs };
        await store.workspaces.createWorkspace(workspace, bob.id);
        const channel = room(`c${index}`, { kind: 'channel', workspaceId: school.id });
        const creation = { creatorId: alice.id, isAdmin: false, nowMs: atMs };
        await store.workspaces.createChannel(channel, creation);
        ids.push(group.id);
      }
      const { rooms, accounts, workspaces } = store;
      const byTime = ({ room: { id }, head }: ListedRoom) => ({ atMs: head.lastActivityAtMs, id });
      const lists = [
        pagesOf((after?: TimeCursor) => rooms.listRoomsOf(bob.id, 3, after), byTime),
        pagesOf((after?: TimeCursor) => rooms.listConversationsOf(bob.id, 3, after), byTime),
        pagesOf(
          (after?: TimeCursor) => invitations.listInvitations(carol.id, 3, after),
          ({ invitation: { createdAtMs: atMs, target } }) => ({ atMs, id: target.id }),
        ),
        pagesOf(
          (after?: UserId) => accounts.listBlocked(bob.id, 3, after),
          ({ id }) => id,
        ),
        pagesOf(
          (after?: WorkspaceId) => workspaces.listWorkspacesOf(bob.id, 3, after),
          ({ workspace: { id } }) => id,
        ),
        pagesOf(
          (after?: RoomId) => workspaces.listChannels(school.id, alice.id, 3, after),
          ({ room: { id } }) => id,
        ),
      ];
      for (const list of lists) {
        const found = await list;
        assert.equal(found.length, 7);
        assert.equal(new Set(found.map((item) => JSON.stringify(item))).size, 7);
      }
      const all = await rooms.listRoomsOf(bob.id, 9);
      assert.deepEqual(await lists[0], all);
      assert.deepEqual(new Set(all.map(({ room: { id } }) => id)), new Set(ids));
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

/** A whole list, page by page. */
async function pagesOf<Item, Cursor>(
  read: (after?: Cursor) => Promise<readonly Item[]>,
  cursorOf: (item: Item) => Cursor,
): Promise<Item[]> {
  const items: Item[] = [];
  for (let page = await read(); page.length > 0; ) {
    items.push(...page);
    const last = page.at(-1);
    assert(last !== undefined);
    page = await read(cursorOf(last));
  }
  return items;
}
