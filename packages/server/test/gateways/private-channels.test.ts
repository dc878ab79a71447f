/** Private channels: rooms of a workspace that only their members know of, in every dialect. */
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import type { RoomListEntry, RoomSettingsPayload } from '@parley/protocol';
import type { Account } from '../support/account.ts';
import { FlatClient } from '../support/flat-client.ts';
import { assertMissing } from '../support/route-calls.ts';
import { TestServer } from '../support/running-server.ts';
import { SocketIoClient } from '../support/socketio-client.ts';

interface Answer {
  readonly status: number;
  readonly room: RoomSettingsPayload;
  readonly error?: { readonly code: string; readonly field?: string };
}

describe('a private channel', () => {
  let server: TestServer;
  /** Owner of the server, outside of the workspace. */
  let olaf: Account;
  /** Owner of the workspace, an admin of it, and two members. */
  let alice: Account;
  let carol: Account;
  let bob: Account;
  let dave: Account;
  /** Outside of the workspace. */
  let erin: Account;
  let workspaceId: string;
  before(async () => {
    server = await TestServer.start({ MESSAGE_RATE_MAX: '0', FIRST_ACCOUNT: 'owner' });
    olaf = await server.signUp('olaf');
    alice = await server.signUp('alice');
    carol = await server.signUp('carol');
    bob = await server.signUp('bob');
    dave = await server.signUp('dave');
    erin = await server.signUp('erin');
    const { workspace } = await alice.must<{ workspace: { id: string } }>(
      ...(['POST', '/api/workspaces', { name: 'Halden' }] as const),
    );
    workspaceId = workspace.id;
    for (const { username } of [carol, bob, dave]) await admit(username);
    await admit('carol', 'admin');
  });
  after(() => server.close());

  const admit = (username: string, role = 'member') =>
    alice.must('POST', `/api/workspaces/${workspaceId}/members`, { username, role });
  const call = async (by: Account, method: string, path: string, body?: object) => {
    const response = await by.call(method, `/api/rooms${path}`, body);
    return { status: response.status, ...((await response.json()) as Omit<Answer, 'status'>) };
  };
  const create = (by: Account, name: string, more: object = {}) =>
    call(by, 'POST', '', { name, visibility: 'private', workspaceId, ...more });
  const add = (by: Account, roomId: string, { userId }: Account) =>
    call(by, 'PUT', `/${roomId}/members/${userId}`);
  const change = (by: Account, roomId: string, visibility: string) =>
    call(by, 'PATCH', `/${roomId}`, { visibility });
  const say = (by: Account, roomId: string, content: string) =>
    by.must<{ message: { id: string }; notReached?: string[] }>('POST', '/api/messages', {
      ...{ roomId, content },
    });
  const found = async (who: Account, text: string) => {
    const path = `/api/search?q=${text}`;
    return (await who.must<{ results: unknown[] }>('GET', path)).results.length;
  };
  /** Its entries in the lists of rooms, whole and searched, and of the workspace. */
  const listed = async (who: Account, roomId: string) => {
    const own = (list: readonly RoomListEntry[]) => list.filter(({ id }) => id === roomId);
    const { rooms } = await who.must<{ rooms: RoomListEntry[] }>('GET', '/api/rooms');
    const searched = await who.must<{ rooms: RoomListEntry[] }>('GET', '/api/rooms?q=e');
    const path = `/api/workspaces/${workspaceId}/channels`;
    const answer = await who.call('GET', path);
    const { channels = [] } = (await answer.json()) as { channels?: RoomListEntry[] };
    return [own(rooms), own(searched.rooms), own(channels)].flat();
  };
  /** Every dialect answers as if there were no such room. */
  const expectMissing = async (who: Account, roomId: string, messageId: string) => {
    const socket = await who.connect();
    await assertMissing(socket, { room: roomId, message: messageId });
    socket.close();
    const socketIo = await SocketIoClient.connect(server, who.username);
    for (const [name, payload] of [
      ['room:join', { roomId }],
      ['message:history', { roomId }],
    ] as const) {
      assert.equal((await socketIo.ask(name, payload)).error?.code, 'NOT_FOUND', name);
    }
    socketIo.close();
    const channels = await FlatClient.connectAs(server, who);
    channels.frames.length = 0;
    const joined = await channels.ask('join_channel', { channelId: roomId });
    channels.close();
    assert.deepEqual([joined.type, joined['code']], ['error', 'NOT_FOUND']);
    for (const [method, path, body] of [
      ['GET', `/api/channels/${roomId}/messages`],
      ['PATCH', `/api/channels/${roomId}`, { name: 'taken over' }],
      ['PUT', `/api/rooms/${roomId}/members/me`],
      ['PUT', `/api/rooms/${roomId}/members/${erin.userId}`],
      ['POST', '/api/invites', { roomIds: [roomId] }],
    ] as const) {
      assert.equal((await who.call(method, path, body)).status, 404, `${method} ${path}`);
    }
  };

  test('is hidden from everyone but its members, in every list and dialect', async () => {
    const made = await create(alice, 'Secret Garden', { topic: 'Roses' });

    const { id, kind, visibility, role, memberTotal } = made.room;
    assert.deepEqual(
      [made.status, kind, visibility, made.room.workspaceId, role, memberTotal],
      [201, 'channel', 'private', workspaceId, 'owner', 1],
    );
    const { message } = await say(alice, id, 'xylograph');
    assert.deepEqual(
      (await listed(alice, id)).map((each) => [each.visibility, each.workspaceId]),
      Array.from({ length: 3 }, () => ['private', workspaceId]),
    );
    assert.equal(await found(alice, 'xylograph'), 1);
    for (const other of [olaf, carol, bob, erin]) {
      assert.deepEqual(await listed(other, id), [], other.username);
      assert.equal(await found(other, 'xylograph'), 0);
      await expectMissing(other, id, message.id);
    }
    const { entries } = await olaf.must<{ entries: object[] }>('GET', '/api/admin/audit');
    assert.ok(!JSON.stringify(entries).includes('Secret'));
  });

  test('reserves no name, and needs a member of the workspace', async () => {
    const { room } = await create(alice, 'Plans');
    const path = `/api/workspaces/${workspaceId}/channels`;

    assert.equal((await create(bob, 'Plans')).status, 201);
    assert.equal((await bob.call('POST', path, { name: 'plans' })).status, 201);
    assert.equal((await change(alice, room.id, 'public')).error?.field, 'name');
    const third = await alice.must<{ channel: { visibility: string } }>('POST', path, {
      ...{ name: 'plans', visibility: 'private' },
    });
    assert.equal(third.channel.visibility, 'private');
    assert.equal((await create(alice, 'two\nlines')).error?.code, 'VALIDATION_ERROR');
    assert.equal((await create(alice, 'all', { isDefault: true })).error?.field, 'isDefault');
    assert.equal((await create(olaf, 'Theirs')).error?.code, 'FORBIDDEN');
    assert.equal((await create(erin, 'Theirs')).error?.code, 'NOT_FOUND');
  });

  test('is opened by its owner to members of the workspace, whom mentions then reach', async () => {
    const { room } = await create(dave, 'Bees');
    const { id } = room;
    const socket = await bob.connect();

    assert.deepEqual((await say(dave, id, 'for @bob')).notReached, [bob.userId]);
    assert.equal((await add(dave, id, bob)).status, 200);
    assert.equal((await socket.next('room_activity')).roomId, id);
    assert.equal((await say(dave, id, 'again for @bob')).notReached, undefined);
    assert.equal((await socket.next('room_activity')).mentionCount, 1);
    assert.equal((await listed(bob, id)).length, 3);
    const outside = await add(dave, id, erin);
    assert.deepEqual([outside.error?.code, outside.error?.field], ['FORBIDDEN', 'userId']);
    assert.equal((await add(bob, id, carol)).error?.code, 'FORBIDDEN');
    socket.close();
  });

  test('is joined with a link of its owner, within the workspace if that is no admin of it', async () => {
    const linkOf = async (by: Account, roomId: string) => {
      const answer = await by.call('POST', '/api/invites', { roomIds: [roomId] });
      const { invite } = (await answer.json()) as { invite?: { token: string } };
      return { status: answer.status, token: invite?.token };
    };
    const accept = async (by: Account, token: string | undefined) => {
      const answer = await by.call('POST', '/api/invites/accept', { token });
      const { rooms = [] } = (await answer.json()) as { rooms?: { id: string }[] };
      return [answer.status, ...rooms.map(({ id }) => id)];
    };
    const { id } = (await create(dave, 'Linked')).room;
    const ofDave = await linkOf(dave, id);

    assert.deepEqual(await accept(erin, ofDave.token), [403]);
    assert.deepEqual(await accept(bob, ofDave.token), [200, id]);
    assert.equal((await linkOf(bob, id)).status, 403);
    await add(dave, id, carol);
    const frank = await server.signUp('frank');
    assert.deepEqual(await accept(frank, (await linkOf(carol, id)).token), [200, id]);
    assert.equal((await call(frank, 'GET', `/${id}`)).room.role, 'member');
  });

  test('is lost with the membership of the workspace, and so is an invitation that a block hides', async () => {
    const [grace, heidi] = [await server.signUp('grace'), await server.signUp('heidi')];
    for (const { username } of [grace, heidi]) await admit(username);
    await heidi.must('PUT', `/api/blocks/${dave.userId}`);
    const { id } = (await create(dave, 'Former')).room;
    const total = async () => (await call(dave, 'GET', `/${id}`)).room.memberTotal;
    assert.equal((await add(dave, id, grace)).status, 200);
    assert.equal((await add(dave, id, heidi)).status, 200);
    assert.equal((await call(heidi, 'GET', `/${id}`)).error?.code, 'NOT_FOUND');
    assert.equal(await total(), 3);
    const socket = await grace.connect();
    await socket.joinRoom({ roomId: id });

    for (const username of ['grace', 'heidi']) {
      const path = `/api/workspaces/${workspaceId}/members`;
      await alice.must('DELETE', path, { username });
    }

    assert.equal((await socket.next('room_left')).reason, 'removed');
    const { message } = await say(dave, id, 'not for grace');
    await socket.settled();
    assert.ok(!JSON.stringify(socket.frames).includes('not for grace'));
    await expectMissing(grace, id, message.id);
    assert.equal(await total(), 1);
    // The owner leaves, too: the longest member follows.
    await add(dave, id, bob);
    await alice.must('DELETE', `/api/workspaces/${workspaceId}/members`, { username: 'dave' });
    assert.equal((await call(bob, 'GET', `/${id}`)).room.role, 'owner');
    await admit('dave');
    assert.equal((await call(dave, 'GET', `/${id}`)).error?.code, 'NOT_FOUND');
    socket.close();
  });

  test('is made of a public one by its owner, and public again, for the others at once', async () => {
    const { room } = await call(dave, 'POST', '', { name: 'Ferns', workspaceId });
    const { id } = room;
    await bob.must('PUT', `/api/rooms/${id}/members/me`);
    const { message } = await say(dave, id, 'quixotic');
    const socket = await bob.connect();
    await socket.joinRoom({ roomId: id });

    assert.equal((await change(bob, id, 'private')).error?.code, 'FORBIDDEN');
    // Neither is in it: it would be out of their own reach.
    for (const by of [olaf, carol]) {
      assert.equal((await change(by, id, 'private')).error?.code, 'FORBIDDEN');
    }
    assert.equal(await found(carol, 'quixotic'), 1);
    assert.equal((await change(dave, id, 'private')).room.visibility, 'private');
    assert.equal((await socket.next('room_changed')).visibility, 'private');
    assert.equal((await listed(bob, id)).length, 3);
    assert.deepEqual(await listed(carol, id), []);
    assert.equal(await found(carol, 'quixotic'), 0);
    await expectMissing(carol, id, message.id);
    await expectMissing(olaf, id, message.id);

    assert.equal((await change(dave, id, 'public')).room.visibility, 'public');
    assert.equal((await listed(carol, id)).length, 3);
    assert.equal(await found(carol, 'quixotic'), 1);
    assert.equal((await call(erin, 'GET', `/${id}`)).error?.code, 'FORBIDDEN');
    assert.deepEqual(await listed(erin, id), []);
    socket.close();
  });
});
