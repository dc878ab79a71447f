import assert from 'node:assert/strict';
import { randomUUIDv7 } from 'node:crypto';
import { afterEach, beforeEach, describe, test } from 'node:test';
import type { RoomId, WorkspaceId } from '@parley/protocol';
import type { ChannelCreation } from '../../src/model/channel.ts';
import type { ListedRoom } from '../../src/model/listed-room.ts';
import type { Room } from '../../src/model/room.ts';
import type { StoredFile } from '../../src/model/stored-file.ts';
import type { User } from '../../src/model/user.ts';
import type { Workspace } from '../../src/model/workspace.ts';
import { DEFAULT_WORKSPACE_ID } from '../../src/model/workspace.ts';
import type { WorkspaceRole } from '../../src/model/workspace-policy.ts';
import type { Store } from '../../src/ports/store.ts';
import type { WorkspaceStore } from '../../src/ports/workspace-store.ts';
import {
  BY,
  blockUser,
  change,
  command,
  NOON_MS,
  newRoomId,
  ownedBy,
  room,
  user,
} from '../support/records.ts';

export function testWorkspaces(adapter: string, openEmpty: () => Promise<Store>): void {
  describe(`${adapter}: workspaces`, () => {
    let store: Store;
    let workspaces: WorkspaceStore;
    let school: Workspace;
    let maths: Room;
    const [alice, bob, carol, dave] = ['alice', 'bob', 'carol', 'dave'].map((name) => user(name));
    assert(alice && bob && carol && dave);
    beforeEach(async () => {
      store = await openEmpty();
      workspaces = store.workspaces;
      for (const each of [alice, bob, carol, dave]) await store.accounts.insertUser(each, 'hash');
      school = newWorkspace('School');
      await workspaces.createWorkspace(school, alice.id);
      maths = channel('maths');
      await store.rooms.createRoom(maths, ownedBy(alice), NOON_MS);
    });
    afterEach(() => store.close());

    const newWorkspace = (name: string): Workspace => ({
      id: randomUUIDv7() as WorkspaceId,
      name,
      createdAtMs: NOON_MS,
    });
    const channel = (name: string, over: Partial<Room> = {}): Room =>
      room(name, { workspaceId: school.id, kind: 'channel', ...over });
    const give = (by: User, to: User, role: WorkspaceRole | undefined) =>
      workspaces.changeWorkspaceMember({
        workspaceId: school.id,
        actorId: by.id,
        subjectId: to.id,
        role,
        nowMs: NOON_MS,
      });
    const rolesNow = async () => {
      const page = { after: undefined, limit: 9 };
      const members = await workspaces.listWorkspaceMembers(school.id, page);
      return members.map((member) => `${member.user.username} ${member.role}`).sort();
    };

    test('have a picture, whose file is released when another takes its place', async () => {
      const file = (id: string): StoredFile => ({
        ...{ id, userId: alice.id, name: 'school.png', type: 'image/webp', size: 9 },
        ...{ width: 256, height: 256, hasThumbnail: true, createdAtMs: NOON_MS },
        ...{ roomId: undefined, expiresAtMs: NOON_MS + 1000 },
      });
      for (const id of ['one', 'other']) await store.files.insertFile(file(id), 1000);
      const show = (id?: string) =>
        workspaces.setWorkspacePicture(school.id, id, { ...BY, actor: alice.id });
      const shown = async () =>
        (await workspaces.findWorkspace(school.id, bob.id))?.workspace.pictureFileId;

      assert.equal(await show('one'), true);
      assert.equal(await show('one'), false);
      const [placed] = await store.files.findFiles(['one']);
      assert.deepEqual([placed?.workspaceId, placed?.expiresAtMs], [school.id, undefined]);
      await show('other');

      assert.equal(await shown(), 'other');
      const [released] = await store.files.findFiles(['one']);
      assert.deepEqual([released?.workspaceId, released?.expiresAtMs], [undefined, 0]);
      await show();
      assert.equal(await shown(), undefined);
      assert.deepEqual((await store.files.listExpiredFiles(1, 9)).sort(), ['one', 'other']);
    });

    test('find their members among other users', async () => {
      await give(alice, bob, 'member');
      const found = await workspaces.filterWorkspaceMembers(school.id, [bob.id, carol.id]);
      assert.deepEqual(found, [bob.id]);
    });

    test('are owned by their creator', async () => {
      assert.deepEqual(await workspaces.findWorkspace(school.id, alice.id), {
        workspace: school,
        role: 'owner',
      });
      assert.deepEqual(await workspaces.findWorkspace(school.id, bob.id), {
        workspace: school,
        role: undefined,
      });
      assert.deepEqual(await workspaces.listWorkspacesOf(alice.id, 9), [
        { workspace: school, role: 'owner' },
      ]);
      assert.deepEqual(await workspaces.listWorkspacesOf(bob.id, 9), []);
    });

    test('keep their new name', async () => {
      await workspaces.renameWorkspace(school.id, 'Academy', BY);

      const found = await workspaces.findWorkspace(school.id, alice.id);
      assert.deepEqual(found?.workspace, { ...school, name: 'Academy' });
    });

    test('returns nothing for an unknown id', async () => {
      const id = randomUUIDv7() as WorkspaceId;
      const change = { workspaceId: id, actorId: alice.id, subjectId: bob.id, nowMs: NOON_MS };

      assert.equal(await workspaces.findWorkspace(id, alice.id), undefined);
      assert.equal(
        await workspaces.changeWorkspaceMember({ ...change, role: 'member' }),
        'unknown',
      );
    });

    test('admits server users without an actor, and keeps the role of a member', async () => {
      for (const userId of [bob.id, bob.id, alice.id]) {
        await workspaces.admitToWorkspace({ workspaceId: school.id, userId, nowMs: NOON_MS });
      }

      assert.deepEqual(await rolesNow(), ['alice owner', 'bob member']);
      assert.equal(typeof (await store.rooms.addMember(maths.id, bob.id, NOON_MS)), 'object');
    });

    test('lists members by id in pages', async () => {
      await give(alice, bob, 'member');
      await give(alice, carol, 'admin');
      const ids = [alice.id, bob.id, carol.id].sort();

      const page = (after: User['id'] | undefined) =>
        workspaces.listWorkspaceMembers(school.id, { after, limit: 2 });
      const first = await page(undefined);
      const second = await page(first.at(-1)?.user.id);

      assert.deepEqual(
        [...first, ...second].map((member) => member.user.id),
        ids,
      );
    });

    test('lets admins add and remove members, but none of a higher rank', async () => {
      assert.equal(await give(alice, bob, 'admin'), 'allowed');
      assert.equal(await give(bob, carol, 'member'), 'allowed');
      assert.equal(await give(bob, dave, 'admin'), 'forbidden');
      assert.equal(await give(carol, dave, 'member'), 'forbidden');
      assert.equal(await give(dave, dave, 'member'), 'unknown');
      assert.equal(await give(bob, alice, undefined), 'forbidden');
      assert.equal(await give(carol, bob, undefined), 'forbidden');
      assert.equal(await give(bob, carol, undefined), 'allowed');
      assert.equal(await give(bob, carol, undefined), 'no-member');
      assert.deepEqual(await rolesNow(), ['alice owner', 'bob admin']);
    });

    test('a deleted owner leaves it to an admin, or else to a member who can use the account', async () => {
      const names = { displayName: 'Deleted user', messages: 'keep' } as const;
      const remove = (who: User, index: number) =>
        store.removals.deleteAccount(
          { userId: who.id, username: `deleted-${index}`, removalId: `r${index}`, ...names },
          BY,
        );
      await give(alice, bob, 'member');
      await give(alice, carol, 'member');
      await give(alice, dave, 'admin');
      await store.sessions.setDisabled(bob.id, NOON_MS, BY);
      await remove(alice, 1);
      assert.deepEqual(await rolesNow(), ['bob member', 'carol member', 'dave owner']);
      await remove(dave, 2);
      assert.deepEqual(await rolesNow(), ['bob member', 'carol owner']);
      await remove(carol, 3);
      assert.deepEqual(await rolesNow(), ['bob member']);
      const [entry] = await store.audit.listAudit({ actor: 'server', limit: 1 });
      assert.deepEqual(
        [entry?.action, entry?.target, entry?.detail],
        ['workspace.update', school.id, 'without-owner'],
      );
    });

    test('lets the last owner leave only if alone or if an admin can take over', async () => {
      await give(alice, bob, 'member');

      assert.equal(await give(bob, bob, undefined), 'allowed');
      assert.equal(await give(alice, alice, 'member'), 'last-owner');
      await give(alice, carol, 'member');
      assert.equal(await give(alice, alice, undefined), 'last-owner');
      await give(alice, bob, 'admin');
      await give(alice, dave, 'admin');
      await blockUser(store, bob.id, alice.id, NOON_MS);
      assert.equal(await give(alice, alice, undefined), 'allowed');
      assert.deepEqual(await rolesNow(), ['bob admin', 'carol member', 'dave owner']);
      await give(dave, carol, undefined);
      await give(dave, bob, undefined);
      assert.equal(await give(dave, dave, undefined), 'allowed');
      assert.deepEqual(await rolesNow(), []);
    });

    test('invites to a role that the user gets after accepting', async () => {
      const invite = (by: User, to: User, role: WorkspaceRole) =>
        workspaces.changeWorkspaceMember({
          workspaceId: school.id,
          actorId: by.id,
          subjectId: to.id,
          role,
          isInvitation: true,
          nowMs: NOON_MS,
        });
      const takeOf = (who: User) => store.invitations.removeInvitation(who.id, school.id);
      await give(alice, bob, 'member');

      assert.equal(await invite(bob, carol, 'member'), 'forbidden');
      assert.equal(await invite(dave, carol, 'member'), 'unknown');
      assert.equal(await takeOf(carol), undefined);
      assert.equal(await invite(alice, carol, 'admin'), 'allowed');
      assert.deepEqual(await rolesNow(), ['alice owner', 'bob member']);
      const target = { kind: 'workspace', id: school.id, role: 'admin' };
      const about = { inviterId: alice.id, createdAtMs: NOON_MS };
      assert.deepEqual(await takeOf(carol), { userId: carol.id, target, ...about });
      assert.equal(await takeOf(carol), undefined);
    });

    test('ends an invitation on removal and on membership', async () => {
      const invite = (to: User) => {
        const change = { workspaceId: school.id, actorId: alice.id, subjectId: to.id } as const;
        const invited = { role: 'member', isInvitation: true, nowMs: NOON_MS } as const;
        return workspaces.changeWorkspaceMember({ ...change, ...invited });
      };
      for (const each of [bob, carol]) await invite(each);

      assert.equal(await give(alice, bob, undefined), 'allowed');
      assert.equal(await give(alice, bob, undefined), 'no-member');
      await give(alice, carol, 'member');

      for (const each of [bob, carol]) {
        assert.equal(await store.invitations.removeInvitation(each.id, school.id), undefined);
      }
    });

    test('lets nobody accept an invitation that was withdrawn', async () => {
      const change = (over: { isInvitation?: boolean; isAcceptance?: boolean }) => {
        const about = { workspaceId: school.id, actorId: alice.id, subjectId: bob.id } as const;
        return workspaces.changeWorkspaceMember({
          ...about,
          role: 'member',
          nowMs: NOON_MS,
          ...over,
        });
      };
      await change({ isInvitation: true });
      await give(alice, bob, undefined);

      assert.equal(await change({ isAcceptance: true }), 'no-member');
      assert.deepEqual(await rolesNow(), ['alice owner']);
      await change({ isInvitation: true });
      assert.equal(await change({ isAcceptance: true }), 'allowed');
      assert.deepEqual(await rolesNow(), ['alice owner', 'bob member']);
    });

    test('keeps an owner when two owners remove each other concurrently', async () => {
      await give(alice, bob, 'owner');

      const verdicts = await Promise.all([
        give(alice, bob, undefined),
        give(bob, alice, undefined),
      ]);

      assert.equal(verdicts.filter((verdict) => verdict === 'allowed').length, 1);
      assert.equal((await rolesNow()).length, 1);
    });

    test('shows channels to members, and reports membership for a room that is found', async () => {
      await give(alice, bob, 'member');
      const seen = async (who: User) => {
        const page = { after: undefined, limit: 9 };
        return (await store.rooms.listVisibleRooms(who.id, page)).rooms.map(
          ({ room: { id } }) => id,
        );
      };
      const find = (who: User) => store.rooms.findRoom({ kind: 'id', id: maths.id }, who.id);

      assert.deepEqual(await seen(bob), [maths.id]);
      assert.deepEqual(await seen(carol), []);
      assert.equal((await find(bob))?.workspaceRole, 'member');
      assert.equal((await find(carol))?.workspaceRole, undefined);
    });

    test('shows a private channel to its members only, and lets others in by one of them', async () => {
      for (const who of [bob, carol]) await give(alice, who, 'member');
      // Ids of one millisecond have any order; this one is listed after that of the other channel.
      const id = `${maths.id}-secret` as RoomId;
      const secret = channel('secret', { id, visibility: 'private', nameKey: 'private:1' });
      const create = (creator: User, isAdmin: boolean) =>
        workspaces.createChannel(secret, { creatorId: creator.id, isAdmin, nowMs: NOON_MS });
      const seen = async (who: User) => {
        const page = { after: undefined, limit: 9 };
        const { rooms } = await store.rooms.listVisibleRooms(who.id, page);
        const channels = await workspaces.listChannels(school.id, who.id, 9);
        const first = await workspaces.listChannels(school.id, who.id, 1, maths.id);
        const has = (list: readonly ListedRoom[]) =>
          list.some(({ room: { id } }) => id === secret.id);
        return [rooms, channels, first].map(has);
      };

      assert.equal(await create(dave, true), 'foreign');
      assert.deepEqual(await create(alice, false), secret);
      assert.deepEqual(await seen(alice), [true, true, true]);
      assert.deepEqual(await seen(bob), [false, false, false]);
      assert.equal(await store.rooms.addMember(secret.id, bob.id, NOON_MS), 'no-room');
      assert.equal(await store.rooms.addMember(secret.id, dave.id, NOON_MS, alice.id), 'foreign');
      const added = await store.rooms.addMember(secret.id, bob.id, NOON_MS, alice.id);
      assert(typeof added !== 'string');
      assert.deepEqual(await seen(bob), [true, true, true]);
      assert.deepEqual(await seen(carol), [false, false, false]);
      const target = { kind: 'group', id: secret.id } as const;
      const invitation = { userId: carol.id, target, inviterId: alice.id, createdAtMs: NOON_MS };
      await store.invitations.insertInvitations([invitation]);
      for (const who of [bob, carol]) await give(alice, who, undefined);
      assert.deepEqual(await workspaces.listStrayMembershipsOf(bob.id, school.id, 9), [
        { roomId: secret.id, userId: bob.id },
      ]);
      assert.equal(await store.invitations.findInvitation(carol.id, secret.id), undefined);
    });

    test('makes a channel private only by a member of it', async () => {
      await give(alice, bob, 'admin');
      const change = (who: User) => {
        const name = { shown: 'maths', key: 'private:2' };
        return store.rooms.changeRoom(
          maths.id,
          { name, visibility: 'private' },
          { ...BY, actor: who.id },
        );
      };

      assert.equal(await change(bob), 'forbidden');
      assert.equal(await change(alice), 'changed');
      assert.deepEqual(await workspaces.listChannels(school.id, bob.id, 9), []);
    });

    test('creates a channel for its members, and for an admin who does not join it', async () => {
      await give(alice, bob, 'member');
      const create = (name: string, creator: User, isAdmin = false) =>
        workspaces.createChannel(channel(name), { creatorId: creator.id, isAdmin, nowMs: NOON_MS });
      const roleIn = async (name: string, who: User) => {
        const reference = { kind: 'key', workspaceId: school.id, nameKey: name } as const;
        return (await store.rooms.findRoom(reference, who.id))?.role;
      };

      assert.equal(await create('physics', carol), 'foreign');
      const [physics, again] = [await create('physics', bob), await create('physics', alice)];
      await create('biology', carol, true);
      await create('chemistry', alice, true);

      assert(physics !== 'foreign' && again !== 'foreign');
      assert.equal(again.id, physics.id);
      assert.deepEqual(
        [
          await roleIn('physics', bob),
          await roleIn('physics', alice),
          await roleIn('biology', carol),
          await roleIn('chemistry', alice),
        ],
        ['owner', undefined, undefined, 'owner'],
      );
    });

    test('leaves no owner of a channel outside the workspace, in any order of the two', async () => {
      for (let round = 0; round < 10; round += 1) {
        await give(alice, bob, 'member');
        const wanted = channel(`room-${round}`);
        const creation: ChannelCreation = { creatorId: bob.id, isAdmin: false, nowMs: NOON_MS };
        const creating = workspaces.createChannel(wanted, creation);
        await give(alice, bob, undefined);
        const created = await creating;

        // A removal looks for memberships after its transaction, so it finds the new one.
        const stray = await workspaces.listStrayMembershipsOf(bob.id, school.id, 99);
        const isListed = stray.some(({ roomId }) => roomId === wanted.id);
        assert.equal(created === 'foreign' || isListed, true);
      }
    });

    test('rejects other users as members of a channel', async () => {
      await give(alice, bob, 'member');

      assert.equal(typeof (await store.rooms.addMember(maths.id, bob.id, NOON_MS)), 'object');
      assert.equal(await store.rooms.addMember(maths.id, carol.id, NOON_MS), 'foreign');
    });

    test('lists remaining channel memberships after a removal until they have ended', async () => {
      await give(alice, bob, 'member');
      await store.rooms.addMember(maths.id, bob.id, NOON_MS);
      assert.deepEqual(await workspaces.listStrayMemberships(9), []);

      await give(alice, bob, undefined);

      const stray = { roomId: maths.id, userId: bob.id };
      assert.deepEqual(await workspaces.listStrayMemberships(9), [stray]);
      const listOf = (who: User, workspaceId = maths.workspaceId) =>
        workspaces.listStrayMembershipsOf(who.id, workspaceId, 9);
      assert.deepEqual(await listOf(bob), [stray]);
      assert.deepEqual(await listOf(alice), []);
      assert.deepEqual(await listOf(bob, DEFAULT_WORKSPACE_ID), []);
      const lost = { ...stray, kind: 'access-lost', subjectId: bob.id, reason: 'removed' } as const;
      const [outcome] = await store.log.commit([change(lost)]);
      assert.equal(outcome?.kind, 'stored');
      assert.deepEqual(await workspaces.listStrayMemberships(9), []);
    });

    test('rejects new messages in an archived channel, and returns the old ones', async () => {
      const about = { roomId: maths.id, userId: alice.id };
      const said = command(about);
      await store.log.commit([said]);

      assert.equal(
        await store.rooms.changeRoom(maths.id, { archivedAtMs: NOON_MS }, undefined),
        'changed',
      );

      const { messageId } = said;
      const outcomes = await store.log.commit([
        command(about),
        change({ ...about, kind: 'pin', messageId }),
        change({ ...about, kind: 'deletion', messageId }),
      ]);
      assert.deepEqual(
        outcomes.map(({ kind }) => kind),
        ['rejected', 'rejected', 'stored'],
      );
      assert.deepEqual(outcomes[0], { kind: 'rejected', code: 'FORBIDDEN', isArchived: true });
      assert.equal((await workspaces.findChannel(maths.id, alice.id))?.room.archivedAtMs, NOON_MS);
      await store.rooms.changeRoom(maths.id, { archivedAtMs: null }, undefined);
      const [again] = await store.log.commit([command(about)]);
      assert.equal(again?.kind, 'stored');
    });

    test('renames a channel unless the name is taken', async () => {
      const physics = channel('physics');
      await store.rooms.createRoom(physics, ownedBy(alice), NOON_MS);
      const rename = (key: string) =>
        store.rooms.changeRoom(maths.id, { name: { shown: key.toUpperCase(), key } }, undefined);

      assert.equal(await rename('physics'), 'taken');
      assert.equal(await rename('algebra'), 'changed');
      const channels = await workspaces.listChannels(school.id, bob.id, 9);
      assert.deepEqual(channels.map(({ room: { name } }) => name).sort(), ['ALGEBRA', 'physics']);
      assert.equal(channels[0]?.membership, undefined);
      assert.equal(await store.rooms.changeRoom(newRoomId(), {}, undefined), 'absent');
    });
  });
}
