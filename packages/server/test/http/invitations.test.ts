/** A user who requires invitations is a member only after accepting, and receives nothing of the room before. */
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import type { Account } from '../support/account.ts';
import { TestServer } from '../support/running-server.ts';

interface Listed {
  readonly id: string;
  readonly kind: string;
  readonly name: string;
  readonly role?: string;
  readonly inviter: { readonly username: string };
}

describe('invitations', () => {
  let server: TestServer;
  let people = 0;
  before(async () => {
    server = await TestServer.start();
  });
  after(() => server.close());

  /** Users who share no room and no workspace yet. */
  const strangers = (count: number): Promise<Account[]> =>
    Promise.all(
      Array.from({ length: count }, () => {
        people += 1;
        return server.signUp(`stranger-${people}`);
      }),
    );
  const pair = async (): Promise<readonly [Account, Account]> => {
    const [one, other] = await strangers(2);
    assert(one && other);
    return [one, other];
  };
  const three = async (): Promise<readonly [Account, Account, Account]> => {
    const [one, other, third] = await strangers(3);
    assert(one && other && third);
    return [one, other, third];
  };
  const ask = (who: Account) => who.must('PUT', '/api/privacy', { askBeforeStrangers: true });
  const block = (who: Account, other: Account) => who.must('PUT', `/api/blocks/${other.userId}`);
  const found = async (founder: Account): Promise<string> => {
    const made = await founder.must<{ workspace: { id: string } }>('POST', '/api/workspaces', {
      name: 'School',
    });
    return made.workspace.id;
  };
  const add = async (by: Account, id: string, who: Account, role = 'member') =>
    (await by.call('POST', `/api/workspaces/${id}/members`, { username: who.username, role }))
      .status;
  const leave = async (who: Account, id: string) =>
    (await who.call('DELETE', `/api/workspaces/${id}/members`, { username: who.username })).status;
  const invitationsOf = async (who: Account) =>
    (await who.must<{ invitations: Listed[] }>('GET', '/api/invitations')).invitations;
  const rolesOf = async (who: Account) => {
    const { workspaces } = await who.must<{ workspaces: { id: string; role: string }[] }>(
      'GET',
      '/api/workspaces',
    );
    return workspaces.map(({ role }) => role);
  };
  const accept = async (who: Account, id: string) =>
    (await who.call('POST', `/api/invitations/${id}/accept`)).status;
  const newGroup = async (maker: Account, ...others: readonly Account[]) => {
    const socket = await maker.connect();
    const userIds = others.map(({ userId }) => userId);
    const made = await socket.ask('create_group', { userIds, name: 'Trip' }, 'group_created');
    return { ...made, socket };
  };

  test('are not needed for users who do not require them', async () => {
    const [alice, bob] = await pair();
    const id = await found(alice);

    assert.equal(await add(alice, id, bob), 201);
    assert.deepEqual(await rolesOf(bob), ['member']);
    assert.deepEqual(await invitationsOf(bob), []);
  });

  test('replace a membership of a workspace until the user accepts', async () => {
    const [alice, bob] = await pair();
    await ask(bob);
    assert.deepEqual(await bob.must('GET', '/api/privacy'), { askBeforeStrangers: true });
    const id = await found(alice);
    const body = { username: bob.username };

    const answer = await alice.call('POST', `/api/workspaces/${id}/members`, body);
    await alice.must('POST', `/api/workspaces/${id}/channels`, { name: 'rude words' });

    assert.equal(answer.status, 202);
    const { invitation } = (await answer.json()) as { invitation: object };
    assert.deepEqual(invitation, { userId: bob.userId, ...body, role: 'member' });
    assert.deepEqual(await rolesOf(bob), []);
    assert.equal((await bob.call('GET', `/api/workspaces/${id}/channels`)).status, 404);
    const [listed] = await invitationsOf(bob);
    assert.deepEqual(
      [listed?.id, listed?.kind, listed?.name, listed?.role, listed?.inviter.username],
      [id, 'workspace', 'School', 'member', alice.username],
    );
    assert.equal(await accept(alice, id), 404);
    assert.equal(await accept(bob, id), 200);
    assert.deepEqual(await rolesOf(bob), ['member']);
    assert.equal(await accept(bob, id), 404);
  });

  test('can be declined and withdrawn', async () => {
    const [alice, bob] = await pair();
    await ask(bob);
    const id = await found(alice);

    await add(alice, id, bob);
    await bob.must('DELETE', `/api/invitations/${id}`);
    assert.equal(await accept(bob, id), 404);
    await add(alice, id, bob);
    await alice.must('DELETE', `/api/workspaces/${id}/members`, { username: bob.username });

    assert.equal(await accept(bob, id), 404);
    assert.deepEqual(await rolesOf(bob), []);
  });

  test('grant what the inviter may grant at the time of acceptance', async () => {
    const [alice, bob, carol] = await three();
    await ask(carol);
    const id = await found(alice);
    await add(alice, id, bob, 'admin');
    assert.equal(await add(bob, id, carol), 202);

    await add(alice, id, bob, 'member');

    assert.equal(await accept(carol, id), 404);
    assert.deepEqual(await rolesOf(carol), []);
  });

  test('are not needed for users who share a workspace or were written to', async () => {
    const [alice, bob, carol] = await three();
    const shared = await found(alice);
    await add(alice, shared, bob);
    const said = { recipientId: alice.userId, content: 'hi', clientMessageId: 'c1' };
    await carol.must('POST', '/api/messages', said);
    for (const each of [bob, carol]) await ask(each);
    const id = await found(alice);

    assert.deepEqual([await add(alice, id, bob), await add(alice, id, carol)], [201, 201]);
  });

  test('are needed if only the inviter has written to the user', async () => {
    const [alice, bob] = await pair();
    await ask(bob);
    const said = { recipientId: bob.userId, content: 'hi', clientMessageId: 'c1' };
    await alice.must('POST', '/api/messages', said);

    assert.equal(await add(alice, await found(alice), bob), 202);
  });

  test('are impossible while either user blocks the other', async () => {
    for (const hasBlocked of [0, 1]) {
      const [alice, bob] = await pair();
      const id = await found(alice);
      const blocker = hasBlocked === 0 ? alice : bob;
      await block(blocker, blocker === alice ? bob : alice);

      assert.equal(await add(alice, id, bob), 403);
      assert.equal(await add(alice, id, bob, 'owner'), 403);
      assert.deepEqual([await rolesOf(bob), await invitationsOf(bob)], [[], []]);
    }
  });

  test('are deleted when the user blocks the inviter later', async () => {
    const [alice, bob] = await pair();
    await ask(bob);
    const id = await found(alice);
    await add(alice, id, bob);

    await block(bob, alice);

    assert.deepEqual(await invitationsOf(bob), []);
    assert.equal(await accept(bob, id), 404);
  });

  test('are needed for a user who has blocked a member, even if another member adds them', async () => {
    const [alice, bob, carol] = await three();
    const id = await found(alice);
    await add(alice, id, bob);
    await block(carol, bob);

    assert.equal(await add(alice, id, carol), 202);
    assert.deepEqual(await rolesOf(carol), []);
  });

  test('replace an ownership, and every new owner may leave', async () => {
    const [alice, bob, carol] = await three();
    const id = await found(alice);
    for (const each of [bob, carol]) await add(alice, id, each);

    assert.equal(await add(alice, id, bob, 'owner'), 202);
    assert.deepEqual(await rolesOf(bob), ['member']);
    assert.equal(await leave(alice, id), 409);
    assert.equal(await accept(bob, id), 200);
    assert.deepEqual(await rolesOf(bob), ['owner']);
    assert.equal(await leave(alice, id), 200);

    assert.equal(await leave(bob, id), 409); // An admin must be able to take over.
    assert.equal(await add(bob, id, carol, 'admin'), 201);
    assert.equal(await leave(bob, id), 200);
    assert.deepEqual(await rolesOf(carol), ['owner']);
    assert.equal(await leave(carol, id), 200);
  });

  test('to an ownership are impossible for a member who has blocked the owner', async () => {
    const [alice, bob] = await pair();
    const id = await found(alice);
    await add(alice, id, bob);
    await block(bob, alice);

    assert.equal(await add(alice, id, bob, 'owner'), 403);
    assert.deepEqual(await rolesOf(bob), ['member']);
  });

  test('replace a membership of a group, which sends nothing before acceptance', async () => {
    const [alice, bob, carol] = await three();
    await ask(bob);
    const [toBob, toCarol] = [await bob.connect(), await carol.connect()];
    const { roomId, members, invited, socket } = await newGroup(alice, bob, carol);
    await socket.sendMessage({ roomId, content: 'before' });
    await toCarol.next('chat_message');
    await toBob.settled();

    assert.deepEqual(
      members.map(({ userId }) => userId).sort(),
      [alice.userId, carol.userId].sort(),
    );
    assert.deepEqual(invited, [bob.userId]);
    assert.equal(toBob.ofType('chat_message').length, 0);
    const rooms = await toBob.ask('get_rooms', {}, 'room_list');
    assert.deepEqual(
      rooms.rooms.filter((room) => room.id === roomId),
      [],
    );
    assert.equal((await toBob.ask('join_room', { roomId }, 'error')).code, 'NOT_FOUND');
    const [listed] = await invitationsOf(bob);
    assert.deepEqual([listed?.id, listed?.kind, listed?.name], [roomId, 'group', 'Trip']);
    assert.equal(await accept(bob, roomId), 200);
    await socket.sendMessage({ roomId, content: 'after' });
    assert.equal((await toBob.next('chat_message')).content, 'after');
    for (const each of [socket, toBob, toCarol]) each.close();
  });

  test('are needed for a user whom a third user adds together with a blocked user', async () => {
    const [alice, bob, carol] = await three();
    await block(bob, carol);

    const { roomId, invited, socket } = await newGroup(alice, bob, carol);

    assert.deepEqual(invited, [bob.userId]);
    await bob.must('DELETE', `/api/invitations/${roomId}`);
    assert.equal(await accept(bob, roomId), 404);
    socket.close();
  });

  test('to a group end when the user is added without one', async () => {
    const [alice, bob, carol] = await three();
    await ask(carol);
    const { roomId, socket } = await newGroup(alice, bob);
    const path = `/api/rooms/${roomId}/members/${carol.userId}`;
    assert.equal((await bob.call('PUT', path)).status, 202);
    await carol.must('PUT', '/api/privacy', { askBeforeStrangers: false });

    assert.equal((await bob.call('PUT', path)).status, 200);
    assert.deepEqual(await invitationsOf(carol), []);
    await alice.must('DELETE', path);

    assert.equal(await accept(carol, roomId), 404);
    socket.close();
  });

  test('to a group end when the inviter leaves it', async () => {
    const [alice, bob, carol] = await three();
    await ask(carol);
    const { roomId, socket } = await newGroup(alice, bob);
    const path = `/api/rooms/${roomId}/members`;
    assert.equal((await bob.call('PUT', `${path}/${carol.userId}`)).status, 202);
    await alice.must('DELETE', `${path}/${bob.userId}`);

    assert.equal(await accept(carol, roomId), 404);

    assert.deepEqual(await invitationsOf(carol), []);
    const conversations = '/api/conversations';
    const own = await carol.must<{ conversations: object[] }>('GET', conversations);
    assert.deepEqual(own.conversations, []);
    socket.close();
  });
});
