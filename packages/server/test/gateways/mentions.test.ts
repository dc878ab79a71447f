/** Mentions of users who are not in the room: whom they reach, and what the author is told. */
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import type { RoomListEntry } from '@parley/protocol';
import type { Account } from '../support/account.ts';
import { TestServer } from '../support/running-server.ts';
import { until } from '../support/wait.ts';
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

  describe('by an edit', () => {
    let people = 0;
    const newPerson = () => {
      people += 1;
      return server.signUp(`person-${people}`);
    };
    const say = async (content: string, to = roomId) => {
      const said = { roomId: to, content };
      const { message } = await alice.must<{ message: { id: string; sequence: number } }>(
        ...(['POST', '/api/messages', said] as const),
      );
      return message;
    };
    const edit = (by: Account, messageId: string, content: string, to = roomId) =>
      by.call('PATCH', `/api/rooms/${to}/messages/${messageId}`, { content });
    const read = async (who: Account, sequence: number) => {
      await who.must('PUT', `/api/rooms/${roomId}/read`, { sequence });
    };

    test('reaches those whom it mentions first, as a new message does', async () => {
      const [online, offline] = [await newPerson(), await newPerson()];
      const socket = await online.connect();
      const { id, sequence } = await say('lunch');
      await say('later');

      const content = `lunch, @${online.username} and @${offline.username}`;
      const answer = await edit(alice, id, content);

      assert.equal(answer.status, 200);
      assert.equal(((await answer.json()) as { notReached?: string[] }).notReached, undefined);
      await until(
        () => socket.ofType('room_activity').at(-1)?.mentionCount === 1,
        'the notice of the mention',
      );
      for (const who of [online, offline]) {
        const listed = await roomOf(who);
        assert.deepEqual([listed?.joined, listed?.unreadCount, listed?.mentionCount], [true, 2, 1]);
        assert.equal(listed?.firstUnreadSequence, sequence);
        assert.deepEqual(await mentionsOf(who), [content]);
      }
      socket.close();
    });

    test('tells those who were mentioned before nothing again, and lets nobody in twice', async () => {
      const [stays, leaves] = [await newPerson(), await newPerson()];
      const names = `@${stays.username} @${leaves.username}`;
      const { id, sequence } = await say(names);
      await read(stays, sequence);
      await leaves.must('DELETE', `/api/rooms/${roomId}/members/me`);

      const late = await newPerson();
      assert.equal((await edit(alice, id, `${names} @${late.username}`)).status, 200);

      assert.deepEqual(
        [(await roomOf(stays))?.mentionCount, (await roomOf(leaves))?.joined],
        [0, undefined],
      );
      assert.equal((await roomOf(late))?.mentionCount, 1);
    });

    test('reaches the members of the workspace of a channel', async () => {
      const [inside, outside] = [await newPerson(), await newPerson()];
      const workspace = await Workspace.create(alice, inside.username);
      const channelId = await workspace.createChannel('talk');
      await alice.must('PUT', `/api/rooms/${channelId}/members/me`);
      const { id } = await say('hello', channelId);

      const content = `hello @${inside.username} @${outside.username}`;
      const answer = await edit(alice, id, content, channelId);

      const { notReached } = (await answer.json()) as { notReached?: string[] };
      assert.deepEqual(notReached, [outside.userId]);
      assert.equal((await roomOf(inside, channelId))?.mentionCount, 1);
      assert.deepEqual(await mentionsOf(inside, channelId), [content]);
    });

    test('takes the mention back without the name; the user stays in the room', async () => {
      const person = await newPerson();
      const { id } = await say('tea');
      await edit(alice, id, `tea, @${person.username}`);
      assert.equal((await roomOf(person))?.mentionCount, 1);

      await edit(alice, id, 'tea');

      const listed = await roomOf(person);
      assert.deepEqual([listed?.joined, listed?.mentionCount], [true, 0]);
      assert.deepEqual(await mentionsOf(person), []);
    });

    test('adds nobody if it is rejected', async () => {
      const person = await newPerson();
      const { id } = await say('mine');
      await say(`for @${bob.username}`);
      const poll = { type: 'poll', option1: 'tea', option2: 'coffee' };
      const asked = await alice.must<{ message: { id: string } }>('POST', '/api/messages', {
        ...{ roomId, content: 'what?', attachments: [poll] },
      });
      const gone = await say('gone');
      await alice.must('DELETE', `/api/rooms/${roomId}/messages/${gone.id}`);

      const statuses = await Promise.all([
        edit(bob, id, `@${person.username}`).then(({ status }) => status),
        edit(alice, asked.message.id, `@${person.username}`).then(({ status }) => status),
        edit(alice, gone.id, `@${person.username}`).then(({ status }) => status),
      ]);

      assert.deepEqual(statuses, [403, 403, 404]);
      assert.equal((await roomOf(person))?.joined, undefined);
    });

    test('tells its author whom it does not reach', async () => {
      const person = await newPerson();
      const { room } = await alice.must<{ room: { id: string } }>('POST', '/api/rooms', {
        ...{ name: 'behind doors', visibility: 'private' },
      });
      const { id } = await say('secret', room.id);

      const answer = await edit(alice, id, `@${person.username}`, room.id);

      const { notReached } = (await answer.json()) as { notReached?: string[] };
      assert.deepEqual(notReached, [person.userId]);
      assert.equal(await roomOf(person, room.id), undefined);
    });
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
