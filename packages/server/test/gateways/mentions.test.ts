/** Mentions of users who are not in the room: whom they reach, and what the author is told. */
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import type { RoomListEntry } from '@parley/protocol';
import type { Account } from '../support/account.ts';
import { TestServer } from '../support/running-server.ts';
import { Workspace } from '../support/workspace.ts';

interface ActivityEntry {
  readonly kind: string;
  readonly roomId?: string;
  readonly content?: string;
  readonly unread?: boolean;
}

describe('a mention of a user who has not opened the room', () => {
  let server: TestServer;
  let alice: Account;
  let bob: Account;
  let roomId: string;
  before(async () => {
    server = await TestServer.start({ MESSAGE_RATE_MAX: '0', FIRST_ACCOUNT: 'owner' });
    await server.signUp('olaf');
    alice = await server.signUp('alice');
    bob = await server.signUp('bob');
    roomId = await create('town');
  });
  after(() => server.close());

  const create = async (name: string) => {
    const { room } = await alice.must<{ room: { id: string } }>('POST', '/api/rooms', {
      ...{ name, visibility: 'public' },
    });
    return room.id;
  };
  const write = async (by: Account, content: string, to = roomId) => {
    const path = '/api/messages';
    const { notReached } = await by.must<{ notReached?: string[] }>('POST', path, {
      ...{ roomId: to, content },
    });
    return notReached;
  };
  const roomOf = async (who: Account, id = roomId) =>
    (await who.must<{ rooms: RoomListEntry[] }>('GET', '/api/rooms')).rooms.find(
      (room) => room.id === id,
    );
  const mentionsOf = async (who: Account, id = roomId) => {
    const { entries } = await who.must<{ entries: ActivityEntry[] }>('GET', '/api/activity');
    return entries
      .filter((entry) => entry.kind === 'mention' && entry.roomId === id)
      .map(({ content }) => content);
  };

  test('is in the activity, the list of rooms and a notice, as other mentions are', async () => {
    const socket = await bob.connect();

    assert.equal(await write(alice, 'welcome, @Bob'), undefined);

    const notice = await socket.next('room_activity');
    assert.deepEqual([notice.roomId, notice.unreadCount, notice.mentionCount], [roomId, 1, 1]);
    const listed = await roomOf(bob);
    assert.deepEqual([listed?.joined, listed?.unreadCount, listed?.mentionCount], [true, 1, 1]);
    assert.deepEqual(await mentionsOf(bob), ['welcome, @Bob']);
    socket.close();
  });

  test('reaches those who are not connected, and over the socket', async () => {
    const carol = await server.signUp('carol');
    const socket = await alice.connect();
    await socket.joinRoom({ roomId });
    const said = { roomId, content: '@carol, @alice and @nobody' };

    const { notReached } = await socket.ask('chat_message', said, 'message_ack');

    assert.equal(notReached, undefined);
    assert.equal((await roomOf(carol))?.mentionCount, 1);
    const change = await socket.next('membership_changed');
    assert.deepEqual([change.username, change.actorId], ['carol', alice.userId]);
    socket.close();
  });

  test('does not reach a user who has blocked the author, who is not told', async () => {
    const dave = await server.signUp('dave');
    await dave.must('PUT', `/api/blocks/${alice.userId}`);

    assert.equal(await write(alice, '@dave'), undefined);

    assert.deepEqual([await mentionsOf(dave), (await roomOf(dave))?.joined], [[], undefined]);
  });

  test('invites a user who has chosen to be asked first', async () => {
    const erin = await server.signUp('erin');
    await erin.must('PUT', '/api/privacy', { askBeforeStrangers: true });

    assert.equal(await write(alice, '@erin'), undefined);

    assert.equal((await roomOf(erin))?.joined, undefined);
    const path = '/api/invitations';
    const { invitations } = await erin.must<{ invitations: { id: string }[] }>('GET', path);
    assert.equal(invitations[0]?.id, roomId);
    await erin.must('POST', `${path}/${roomId}/accept`);
    assert.deepEqual(await mentionsOf(erin), ['@erin']);
  });

  test('does not reach guests and banned users, of whom the answer tells', async () => {
    const owner = await server.signUp('olaf');
    const [guest, banned] = [await server.signUp('gustav'), await server.signUp('heidi')];
    await owner.must('PATCH', `/api/admin/users/${guest.userId}`, { role: 'guest' });
    await alice.must('PUT', `/api/rooms/${roomId}/bans/${banned.userId}`, {});

    const notReached = await write(alice, '@gustav @heidi @bob');

    assert.deepEqual(notReached, [guest.userId, banned.userId]);
    const again = await server.signUp('gustav');
    assert.deepEqual([await roomOf(again), (await roomOf(banned))?.joined], [undefined, undefined]);
  });

  test('adds nobody if its author may not write', async () => {
    const ivan = await server.signUp('ivan');
    const other = await create('readers');
    await alice.must('PUT', `/api/rooms/${other}/members/${bob.userId}`);
    const untilMs = Date.now() + 60_000;
    await alice.must('PUT', `/api/rooms/${other}/mutes/${bob.userId}`, {
      until: new Date(untilMs).toISOString(),
    });

    const { status } = await bob.call('POST', '/api/messages', { roomId: other, content: '@ivan' });

    assert.deepEqual([status, (await roomOf(ivan, other))?.joined], [403, undefined]);
  });

  test('reaches the members of the workspace of a channel, and nobody else', async () => {
    const [inside, outside] = [await server.signUp('judy'), await server.signUp('kim')];
    const channelId = await (await Workspace.create(alice, 'judy')).createChannel('news');
    const socket = await alice.connect();
    await socket.joinRoom({ roomId: channelId });

    const notReached = await write(alice, '@judy and @kim', channelId);

    assert.deepEqual(notReached, [outside.userId]);
    assert.deepEqual(await mentionsOf(inside, channelId), ['@judy and @kim']);
    assert.deepEqual(await mentionsOf(outside, channelId), []);
    socket.close();
  });
});
