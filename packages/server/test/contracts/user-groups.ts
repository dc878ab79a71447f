/** Contract of every store for groups of users, and for the mentions that reach their members. */
import assert from 'node:assert/strict';
import { randomUUIDv7 } from 'node:crypto';
import { afterEach, beforeEach, describe, test } from 'node:test';
import type { UserId } from '@parley/protocol';
import type { Room } from '../../src/model/room.ts';
import type { User } from '../../src/model/user.ts';
import { USER_GROUP_MEMBERS_MAX, USER_GROUPS_MAX } from '../../src/model/user-group.ts';
import type { Store } from '../../src/ports/store.ts';
import { BY, blockUser, change, command, NOON_MS, user, withLobby } from '../support/records.ts';

export function testUserGroups(adapter: string, openEmpty: () => Promise<Store>): void {
  describe(`${adapter}: groups of users`, () => {
    let store: Store;
    let alice: User;
    let bob: User;
    let lobby: Room;
    beforeEach(async () => {
      store = await openEmpty();
      ({ alice, bob, lobby } = await withLobby(store));
    });
    afterEach(() => store.close());

    const insert = async (handle: string, members: readonly User[] = []) => {
      const group = { id: randomUUIDv7(), handle, name: `The ${handle}`, createdAtMs: NOON_MS };
      const ids = members.map(({ id }) => id);
      return store.userGroups.insertUserGroup(group, ids, BY);
    };
    const created = async (handle: string, members: readonly User[] = []) => {
      const group = await insert(handle, members);
      assert(typeof group === 'object');
      return group;
    };
    const edit = (groupId: string, over: object) =>
      store.userGroups.changeUserGroup(groupId, { added: [], removed: [], ...over }, BY);
    const membersOf = async (groupId: string) =>
      (await store.userGroups.listUserGroupMembers(groupId, NOON_MS)).map(
        ({ username }) => username,
      );
    const outsider = async (username: string) => {
      const added = user(username);
      await store.accounts.insertUser(added, 'hash');
      return added;
    };
    const say = async (by: User, names: readonly string[]) => {
      const mentions = { everyone: false, names };
      const sent = command({ roomId: lobby.id, userId: by.id, mentions });
      await store.log.commit([sent]);
      return sent.messageId;
    };
    const mentionsOf = async (who: User) =>
      (await store.rooms.readUnread(lobby.id, [who.id])).members[0]?.unread.mentionCount;

    test('are listed with their members, changed and deleted, each with an entry', async () => {
      const design = await created('design', [alice, bob]);
      const empty = await created('all-hands');
      assert.deepEqual(await store.userGroups.listUserGroups(), [empty, design]);
      assert.deepEqual([empty.memberCount, design.memberCount], [0, 2]);
      assert.deepEqual(await membersOf(design.id), ['alice', 'bob']);

      const carol = await outsider('carol');
      const changed = await edit(design.id, {
        name: 'Designers',
        added: [carol.id],
        removed: [bob.id],
      });
      const group = { ...design, name: 'Designers', memberCount: 2 };
      assert.deepEqual(changed, { group, userIds: [carol.id, bob.id] });
      assert.deepEqual(await membersOf(design.id), ['alice', 'carol']);
      const renamed = await edit(design.id, { handle: 'product' });
      assert(typeof renamed === 'object');
      assert.deepEqual([...renamed.userIds].sort(), [alice.id, carol.id].sort());
      const own = await store.userGroups.listUserGroupsOf([alice.id, bob.id]);
      assert.deepEqual(own, [{ userId: alice.id, groupId: design.id, handle: 'product' }]);

      const members = await store.userGroups.deleteUserGroup(design.id, BY);
      assert.deepEqual([...(members ?? [])].sort(), [alice.id, carol.id].sort());
      assert.equal(await store.userGroups.deleteUserGroup(design.id, BY), undefined);
      assert.equal(await edit(design.id, {}), 'unknown');
      assert.deepEqual(await store.userGroups.listUserGroups(), [empty]);
      const entries = await store.audit.listAudit({ limit: 9 });
      const actions = entries
        .map(({ action }) => action)
        .filter((each) => each.startsWith('usergroup'));
      assert.deepEqual(actions, [
        ...['usergroup.delete', 'usergroup.update', 'usergroup.update'],
        ...['usergroup.create', 'usergroup.create'],
      ]);
    });

    test('share their namespace with usernames, in both directions', async () => {
      assert.equal(await insert('alice'), 'taken');
      const design = await created('design');
      assert.equal(await insert('design'), 'taken');
      assert.equal(await store.accounts.insertUser(user('Design'), 'hash'), 'taken');
      assert.equal(await edit(design.id, { handle: 'bob' }), 'taken');
      assert.equal(typeof (await edit(design.id, { handle: 'design' })), 'object');

      const { setUsername } = store.accounts;
      assert.equal(await setUsername({ ...bob, username: 'Design' }, BY), 'taken');
      assert.equal(await setUsername({ ...bob, username: 'robert' }, BY), 'stored');
      // A former username.
      assert.equal(await insert('bob'), 'taken');
      await store.userGroups.deleteUserGroup(design.id, BY);
      assert.equal(await store.accounts.insertUser(user('design'), 'hash'), 'stored');
    });

    test('have limits, and leave out users who do not exist', async () => {
      const missing = { id: 'nobody' as UserId };
      const design = await created('design', [alice, missing as User]);
      assert.equal(design.memberCount, 1);
      const many = Array.from({ length: USER_GROUP_MEMBERS_MAX }, (_, n) => `u${n}` as UserId);
      assert.equal(await edit(design.id, { name: 'Other', added: many }), 'too-large');
      assert.deepEqual((await store.userGroups.listUserGroups())[0], design);
      for (let n = 1; n < USER_GROUPS_MAX; n += 1) await created(`group-${n}`);
      assert.equal(await insert('more'), 'too-many');
    });

    test('lose members whose accounts are deleted', async () => {
      const design = await created('design', [alice, bob]);
      const deletion = {
        ...({ userId: bob.id, username: 'deleted-1', displayName: 'Deleted' } as const),
        ...({ messages: 'keep', removalId: randomUUIDv7() } as const),
      };
      assert(Array.isArray(await store.removals.deleteAccount(deletion, BY)));
      assert.deepEqual(await membersOf(design.id), ['alice']);
      assert.equal((await store.userGroups.listUserGroups())[0]?.memberCount, 1);
    });

    test('are mentioned: members in the room are, except the author and who blocks the author', async () => {
      const carol = await outsider('carol');
      const dave = await outsider('dave');
      await store.rooms.addMember(lobby.id, carol.id, NOON_MS, alice.id);
      await created('design', [alice, bob, carol, dave]);
      await blockUser(store, carol.id, alice.id, NOON_MS);

      await say(alice, ['design']);

      assert.deepEqual(
        [await mentionsOf(alice), await mentionsOf(bob), await mentionsOf(carol)],
        [0, 1, 0],
      );
      assert.equal(await mentionsOf(dave), undefined);
      // Once, however often a message mentions a person; a sign at the end may belong to the text.
      await say(alice, ['bob', 'design', 'design-']);
      assert.equal(await mentionsOf(bob), 2);
      await say(alice, ['design-']);
      assert.equal(await mentionsOf(bob), 3);
    });

    test('are mentioned by edits, and not by guests', async () => {
      await created('design', [alice, bob]);
      const messageId = await say(alice, []);
      assert.equal(await mentionsOf(bob), 0);
      const mentions = { everyone: false, names: ['design'] };
      const about = { roomId: lobby.id, userId: alice.id, messageId, content: '@design', mentions };
      await store.log.commit([change({ kind: 'edit', ...about })]);
      assert.equal(await mentionsOf(bob), 1);

      await store.sessions.setRole(bob.id, 'guest', BY);
      await say(bob, ['design']);
      assert.equal(await mentionsOf(alice), 0);
    });
  });
}
