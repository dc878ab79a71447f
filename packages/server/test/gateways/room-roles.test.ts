/** Roles in rooms: who appoints moderators and hands a room over, and who learns of it. */
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import type { RoomSettingsPayload } from '@parley/protocol';
import type { Account } from '../support/account.ts';
import { TestServer } from '../support/running-server.ts';

describe('roles in a room', () => {
  let server: TestServer;
  let olga: Account;
  let ann: Account;
  let bob: Account;
  let cid: Account;
  before(async () => {
    server = await TestServer.start({ FIRST_ACCOUNT: 'owner', MESSAGE_RATE_MAX: '0' });
    olga = await server.signUp('olga');
    ann = await server.signUp('ann');
    bob = await server.signUp('bob');
    cid = await server.signUp('cid');
  });
  after(() => server.close());

  let count = 0;
  /** Of ann, with bob. */
  const newRoom = async (settings: object = {}): Promise<string> => {
    count += 1;
    const body = { name: `room ${count}`, ...settings };
    const { room } = await ann.must<{ room: { id: string } }>('POST', '/api/rooms', body);
    await ann.must('PUT', `/api/rooms/${room.id}/members/${bob.userId}`);
    return room.id;
  };
  const give = async (by: Account, roomId: string, to: Account, role: string): Promise<number> =>
    (await by.call('PUT', `/api/rooms/${roomId}/members/${to.userId}`, { role })).status;
  const settingsOf = async (who: Account, roomId: string) =>
    (await who.must<{ room: RoomSettingsPayload }>('GET', `/api/rooms/${roomId}`)).room;
  const rolesIn = async (roomId: string) => {
    const { members } = await ann.must<{ members: { username: string; role: string }[] }>(
      'GET',
      `/api/rooms/${roomId}/members`,
    );
    return members.map(({ username, role }) => `${username} ${role}`);
  };

  for (const visibility of ['public', 'private']) {
    test(`are given by the owner of a ${visibility} room`, async () => {
      const roomId = await newRoom({ visibility });
      const [ofAnn, ofBob] = [await ann.connect(), await bob.connect()];
      for (const each of [ofAnn, ofBob]) await each.joinRoom({ roomId });

      assert.equal(await give(bob, roomId, bob, 'owner'), 403);
      assert.equal(await give(bob, roomId, ann, 'member'), 403);
      assert.equal(await give(ann, roomId, bob, 'moderator'), 200);
      for (const socket of [ofAnn, ofBob]) {
        const change = await socket.next('membership_changed');
        assert.deepEqual(
          [change.userId, change.change, change.actorId],
          [bob.userId, 'moderator', ann.userId],
        );
      }
      const ofModerator = await settingsOf(bob, roomId);
      assert.deepEqual(
        [ofModerator.role, ofModerator.canManage, ofModerator.canGiveRoles],
        ['moderator', true, undefined],
      );
      // A moderator appoints no others.
      assert.equal(await give(bob, roomId, cid, 'moderator'), 403);
      assert.equal(await give(ann, roomId, bob, 'member'), 200);
      assert.equal((await settingsOf(bob, roomId)).canManage, undefined);
      const history = await ofAnn.ask('get_history', { roomId }, 'history');
      const noted = history.memberships?.map(({ change }) => change);
      assert.deepEqual(noted, ['joined', 'moderator', 'member']);
      for (const each of [ofAnn, ofBob]) each.close();
    });
  }

  test('let ownership be handed over, and leave no room without an owner', async () => {
    const roomId = await newRoom();
    assert.equal(await give(ann, roomId, ann, 'member'), 409);
    assert.equal(await give(ann, roomId, bob, 'owner'), 200);
    assert.deepEqual(await rolesIn(roomId), ['ann moderator', 'bob owner']);
    assert.equal((await settingsOf(bob, roomId)).canGiveRoles, true);
    assert.equal(await give(ann, roomId, ann, 'owner'), 403);
    const { entries } = await olga.must<{ entries: { action: string; target: string }[] }>(
      'GET',
      '/api/admin/audit?action=member.role',
    );
    assert.equal(entries[0]?.target, bob.userId);
  });

  test('come with a new membership', async () => {
    const roomId = await newRoom({ visibility: 'private' });
    assert.equal(await give(bob, roomId, cid, 'moderator'), 403);
    assert.equal(await give(cid, roomId, cid, 'owner'), 404);
    assert.equal(await give(ann, roomId, cid, 'moderator'), 200);
    assert.deepEqual(await rolesIn(roomId), ['ann owner', 'bob member', 'cid moderator']);
    // A member stays one, with the role that is given now.
    assert.equal(await give(ann, roomId, cid, 'member'), 200);
    assert.equal((await ann.call('PUT', `/api/rooms/${roomId}/members/${cid.userId}`)).status, 200);
    assert.deepEqual(await rolesIn(roomId), ['ann owner', 'bob member', 'cid member']);
  });

  test('are given by owners of the server, who find private rooms missing', async () => {
    const open = await newRoom();
    const hidden = await newRoom({ visibility: 'private' });
    assert.equal(await give(olga, open, bob, 'owner'), 200);
    assert.deepEqual(await rolesIn(open), ['ann moderator', 'bob owner']);
    assert.equal(await give(olga, hidden, bob, 'owner'), 404);
  });

  test('are there in groups and channels, and not between two people', async () => {
    const { group } = await ann.must<{ group: { roomId: string } }>('POST', '/api/groups', {
      ...{ name: 'Lunch', userIds: [bob.userId, cid.userId] },
    });
    assert.equal(await give(bob, group.roomId, cid, 'moderator'), 403);
    assert.equal(await give(ann, group.roomId, bob, 'owner'), 200);

    const { workspace } = await ann.must<{ workspace: { id: string } }>('POST', '/api/workspaces', {
      name: 'School',
    });
    for (const username of ['bob', 'cid']) {
      await ann.must('POST', `/api/workspaces/${workspace.id}/members`, { username });
    }
    const { room } = await bob.must<{ room: { id: string } }>('POST', '/api/rooms', {
      ...{ name: 'class', workspaceId: workspace.id },
    });
    await cid.must('PUT', `/api/rooms/${room.id}/members/me`);
    assert.equal(await give(cid, room.id, cid, 'owner'), 403);
    // By the role in the workspace, without being in the channel.
    assert.equal(await give(ann, room.id, cid, 'owner'), 200);

    const { message } = await ann.must<{ message: { conversationId: string } }>(
      'POST',
      '/api/messages',
      {
        ...{ recipientId: bob.userId, content: 'hello' },
      },
    );
    assert.equal(await give(ann, message.conversationId, bob, 'moderator'), 403);
    assert.equal(await give(olga, message.conversationId, bob, 'moderator'), 404);
  });
});
