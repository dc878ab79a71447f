/** Private rooms: who is let in, what others see of them, and how their names and members change. */
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

describe('a private room', () => {
  let server: TestServer;
  let alice: Account;
  let bob: Account;
  let carol: Account;
  before(async () => {
    server = await TestServer.start({ MESSAGE_RATE_MAX: '0' });
    // The first account is the owner of the server, who is not in the rooms.
    await server.signUp('olaf');
    alice = await server.signUp('alice');
    bob = await server.signUp('bob');
    carol = await server.signUp('carol');
  });
  after(() => server.close());

  const call = async (by: Account, method: string, path: string, body?: object) => {
    const response = await by.call(method, `/api/rooms${path}`, body);
    return { status: response.status, ...((await response.json()) as Omit<Answer, 'status'>) };
  };
  const create = async (name: string, more: object = {}) =>
    (await call(alice, 'POST', '', { name, visibility: 'private', ...more })).room;
  const add = async (by: Account, roomId: string, { userId }: Account) =>
    (await by.call('PUT', `/api/rooms/${roomId}/members/${userId}`)).status;
  const listed = async (who: Account, query = '') =>
    (await who.must<{ rooms: RoomListEntry[] }>('GET', `/api/rooms${query}`)).rooms;

  test('is created with its owner as the only member, and is in no list of others', async () => {
    const made = await call(alice, 'POST', '', {
      ...{ name: 'Board', visibility: 'private', topic: 'Every Monday' },
    });

    const { id } = made.room;
    assert.equal(made.status, 201);
    const { name, kind, visibility, topic, memberTotal, role, canManage } = made.room;
    assert.deepEqual(
      { name, kind, visibility, topic, memberTotal, role, canManage },
      {
        ...{ name: 'Board', kind: 'room', visibility: 'private', topic: 'Every Monday' },
        ...{ memberTotal: 1, role: 'owner', canManage: true },
      },
    );
    const own = (await listed(alice)).find((each) => each.id === id);
    assert.deepEqual([own?.visibility, own?.joined], ['private', true]);
    for (const other of [bob, server.signUp('olaf')]) {
      assert.ok((await listed(await other)).every((each) => each.id !== id));
      assert.equal((await call(await other, 'GET', `/${id}`)).error?.code, 'NOT_FOUND');
    }
  });

  test('is found by a part of its name by its members only, as public rooms by all', async () => {
    const { id } = await create('Blue Whale', { topic: 'Krill' });
    await create('whale watching', { visibility: 'public' });
    const namesFor = async (who: Account) =>
      (await listed(who, '?q=wh%C3%A0le')).map(({ name }) => name).sort();

    assert.deepEqual(await namesFor(alice), ['Blue Whale', 'whale watching']);
    assert.deepEqual(await namesFor(bob), ['whale watching']);
    const [own] = (await listed(alice, '?q=whale')).filter((each) => each.id === id);
    const { name, visibility, topic, archived, memberTotal, role } = own ?? {};
    assert.deepEqual(
      { name, visibility, topic, archived, memberTotal, role },
      {
        ...{ name: 'Blue Whale', visibility: 'private', topic: 'Krill' },
        ...{ archived: false, memberTotal: 1, role: 'owner' },
      },
    );
    const [other] = await listed(bob, '?q=watching');
    assert.deepEqual(
      [other?.visibility, other?.topic, other?.archived, other?.role],
      ['public', '', false, undefined],
    );
    // Page by page.
    const found: string[] = [];
    let after: string | undefined;
    do {
      const query = `?q=whale&limit=1${after === undefined ? '' : `&after=${after}`}`;
      const page = await alice.must<{ rooms: RoomListEntry[]; next?: string }>(
        'GET',
        `/api/rooms${query}`,
      );
      found.push(...page.rooms.map((each) => each.name));
      after = page.next;
    } while (after !== undefined);
    assert.deepEqual(found.sort(), ['Blue Whale', 'whale watching']);
    assert.equal((await alice.call('GET', '/api/rooms?q=whale&own=true')).status, 400);
  });

  test('reserves no name, and is not found by its name', async () => {
    const { id } = await create('Plans');
    await add(alice, id, bob);
    assert.notEqual((await create('Plans')).id, id);

    const socket = await carol.connect();
    const joined = await socket.joinRoom({ roomName: 'plans' });
    const mine = await bob.connect();
    const found = await mine.ask('get_history', { roomId: 'plans' }, 'history');
    await mine.joinRoom({ roomId: id });
    const renamed = await call(alice, 'PATCH', `/${id}`, { name: 'plans' });

    assert.notEqual(joined.roomId, id);
    assert.equal((await call(carol, 'GET', `/${joined.roomId}`)).room.role, 'owner');
    assert.equal(found.roomId, joined.roomId);
    assert.deepEqual([renamed.status, renamed.room.name], [200, 'plans']);
    // The name of an open room that is private leads to the public one as well.
    assert.equal((await mine.joinRoom({ roomName: 'plans' })).roomId, joined.roomId);
    for (const name of [' ', 'two\nlines', 'оthеr']) {
      const rejected = await call(alice, 'PATCH', `/${id}`, { name });
      assert.deepEqual([name, rejected.error?.code], [name, 'VALIDATION_ERROR']);
    }
    socket.close();
    mine.close();
  });

  test('is opened by its owner to users, who see it at once', async () => {
    const { id: roomId } = await create('Team');
    const [ofAlice, ofBob] = [await alice.connect(), await bob.connect()];
    await ofAlice.joinRoom({ roomId });

    assert.equal(await add(bob, roomId, carol), 404);
    assert.equal(await add(alice, roomId, bob), 200);
    assert.equal((await ofBob.next('room_activity')).roomId, roomId);
    const change = await ofAlice.next('membership_changed');
    assert.deepEqual([change.change, change.actorId], ['joined', alice.userId]);
    assert.equal(await add(bob, roomId, carol), 403);
    await ofBob.joinRoom({ roomId });
    await ofAlice.sendMessage({ roomId, content: 'welcome' });
    assert.equal((await ofBob.next('chat_message')).content, 'welcome');
    assert.equal((await call(alice, 'GET', `/${roomId}`)).room.memberTotal, 2);
    ofAlice.close();
    ofBob.close();
  });

  test('is joined with a link of its owner, and of nobody else', async () => {
    const { id: roomId } = await create('Linked');
    await add(alice, roomId, bob);
    const invite = (by: Account) => by.call('POST', '/api/invites', { roomIds: [roomId] });

    assert.equal((await invite(carol)).status, 404);
    assert.equal((await invite(bob)).status, 403);
    const answer = (await (await invite(alice)).json()) as { invite: { token: string } };
    const { token } = answer.invite;
    const accepted = await carol.must<{ rooms: { id: string }[] }>('POST', '/api/invites/accept', {
      token,
    });

    assert.deepEqual(
      accepted.rooms.map(({ id }) => id),
      [roomId],
    );
    assert.equal((await call(carol, 'GET', `/${roomId}`)).room.role, 'member');
  });

  test('is gone for a member who is removed, in every dialect', async () => {
    const { id: roomId } = await create('Former');
    await add(alice, roomId, carol);
    const native = await carol.connect();
    const [socketio, channels] = [
      await SocketIoClient.connect(server, 'carol'),
      await FlatClient.connectAs(server, carol),
    ];
    await native.joinRoom({ roomId });
    await socketio.joinRoom(roomId);
    await channels.joinChannel(roomId);

    const path = `/${roomId}/members/${carol.userId}`;
    assert.equal((await call(alice, 'DELETE', path)).status, 200);
    assert.equal((await native.next('room_left')).reason, 'removed');
    const ofAlice = await alice.connect();
    await ofAlice.joinRoom({ roomId });
    await ofAlice.sendMessage({ roomId, content: 'not for carol' });
    await native.settled();
    await channels.settled();
    await socketio.must('room:list');

    const received = [native.frames, channels.frames, socketio.received];
    assert.ok(!JSON.stringify(received).includes('not for carol'));
    assert.equal((await native.ask('join_room', { roomId }, 'error')).code, 'NOT_FOUND');
    assert.equal((await call(carol, 'GET', `/${roomId}`)).error?.code, 'NOT_FOUND');
    assert.ok((await listed(carol)).every(({ id }) => id !== roomId));
    for (const client of [native, channels, socketio, ofAlice]) client.close();
  });

  test('has the longest member as its owner after its owner has left', async () => {
    const { id: roomId } = await create('Left');
    await add(alice, roomId, carol);
    await add(alice, roomId, bob);

    assert.equal((await call(alice, 'DELETE', `/${roomId}/members/me`)).status, 200);

    assert.equal((await call(carol, 'GET', `/${roomId}`)).room.role, 'owner');
    assert.equal((await call(alice, 'GET', `/${roomId}`)).error?.code, 'NOT_FOUND');
  });

  test('is made public by its owner, and a public room private, for those outside at once', async () => {
    const { room } = await call(alice, 'POST', '', { name: 'Atrium', topic: 'old' });
    const { id: roomId } = room;
    const [mine, member] = [await alice.connect(), await bob.connect()];
    const outsider = await carol.connect();
    for (const socket of [mine, member]) await socket.joinRoom({ roomId });
    const { id: messageId } = await mine.sendMessage({ roomId, content: 'xylograph' });
    const change = (by: Account, visibility: string, more: object = {}) =>
      call(by, 'PATCH', `/${roomId}`, { visibility, ...more });
    const found = async () => {
      const path = '/api/search?q=xylograph';
      return (await carol.must<{ results: unknown[] }>('GET', path)).results.length;
    };

    assert.equal((await change(bob, 'private')).error?.code, 'FORBIDDEN');
    await call(alice, 'PUT', `/${roomId}/members/${bob.userId}`, { role: 'moderator' });
    assert.equal((await change(bob, 'private')).error?.code, 'FORBIDDEN');
    assert.equal((await change(alice, 'public')).room.visibility, 'public');
    assert.equal(await found(), 1);
    const hidden = await change(alice, 'private', { topic: 'new' });
    assert.deepEqual(
      [hidden.status, hidden.room.visibility, hidden.room.topic, hidden.room.memberTotal],
      [200, 'private', 'new', 2],
    );
    const seen = [await member.next('room_changed'), await member.next('room_changed')];
    assert.deepEqual(
      seen.map((frame) => frame.visibility),
      ['public', 'private'],
    );
    assert.equal(await found(), 0);
    assert.equal(
      (await listed(carol)).some(({ id }) => id === roomId),
      false,
    );
    await assertMissing(outsider, { room: roomId, message: messageId });
    // The name is free: a public room with it keeps the other one private.
    const { room: other } = await call(carol, 'POST', '', { name: 'atrium' });
    const taken = await change(alice, 'public');
    assert.deepEqual(
      [taken.status, taken.error?.code, taken.error?.field],
      [409, 'CONFLICT', 'name'],
    );
    assert.equal((await call(alice, 'GET', `/${roomId}`)).room.visibility, 'private');
    await call(carol, 'PATCH', `/${other.id}`, { name: 'elsewhere' });
    assert.equal((await change(alice, 'public')).room.visibility, 'public');
    assert.equal(await found(), 1);
    assert.equal((await outsider.joinRoom({ roomName: 'atrium' })).roomId, roomId);
    for (const socket of [mine, member, outsider]) socket.close();
  });

  test('shows no block: who has blocked the author looks like a member, and learns nothing', async () => {
    const [dave, erin] = [await server.signUp('dave'), await server.signUp('erin')];
    await dave.must('PUT', `/api/blocks/${alice.userId}`);
    await erin.must('PUT', '/api/privacy', { askBeforeStrangers: true });
    const ofDave = await dave.connect();
    const { id: roomId } = await create('Blocked');

    assert.equal(await add(alice, roomId, dave), 200);
    assert.equal(await add(alice, roomId, erin), 202);
    assert.equal(await add(alice, roomId, carol), 200);

    const namesOf = async (query: string) =>
      (
        await alice.must<{ members: { username: string }[]; hasMore: boolean }>(
          ...['GET', `/api/rooms/${roomId}/members${query}`],
        )
      ).members.map(({ username }) => username);
    assert.deepEqual(await namesOf(''), ['alice', 'carol', 'dave', 'erin']);
    assert.deepEqual(await namesOf('?limit=3'), ['alice', 'carol', 'dave']);
    assert.deepEqual(await namesOf(`?limit=3&after=${dave.userId}`), ['erin']);
    assert.deepEqual(await namesOf('?q=da'), ['dave']);
    assert.equal((await call(alice, 'GET', `/${roomId}`)).room.memberTotal, 4);
    assert.equal((await call(dave, 'GET', `/${roomId}`)).error?.code, 'NOT_FOUND');
    assert.deepEqual(
      (await ofDave.settled()).filter(({ payload }) => JSON.stringify(payload).includes(roomId)),
      [],
    );
    const { invitations } = await erin.must<{ invitations: { id: string; name: string }[] }>(
      'GET',
      '/api/invitations',
    );
    assert.equal(invitations[0]?.name, 'Blocked');
    await erin.must('POST', `/api/invitations/${roomId}/accept`);
    assert.equal((await call(erin, 'GET', `/${roomId}`)).room.memberTotal, 4);
    ofDave.close();
  });

  test('tells who mentions a user outside that the mention reaches nobody', async () => {
    const { id: roomId } = await create('Mentions');
    await add(alice, roomId, bob);
    const socket = await alice.connect();
    await socket.joinRoom({ roomId });
    const send = (content: string) =>
      socket.ask('chat_message', { roomId, content }, 'message_ack');

    const mixed = await send('@bob and @Carol-, and @nobody, and @carol again');
    const inside = await send('@bob, @alice and a@carol.example');
    const everyone = await send('@everyone');
    const posted = await alice.must<{ notReached?: string[] }>('POST', '/api/messages', {
      ...{ roomId, content: 'over HTTP, @carol' },
    });
    const { roomId: open } = await socket.joinRoom({ roomName: 'open mentions' });
    const toOpen = { roomId: open, content: '@carol' };
    const inPublic = await socket.ask('chat_message', toOpen, 'message_ack');

    assert.deepEqual(
      [mixed, inside, everyone, posted, inPublic].map(({ notReached }) => notReached),
      [[carol.userId], undefined, undefined, [carol.userId], undefined],
    );
    const activity = await carol.must<{ activity: unknown[] }>('GET', '/api/activity');
    assert.ok(!JSON.stringify(activity).includes(roomId));
    socket.close();
  });
});
