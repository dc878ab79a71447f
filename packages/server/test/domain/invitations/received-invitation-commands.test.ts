import assert from 'node:assert/strict';
import { test } from 'node:test';
import { LIMITS, type RoomId } from '@parley/protocol';
import type { User } from '../../../src/model/user.ts';
import { type Store, StoreUnavailable } from '../../../src/ports/store.ts';
import { ChatHarness } from '../../support/chat-harness.ts';
import { ownedBy, room, user } from '../../support/records.ts';
import { openSqliteInMemory } from '../../support/sqlite-in-memory.ts';

/** Bob is invited to a group of alice. */
async function invite(store: Store, harness: ChatHarness): Promise<{ groupId: RoomId; bob: User }> {
  const [alice, bob] = [await harness.userOf('alice'), await harness.userOf('bob')];
  const group = room('Trip', { kind: 'group', visibility: 'private' });
  await store.rooms.createRoom(group, ownedBy(alice), 0);
  const target = { kind: 'group', id: group.id } as const;
  const invitation = { userId: bob.id, target, inviterId: alice.id, createdAtMs: 0 };
  await store.invitations.insertInvitations([invitation]);
  return { groupId: group.id, bob };
}

test('an invitation can be accepted again after the store has failed', async () => {
  const store = openSqliteInMemory();
  let isDown = true;
  const rooms: Store['rooms'] = {
    ...store.rooms,
    async addMember(...args) {
      if (isDown) throw new StoreUnavailable('down');
      return store.rooms.addMember(...args);
    },
  };
  const harness = new ChatHarness({ store: { ...store, rooms } });
  const { groupId, bob } = await invite(store, harness);
  const { invitations } = harness.chat;
  await assert.rejects(invitations.accept(bob, groupId), StoreUnavailable);

  isDown = false;
  await invitations.accept(bob, groupId);

  const [own] = await store.rooms.listRoomsOf(bob.id, 10);
  assert.equal(own?.room.id, groupId);
  assert.deepEqual((await invitations.list(bob)).items, []);
});

test('an invitation to a full group waits until there is a place', async () => {
  const store = openSqliteInMemory();
  const harness = new ChatHarness({ store });
  const { groupId, bob } = await invite(store, harness);
  const others = Array.from({ length: LIMITS.groupMembersMax - 1 }, (_, n) => user(`member${n}`));
  for (const other of others) {
    await store.accounts.insertUser(other, 'hash');
    await store.rooms.addMember(groupId, other.id, 0);
  }
  const { invitations } = harness.chat;

  await assert.rejects(invitations.accept(bob, groupId), { code: 'VALIDATION_ERROR' });

  assert.deepEqual(await store.rooms.listRoomsOf(bob.id, 10), []);
  assert.equal((await invitations.list(bob)).items.length, 1);
});

test('an invitation that is withdrawn while it is accepted makes no member', async () => {
  const store = openSqliteInMemory();
  const harness = new ChatHarness({
    store: {
      ...store,
      invitations: {
        ...store.invitations,
        async findInvitation(userId, targetId) {
          const found = await store.invitations.findInvitation(userId, targetId);
          await give(undefined);
          return found;
        },
      },
    },
  });
  const [alice, bob] = [await harness.userOf('alice'), await harness.userOf('bob')];
  const { workspace } = await harness.chat.workspaces.create(alice, 'Halden');
  const give = (role: 'member' | undefined, isInvitation = false) =>
    store.workspaces.changeWorkspaceMember({
      ...{ workspaceId: workspace.id, actorId: alice.id, subjectId: bob.id },
      ...{ role, isInvitation, nowMs: 0 },
    });
  await give('member', true);

  await assert.rejects(harness.chat.invitations.accept(bob, workspace.id), { code: 'NOT_FOUND' });

  const page = { after: undefined, limit: 9 };
  const members = await store.workspaces.listWorkspaceMembers(workspace.id, page);
  assert.deepEqual(
    members.map(({ user: { username } }) => username),
    ['alice'],
  );
});
