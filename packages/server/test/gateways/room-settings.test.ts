/** Settings of rooms over HTTP and the native dialect, and what archived rooms and rooms of moderators reject. */
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import type { RoomSettingsPayload } from '@parley/protocol';
import type { Account } from '../support/account.ts';
import { OPEN_TO_MEMBERS } from '../support/records.ts';
import { TestServer } from '../support/running-server.ts';

interface Answer {
  readonly status: number;
  readonly room: RoomSettingsPayload;
  readonly error?: { readonly code: string; readonly message: string; readonly field?: string };
}

describe('the settings of rooms', () => {
  let server: TestServer;
  let alice: Account;
  let bob: Account;
  let carol: Account;
  before(async () => {
    server = await TestServer.start({ MESSAGE_RATE_MAX: '0' });
    for (const name of ['alice', 'bob', 'carol']) await server.register(name);
    [alice, bob, carol] = [
      await server.login('alice'),
      await server.login('bob'),
      await server.login('carol'),
    ];
  });
  after(() => server.close());

  const call = async (
    who: Account,
    method: string,
    path: string,
    body?: object,
  ): Promise<Answer> => {
    const response = await who.call(method, `/api/rooms${path}`, body);
    return { status: response.status, ...((await response.json()) as Omit<Answer, 'status'>) };
  };
  const create = async (name: string, more: object = {}) =>
    (await call(alice, 'POST', '', { name, ...more })).room;
  /** A room with alice as its owner, and bob; both have it open. */
  const openRoom = async (name: string) => {
    const { id: roomId } = await create(name);
    const sockets = { alice: await alice.connect(), bob: await bob.connect() };
    for (const socket of Object.values(sockets)) await socket.joinRoom({ roomId });
    const sent = await sockets.bob.sendMessage({ roomId, content: 'before' });
    const close = () => {
      for (const socket of Object.values(sockets)) socket.close();
    };
    return { roomId, messageId: sent.id, ...sockets, close };
  };

  test('are those of a new room, which has an owner and is kept', async () => {
    const topic = 'Every week';
    const made = await call(alice, 'POST', '', { name: 'News', visibility: 'public', topic });

    const { id } = made.room;
    const shown = { id, name: 'News', kind: 'room', visibility: 'public', topic };
    const rest = {
      ...{ description: '', slowModeSeconds: 0, ...OPEN_TO_MEMBERS },
      ...{ archived: false, memberTotal: 1 },
    };
    assert.equal(made.status, 201);
    const rights = { canManage: true, canGiveRoles: true, canDelete: true };
    assert.deepEqual(made.room, { ...shown, ...rest, role: 'owner', ...rights });
    assert.deepEqual((await call(bob, 'GET', `/${id}`)).room, { ...shown, ...rest });
    const taken = await call(bob, 'POST', '', { name: 'NEWS' });
    assert.deepEqual(
      [taken.status, taken.error?.code, taken.error?.field],
      [409, 'CONFLICT', 'name'],
    );
  });

  test('reject names and texts that no room may have', async () => {
    const { id } = await create('Plain');
    await create('Other');
    const codeOf = async (change: object) =>
      (await call(alice, 'PATCH', `/${id}`, change)).error?.code;

    assert.equal(await codeOf({ name: 'other' }), 'CONFLICT');
    for (const change of [
      ...[
        { name: ' ' },
        { name: 'temp-x' },
        { name: 'two\nlines' },
        { name: id },
        { name: 'оthеr' },
      ],
      ...[
        { topic: 'x'.repeat(251) },
        { description: 'x'.repeat(1001) },
        { posting: 'guests' },
        { pinning: 'x' },
      ],
      ...[{ slowModeSeconds: 4 }, { slowModeSeconds: 21_601 }, { slowModeSeconds: 7.5 }],
    ]) {
      assert.match(
        (await codeOf(change)) ?? '',
        /VALIDATION_ERROR|NOT_FOUND|CONFLICT/,
        JSON.stringify(change),
      );
    }
    assert.equal((await call(bob, 'PATCH', `/${id}`, { topic: 'mine' })).error?.code, 'FORBIDDEN');
    assert.equal((await call(alice, 'GET', `/${id}`)).room.name, 'Plain');
  });

  test('have a new name everywhere at once, and the old name is free', async () => {
    const { roomId, messageId, alice: owner, bob: member, close } = await openRoom('Old name');

    await owner.ask('update_room', { roomId, name: 'New name' }, 'room_settings');

    const settings = { name: 'New name', topic: '', archived: false };
    const change = {
      roomId,
      ...settings,
      ...OPEN_TO_MEMBERS,
      slowModeSeconds: 0,
      visibility: 'public',
    };
    assert.deepEqual(await member.next('room_changed'), change);
    const late = await carol.connect();
    assert.equal((await late.joinRoom({ roomName: 'new-name' })).roomId, roomId);
    assert.notEqual((await create('Old name')).id, roomId);
    // Also for those who have the renamed room open.
    const [other] = await Promise.all([
      member.ask('get_history', { roomId: 'old-name' }, 'history'),
    ]);
    assert.notEqual(other.roomId, roomId);
    const linked = await member.ask('get_history', { roomId, after: messageId }, 'history');
    assert.equal(linked.roomId, roomId);
    late.close();
    close();
  });

  test('of an archived room let everybody read, and nobody write or join', async () => {
    const { roomId, messageId, alice: owner, bob: member, close } = await openRoom('Done');

    assert.equal((await call(bob, 'POST', `/${roomId}/archive`)).error?.code, 'FORBIDDEN');
    assert.equal((await call(alice, 'POST', `/${roomId}/archive`)).room.archived, true);

    assert.equal((await member.next('room_changed')).archived, true);
    const late = await carol.connect();
    const about = { roomId, messageId };
    for (const [socket, type, payload] of [
      [owner, 'chat_message', { roomId, content: 'after' }],
      [member, 'edit_message', { ...about, content: 'after' }],
      [member, 'add_reaction', { ...about, emoji: '👍' }],
      [member, 'pin_message', about],
      [member, 'user_typing', { roomId, isTyping: true }],
      [owner, 'set_topic', { roomId, topic: 'after' }],
      [owner, 'update_room', { roomId, name: 'after' }],
      [late, 'join_room', { roomId }],
    ] as const) {
      const answer = await socket.ask(type, payload);
      assert.equal((answer as { code?: string }).code, 'FORBIDDEN', type);
    }
    const sent = await bob.call('POST', '/api/messages', { roomId, content: 'after' });
    assert.equal(sent.status, 403);
    const history = await late.ask('get_history', { roomId }, 'history');
    assert.deepEqual(
      history.messages.map(({ content }) => content),
      ['before'],
    );
    const isListed = async (socket: typeof late) => {
      const { rooms } = await socket.ask('get_rooms', { limit: 200 }, 'room_list');
      return rooms.find(({ id }) => id === roomId)?.archived;
    };
    assert.deepEqual([await isListed(member), await isListed(late)], [true, undefined]);

    assert.equal((await call(alice, 'POST', `/${roomId}/unarchive`)).room.archived, false);
    await member.sendMessage({ roomId, content: 'again' });
    late.close();
    close();
  });

  test('of a room of moderators let other members read and react only', async () => {
    const { roomId, messageId, alice: owner, bob: member, close } = await openRoom('Announcements');

    await owner.ask('update_room', { roomId, posting: 'moderators' }, 'room_settings');

    assert.equal((await member.next('room_changed')).posting, 'moderators');
    for (const [type, payload] of [
      ['chat_message', { roomId, content: 'after' }],
      ['edit_message', { roomId, messageId, content: 'after' }],
      ['pin_message', { roomId, messageId }],
    ] as const) {
      const answer = await member.ask(type, payload);
      assert.equal((answer as { code?: string }).code, 'FORBIDDEN', type);
    }
    await member.ask('add_reaction', { roomId, messageId, emoji: '👍' }, 'message_ack');
    await owner.sendMessage({ roomId, content: 'News' });
    close();
  });

  test('leave pins, invitations and mentions of everyone to moderators', async () => {
    const { roomId, messageId, alice: owner, bob: member, close } = await openRoom('Quiet');
    const all = { pinning: 'moderators', inviting: 'moderators', mentioningAll: 'moderators' };
    const path = `/api/rooms/${roomId}/members/${carol.userId}`;
    const explained = async (command: string): Promise<string> => {
      const query = new URLSearchParams({ userId: bob.userId, command });
      const answer = await alice.call('GET', `/api/rooms/${roomId}/explain?${query}`);
      return ((await answer.json()) as { reason: string }).reason;
    };
    const invite = async (who: Account) =>
      (await who.call('POST', '/api/invites', { roomIds: [roomId] })).status;
    const link = await bob.must<{ invite: { token: string } }>('POST', '/api/invites', {
      roomIds: [roomId],
    });

    const { room } = await owner.ask('update_room', { roomId, ...all }, 'room_settings');

    assert.deepEqual({ ...room, ...all, posting: 'members' }, room);
    const changed = await member.next('room_changed');
    assert.deepEqual({ ...changed, ...all }, changed);
    const { rooms } = await member.ask('get_rooms', { limit: 200 }, 'room_list');
    const listed = rooms.find(({ id }) => id === roomId);
    assert.deepEqual({ ...listed, ...all }, listed);
    for (const [type, payload] of [
      ['pin_message', { roomId, messageId }],
      ['unpin_message', { roomId, messageId }],
      ['chat_message', { roomId, content: 'lunch, @everyone' }],
      ['edit_message', { roomId, messageId, content: 'lunch, @room' }],
    ] as const) {
      const answer = await member.ask(type, payload);
      assert.equal((answer as { code?: string }).code, 'FORBIDDEN', type);
    }
    assert.equal((await bob.call('PUT', path)).status, 403);
    assert.equal(await invite(bob), 403);
    // The right of its creator is checked again.
    const { token } = link.invite;
    assert.equal((await carol.call('POST', '/api/invites/accept', { token })).status, 404);
    const sent = await bob.must<{ notReached?: string[] }>('POST', '/api/messages', {
      ...{ roomId, content: 'hello @carol' },
    });
    assert.deepEqual(sent.notReached, [carol.userId]);
    assert.match(await explained('pin_message'), /^Row pin-messages: .* bob is member of the/);
    assert.match(await explained('createInvite'), /^Row let-in: /);
    assert.match(
      await explained('chat_message'),
      /^Without mentions of everyone\. Row mention-everyone: /,
    );

    await owner.ask('pin_message', { roomId, messageId }, 'message_ack');
    await owner.sendMessage({ roomId, content: 'lunch, @everyone' });
    assert.equal(await invite(alice), 201);
    assert.equal((await alice.call('PUT', path)).status, 200);
    const open = { pinning: 'members', inviting: 'members', mentioningAll: 'members' };
    await owner.ask('update_room', { roomId, ...open }, 'room_settings');
    await member.ask('unpin_message', { roomId, messageId }, 'message_ack');
    await member.sendMessage({ roomId, content: 'lunch, @everyone' });
    assert.equal(await invite(bob), 201);
    close();
  });

  test('let members of a private room invite only if that is chosen for it', async () => {
    const { id: roomId } = await create('Board', { visibility: 'private' });
    const invite = async () =>
      (await bob.call('POST', '/api/invites', { roomIds: [roomId] })).status;
    const change = async (about: object) => (await call(alice, 'PATCH', `/${roomId}`, about)).room;
    await alice.must('PUT', `/api/rooms/${roomId}/members/${bob.userId}`);
    assert.equal(await invite(), 403);

    assert.equal((await change({ inviting: 'members' })).inviting, 'members');
    assert.equal(await invite(), 201);

    // A room that becomes private is not open to whom its members bring.
    await change({ visibility: 'public' });
    assert.equal((await change({ visibility: 'private' })).inviting, 'moderators');
    assert.equal(await invite(), 403);
  });
});
