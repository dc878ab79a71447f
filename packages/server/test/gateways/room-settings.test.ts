/** Settings of rooms over HTTP and the native dialect, and what archived rooms and rooms of moderators reject. */
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import type { RoomSettingsPayload } from '@parley/protocol';
import type { Account } from '../support/account.ts';
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
    const rest = { description: '', posting: 'members', archived: false, memberTotal: 1 };
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
      ...[{ topic: 'x'.repeat(251) }, { description: 'x'.repeat(1001) }, { posting: 'guests' }],
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

    const settings = { name: 'New name', topic: '', posting: 'members', archived: false };
    const change = { roomId, ...settings, visibility: 'public' };
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
});
