/** Groups of users over HTTP and the dialects: who makes them, whom a mention reaches, and what users learn. */
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import type { RoomListEntry, UserGroupPayload } from '@parley/protocol';
import type { Account } from '../support/account.ts';
import { TestServer } from '../support/running-server.ts';
import { SocketIoClient } from '../support/socketio-client.ts';

describe('groups of users', () => {
  let server: TestServer;
  let owner: Account;
  let alice: Account;
  let bob: Account;
  let roomId: string;
  let groupId: string;
  before(async () => {
    server = await TestServer.start({ FIRST_ACCOUNT: 'owner', USER_CHANGE_RATE_MAX: '0' });
    owner = await server.signUp('olivia');
    alice = await server.signUp('alice');
    bob = await server.signUp('bob');
    ({ roomId } = await create('town'));
    const userIds = [alice.userId, bob.userId];
    const body = { handle: '@Design', name: 'Design team', userIds };
    const { group } = await owner.must<{ group: UserGroupPayload }>('POST', PATH, body);
    const { id, ...rest } = group;
    assert.deepEqual(rest, { handle: 'design', name: 'Design team', memberCount: 2 });
    groupId = id;
  });
  after(() => server.close());

  const PATH = '/api/user-groups';
  const create = async (name: string, visibility = 'public') => {
    const body = { name, visibility };
    const { room } = await alice.must<{ room: { id: string } }>('POST', '/api/rooms', body);
    return { roomId: room.id };
  };
  const post = (by: Account, content: string, to = roomId) =>
    by.call('POST', '/api/messages', { roomId: to, content });
  const errorOf = async (answer: Response) => {
    const { error } = (await answer.json()) as { error: { code: string; message: string } };
    return [answer.status, error.code, error.message];
  };
  const roomOf = async (who: Account, id = roomId) =>
    (await who.must<{ rooms: RoomListEntry[] }>('GET', '/api/rooms')).rooms.find(
      (each) => each.id === id,
    );
  const mentionsOf = async (who: Account) => {
    const { entries } = await who.must<{ entries: { kind: string; content?: string }[] }>(
      ...(['GET', '/api/activity'] as const),
    );
    return entries.filter(({ kind }) => kind === 'mention').map(({ content }) => content);
  };

  test('are made by owners and admins, and seen by members of the server', async () => {
    const answers = [
      await alice.call('POST', PATH, { handle: 'mine', name: 'Mine' }),
      await alice.call('PATCH', `${PATH}/${groupId}`, { name: 'Mine' }),
      await alice.call('DELETE', `${PATH}/${groupId}`),
    ];
    assert.deepEqual(
      answers.map(({ status }) => status),
      [403, 403, 403],
    );

    const { groups } = await alice.must<{ groups: UserGroupPayload[] }>('GET', PATH);
    assert.deepEqual(
      groups.map(({ handle, joined }) => [handle, joined]),
      [['design', true]],
    );
    const path = `${PATH}/${groupId}/members`;
    const first = await owner.must<{ members: { username: string }[]; next: string }>(
      ...(['GET', `${path}?limit=1`] as const),
    );
    assert.deepEqual(
      first.members.map(({ username }) => username),
      ['alice'],
    );
    const rest = await owner.must<{ members: { username: string }[]; hasMore: boolean }>(
      ...(['GET', `${path}?after=${first.next}`] as const),
    );
    assert.deepEqual(
      [rest.members.map(({ username }) => username), rest.hasMore],
      [['bob'], false],
    );
    assert.equal((await owner.call('GET', `${PATH}/nothing/members`)).status, 404);
  });

  test('have handles as usernames are, and no name of a user', async () => {
    const refused = async (handle: string) =>
      (await owner.call('POST', PATH, { handle, name: 'Other' })).status;
    for (const handle of ['x', 'two words', 'everyone', 'here', 'room']) {
      assert.equal(await refused(handle), 400, handle);
    }
    for (const handle of ['Alice', 'design']) assert.equal(await refused(handle), 409, handle);
    const registered = await fetch(`${server.url}/register`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ username: 'Design', password: 'correct horse' }),
    });
    assert.equal(registered.status, 409);
    // A word of operators is no deception here: only they make groups.
    const support = { handle: 'support', name: 'Support' };
    const { group } = await owner.must<{ group: UserGroupPayload }>('POST', PATH, support);
    await owner.must('DELETE', `${PATH}/${group.id}`);
  });

  test('are mentioned as each member is, also in a room that they have not opened', async () => {
    const socket = await bob.connect();
    const other = await server.signUp('carol');

    const answer = await post(alice, 'look, @Design');

    assert.equal(answer.status, 201);
    assert.equal(((await answer.json()) as { notReached?: string[] }).notReached, undefined);
    const notice = await socket.next('room_activity');
    assert.deepEqual([notice.roomId, notice.unreadCount, notice.mentionCount], [roomId, 1, 1]);
    assert.deepEqual(await mentionsOf(bob), ['look, @Design']);
    assert.deepEqual([await mentionsOf(alice), (await roomOf(other))?.joined], [[], undefined]);
    socket.close();
  });

  test('are mentioned by an edit as by a new message', async () => {
    const { roomId: town } = await create('another town');
    const said = await post(alice, 'look', town);
    const { message } = (await said.json()) as { message: { id: string } };
    const edit = (content: string) =>
      alice.must('PATCH', `/api/rooms/${town}/messages/${message.id}`, { content });

    await edit('look, @design');

    const [listed, activity] = [await roomOf(bob, town), await mentionsOf(bob)];
    assert.deepEqual([listed?.joined, listed?.mentionCount], [true, 1]);
    assert.ok(activity.includes('look, @design'));
    await bob.must('DELETE', `/api/rooms/${town}/members/me`);
    await edit('look here, @design');
    assert.equal((await roomOf(bob, town))?.joined, undefined);
  });

  test('are mentioned over Socket.IO as over the other dialects', async () => {
    const client = await SocketIoClient.connect(server, 'alice');
    const before = (await roomOf(bob))?.mentionCount ?? 0;
    await client.ask('room:join', { roomId });
    const sent = await client.ask('message:send', { roomId, content: 'again, @design' });
    assert.equal(sent.ok, true);
    assert.equal((await roomOf(bob))?.mentionCount, before + 1);
    client.close();
  });

  test('reach in a private room its members only', async () => {
    const { roomId: secret } = await create('secret', 'private');
    const answer = await post(alice, '@design in private', secret);
    assert.equal(((await answer.json()) as { notReached?: string[] }).notReached, undefined);
    assert.equal(await roomOf(bob, secret), undefined);
    await alice.must('PUT', `/api/rooms/${secret}/members/${bob.userId}`);
    await post(alice, '@design again', secret);
    assert.equal((await roomOf(bob, secret))?.mentionCount, 1);
  });

  test('tell their members of changes, at once and with the next connection', async () => {
    const carol = await server.signUp('carol');
    const socket = await carol.connect();
    await owner.must('PATCH', `${PATH}/${groupId}`, { add: [carol.userId] });
    assert.deepEqual((await socket.next('user_groups_changed')).user.groups, ['design']);
    await owner.must('PATCH', `${PATH}/${groupId}`, { handle: 'product', remove: [bob.userId] });
    assert.deepEqual((await socket.next('user_groups_changed')).user.groups, ['product']);
    socket.close();
    const next = server.open(carol.token);
    const { user } = await next.next('connection_established');
    assert.deepEqual(user.groups, ['product']);
    next.close();

    // Former names reach nobody, and mentions that are stored stay.
    await post(alice, '@design or @product');
    assert.equal((await roomOf(carol))?.mentionCount, 1);
    await owner.must('PATCH', `${PATH}/${groupId}`, { handle: 'design', add: [bob.userId] });
  });

  test('are mentioned by no guest, who does not see them', async () => {
    const guest = await server.signUp('gustav');
    await owner.must('PATCH', `/api/admin/users/${guest.userId}`, { role: 'guest' });
    const again = await server.signUp('gustav');
    assert.equal((await again.call('GET', PATH)).status, 403);
    assert.equal((await again.call('GET', `${PATH}/${groupId}/members`)).status, 403);
    await alice.must('PUT', `/api/rooms/${roomId}/members/${guest.userId}`);
    const refused = await errorOf(await post(again, 'hello @design'));
    assert.deepEqual(refused, [
      403,
      'FORBIDDEN',
      'Guests cannot mention groups: leave out @design',
    ]);
    assert.equal((await post(again, 'the word `@design`')).status, 201);
  });

  test('count as everyone if they are large, also in edits', async () => {
    const userIds: string[] = [];
    for (let n = 0; n < 21; n += 1) userIds.push((await server.signUp(`many-${n}`)).userId);
    await owner.must('POST', PATH, { handle: 'staff', name: 'Staff', userIds });
    const socket = await alice.connect();
    await socket.joinRoom({ roomId });
    for (let n = 0; n < 4; n += 1) await socket.sendMessage({ roomId, content: `@staff ${n}` });
    const { message } = (await (await post(alice, 'hello')).json()) as { message: { id: string } };
    const edit = (content: string) =>
      alice.call('PATCH', `/api/rooms/${roomId}/messages/${message.id}`, { content });
    assert.equal((await edit('hello @staff')).status, 200);
    const [status, , text] = await errorOf(await post(alice, 'again @staff'));
    assert.deepEqual(
      [status, String(text).includes('leave out @everyone, @here and large groups')],
      [429, true],
    );
    assert.equal((await edit('again @staff')).status, 429);
    assert.equal((await post(alice, '@design is small')).status, 201);
    socket.close();
  });
});
