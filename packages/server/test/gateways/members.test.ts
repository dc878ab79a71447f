/** Those who belong to a room, told apart from those who have it open, in each dialect. */
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import type { Account } from '../support/account.ts';
import { TestServer } from '../support/running-server.ts';
import { SocketIoClient } from '../support/socketio-client.ts';
import type { TestSocket } from '../support/test-socket.ts';
import { until } from '../support/wait.ts';

interface Listed {
  readonly members: readonly {
    readonly userId: string;
    readonly username: string;
    readonly displayName?: string;
    readonly role?: string;
    readonly isOnline: boolean;
    readonly status: string;
  }[];
  readonly memberCount: number;
  readonly memberTotal?: number;
  readonly hasMore: boolean;
  readonly next?: string;
}

describe('members of a room', () => {
  let server: TestServer;
  let ann: Account;
  let bob: Account;
  let cid: Account;
  let socket: TestSocket;
  let roomId = '';
  before(async () => {
    server = await TestServer.start();
    [ann, bob, cid] = await Promise.all([
      server.signUp('ann'),
      server.signUp('bob'),
      server.signUp('cid'),
    ]);
    socket = await ann.connect();
    roomId = (await socket.joinRoom({ roomName: 'hall' })).roomId;
    for (const each of [bob, cid]) {
      const joining = await each.connect();
      await joining.joinRoom({ roomId });
      joining.close(1000);
      await joining.closed;
    }
    await until(async () => (await present()).memberCount === 1, 'the others to be gone');
  });
  after(() => server.close());

  const present = () => socket.ask('get_members', { roomId }, 'member_list');
  const over = (account: Account, query = '') =>
    account.must<Listed>('GET', `/api/rooms/${roomId}/members${query}`);
  const names = ({ members }: Listed) => members.map(({ username }) => username);

  test('are listed whether or not they are there, with role and presence', async () => {
    const overHttp = await over(ann);
    const payload = { roomId, scope: 'members' } as const;
    const native = await socket.ask('get_members', payload, 'member_list');

    for (const { members, memberCount, memberTotal, hasMore } of [overHttp, native]) {
      assert.deepEqual([memberCount, memberTotal, hasMore], [1, 3, false]);
      assert.deepEqual(
        members.map(({ username, displayName, role, isOnline }) => [
          username,
          displayName,
          role,
          isOnline,
        ]),
        [
          ['ann', 'ann', 'owner', true],
          ['bob', 'bob', 'member', false],
          ['cid', 'cid', 'member', false],
        ],
      );
    }
  });

  test('are those who have it open, without the scope', async () => {
    const { members, memberTotal } = await present();

    assert.deepEqual([members.map(({ username }) => username), memberTotal], [['ann'], undefined]);
    assert.deepEqual(names(await over(ann, '?scope=present')), ['ann']);
    const error = await socket.ask('get_members', { roomId, q: 'b' }, 'error');
    assert.deepEqual([error.code, error.field], ['VALIDATION_ERROR', 'q']);
  });

  test('are found by the beginnings of the words of their names, in any script', async () => {
    await bob.must('PUT', '/api/profile', { displayName: 'Zoë عمر Löwe' });

    for (const q of ['zoe', 'LÖW', 'عمر', 'b', '@bob', 'löwe zo']) {
      assert.deepEqual(names(await over(ann, `?q=${encodeURIComponent(q)}`)), ['bob'], q);
    }
    assert.deepEqual(names(await over(ann, '?q=ob')), []);
    assert.equal((await over(ann, '?q=ob')).memberTotal, 3);
    const long = await ann.call('GET', `/api/rooms/${roomId}/members?q=${'x'.repeat(300)}`);
    assert.equal(long.status, 400);
  });

  test('are listed in pages', async () => {
    const first = await over(ann, '?limit=2');
    const second = await over(ann, `?limit=2&after=${first.next}`);

    assert.deepEqual([names(first), first.hasMore], [['ann', 'bob'], true]);
    assert.deepEqual([names(second), second.hasMore, second.next], [['cid'], false, undefined]);
    const unknown = `?after=${roomId}`;
    assert.equal((await ann.call('GET', `/api/rooms/${roomId}/members${unknown}`)).status, 400);
  });

  test('are shown to somebody outside without their presence', async () => {
    const outsider = await server.signUp('outsider');

    const { members } = await over(outsider);

    assert.deepEqual(
      members.map(({ isOnline }) => isOnline),
      [false, false, false],
    );
  });

  test('are counted in lists and answers of each dialect, and reported when they change', async () => {
    const total = (rooms: readonly { readonly id: string; readonly memberTotal: number }[]) =>
      rooms.find(({ id }) => id === roomId)?.memberTotal;
    const dan = await server.signUp('dan');
    const socketio = await SocketIoClient.connect(server, 'dan');
    const joined = await socketio.joinRoom(roomId);
    await until(() => socket.ofType('member_total').at(-1)?.memberTotal === 4, 'the join');
    const listed = await socketio.must('room:list');
    const { rooms } = await socket.ask('get_rooms', { own: true }, 'room_list');
    const [resumed] = (await socket.ask('resume', { rooms: [{ roomId }] }, 'resumed')).rooms;
    const welcome = (await bob.connect()).ofType('connection_established')[0];
    assert(resumed !== undefined && !('error' in resumed) && welcome !== undefined);

    assert.deepEqual(
      [
        joined['memberTotal'],
        total(listed['rooms'] as Parameters<typeof total>[0]),
        ...[total(rooms), resumed.memberTotal, total(welcome.rooms)],
      ],
      [4, 4, 4, 4, 4],
    );
    await dan.must('DELETE', `/api/rooms/${roomId}/members/me`);
    await until(() => socket.ofType('member_total').at(-1)?.memberTotal === 3, 'the leave');
  });

  test('join over HTTP without a connection, and may then write', async () => {
    const fay = await server.signUp('fay');
    const post = { roomId, content: 'hello' };
    assert.equal((await fay.call('POST', '/api/messages', post)).status, 403);

    await fay.must('PUT', `/api/rooms/${roomId}/members/me`);
    await fay.must('PUT', `/api/rooms/${roomId}/members/me`);

    await until(() => socket.ofType('member_total').at(-1)?.memberTotal === 4, 'the join');
    await fay.must('POST', '/api/messages', post);
    await until(() => socket.ofType('chat_message').length === 1, 'the message');
    assert.equal((await fay.call('PUT', '/api/rooms/Nowhere/members/me')).status, 404);
    const presence = await fay.must<object>('PUT', '/api/presence', { status: 'busy' });
    assert.deepEqual(presence, {
      ...{ userId: fay.userId, username: 'fay', status: 'offline' },
      ...{ isOnline: false, lastSeen: null },
    });
    await fay.must('DELETE', `/api/rooms/${roomId}/members/me`);
    await until(() => socket.ofType('member_total').at(-1)?.memberTotal === 3, 'the leave');
  });

  test('of a group or a direct room do not show that somebody has blocked', async () => {
    const eve = await server.signUp('eve');
    const { message } = await ann.must<{ message: { conversationId: string } }>(
      'POST',
      '/api/messages',
      {
        recipientId: eve.userId,
        content: 'hello',
      },
    );
    await eve.must('PUT', `/api/blocks/${ann.userId}`);
    const userIds = [eve.userId, cid.userId];
    const group = await socket.ask('create_group', { userIds }, 'group_created');

    for (const [id, expected] of [
      [message.conversationId, ['ann', 'eve']],
      [group.roomId, ['ann', 'cid', 'eve']],
    ] as const) {
      const list = await ann.must<Listed>('GET', `/api/rooms/${id}/members`);
      assert.deepEqual([names(list), list.memberTotal], [expected, expected.length]);
      assert.ok(list.members.every(({ username, isOnline }) => username !== 'eve' || !isOnline));
    }
  });
});
