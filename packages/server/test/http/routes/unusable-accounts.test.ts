/** Acts that name a person whose account is disabled or deleted, and what the invitations of such a person do. */
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { type Account, PASSWORD } from '../../support/account.ts';
import { TestServer } from '../../support/running-server.ts';

describe('an account that nobody can use', () => {
  let server: TestServer;
  let owner: Account;
  let alice: Account;
  before(async () => {
    server = await TestServer.start({
      ...{ FIRST_ACCOUNT: 'owner', ASK_BEFORE_STRANGERS: 'off', USER_CHANGE_RATE_MAX: '0' },
      ...{ USER_CREATION_RATE_MAX: '0', MESSAGE_RATE_MAX: '0', USER_MESSAGE_RATE_MAX: '0' },
    });
    owner = await server.signUp('olivia');
    alice = await server.signUp('alice');
  });
  after(() => server.close());

  const answer = async (who: Account, method: string, path: string, body?: object) => {
    const response = await who.call(method, path, body);
    const { error } = (await response.json()) as { error?: { message?: string } };
    return `${response.status} ${error?.message ?? ''}`.trim();
  };
  const disable = (who: Account) =>
    owner.must('POST', `/api/admin/users/${who.userId}/disable`, { reason: 'Spam' });
  const close: Readonly<Record<string, (who: Account) => Promise<unknown>>> = {
    disabled: disable,
    deleted: (who) => who.must('DELETE', '/api/me', { password: PASSWORD, messages: 'keep' }),
  };

  for (const [state, end] of Object.entries(close)) {
    test(`that is ${state} becomes no member, has no new role, and gets no message if it is deleted`, async () => {
      const bob = await server.signUp(`bob-${state}`);
      const { userId } = bob;
      const { room } = await alice.must<{ room: { id: string } }>('POST', '/api/rooms', {
        name: `room ${state}`,
      });
      const { workspace } = await alice.must<{ workspace: { id: string } }>(
        ...(['POST', '/api/workspaces', { name: state }] as const),
      );
      const members = `/api/workspaces/${workspace.id}/members`;
      await alice.must('PUT', `/api/rooms/${room.id}/members/${userId}`);
      await alice.must('POST', '/api/messages', { recipientId: userId, content: 'before' });
      const socket = await alice.connect();
      const { rooms } = await socket.ask('get_rooms', {}, 'room_list');
      const direct = rooms.find(({ person }) => person?.userId === userId)?.id ?? '';
      const other = await alice.must<{ room: { id: string } }>('POST', '/api/rooms', {
        name: `other ${state}`,
      });
      await end(bob);

      const refused = `409 This account is ${state}`;
      const acts = [
        ['PUT', `/api/rooms/${room.id}/members/${userId}`, { role: 'owner' }],
        ['PUT', `/api/rooms/${room.id}/members/${userId}`, { role: 'moderator' }],
        ['PUT', `/api/rooms/${other.room.id}/members/${userId}`],
        ['POST', '/api/groups', { userIds: [userId, owner.userId] }],
        ['POST', members, { userId, role: 'member' }],
      ] as const;
      for (const [method, path, body] of acts) {
        const said = await answer(alice, method, path, body);
        // After a deletion the memberships end in steps, and the store says only that nobody can use it.
        const isSame = said === refused || said === '409 This account is disabled';
        assert.ok(isSame, `${method} ${path}: ${said}`);
      }
      const { room: same } = await alice.must<{ room: { role: string } }>(
        ...(['GET', `/api/rooms/${room.id}`] as const),
      );
      assert.equal(same.role, 'owner');
      const message = { recipientId: userId, content: 'hello' };
      const written = await answer(alice, 'POST', '/api/messages', message);
      const stranger = await answer(owner, 'POST', '/api/messages', message);
      const told = await socket.ask('chat_message', { roomId: direct, content: 'hello' });
      const isDeleted = state === 'deleted';
      const expected = isDeleted ? refused : '201';
      assert.deepEqual([written, stranger], [expected, expected]);
      assert.equal('code' in told ? told.code : undefined, isDeleted ? 'CONFLICT' : undefined);
      socket.close();
    });
  }

  test('is shown as such to others, until its suspension ends', async () => {
    const shown: Record<string, object> = {};
    for (const [state, end] of Object.entries({
      ...close,
      suspended: (who: Account) =>
        owner.must('POST', `/api/admin/users/${who.userId}/disable`, {
          ...{ reason: 'Spam', until: '2099-01-01T00:00:00.000Z' },
        }),
      usable: async () => {},
    })) {
      const bob = await server.signUp(`bea-${state}`);
      await end(bob);
      const { users } = await alice.must<{ users: Record<string, unknown>[] }>(
        ...(['GET', `/api/users?ids=${bob.userId}`] as const),
      );
      const { disabled, disabledUntil, deleted } = users[0] ?? {};
      shown[state] = [disabled, disabledUntil, deleted];
    }
    assert.deepEqual(shown, {
      disabled: [true, undefined, undefined],
      deleted: [true, undefined, true],
      suspended: [true, '2099-01-01T00:00:00.000Z', undefined],
      usable: [undefined, undefined, undefined],
    });
  });

  test('that is disabled lets nobody in by the invitations that it has made', async () => {
    const [ines, karl] = [await server.signUp('ines'), await server.signUp('karl')];
    await karl.must('PUT', '/api/privacy', { askBeforeStrangers: true });
    const { group } = await ines.must<{ group: { roomId: string } }>('POST', '/api/groups', {
      userIds: [karl.userId, alice.userId],
    });
    const { workspace } = await ines.must<{ workspace: { id: string } }>(
      ...(['POST', '/api/workspaces', { name: 'Hers' }] as const),
    );
    const asked = { userId: karl.userId, role: 'member' };
    await ines.must('POST', `/api/workspaces/${workspace.id}/members`, asked);
    await disable(ines);
    for (const id of [group.roomId, workspace.id]) {
      const accepted = await karl.call('POST', `/api/invitations/${id}/accept`);
      assert.equal(accepted.ok, false, id);
    }
    assert.equal((await karl.call('GET', `/api/rooms/${group.roomId}`)).status, 404);
    const { workspaces } = await karl.must<{ workspaces: object[] }>('GET', '/api/workspaces');
    assert.deepEqual(workspaces, []);
  });
});
