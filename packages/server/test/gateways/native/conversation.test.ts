import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { OPEN_TO_MEMBERS } from '../../support/records.ts';
import { TestServer } from '../../support/running-server.ts';
import type { TestSocket } from '../../support/test-socket.ts';

describe('the native dialect', () => {
  let server: TestServer;
  before(async () => {
    server = await TestServer.start();
  });
  after(() => server.close());

  /** A separate room for each test. */
  async function lobby(name: string, ...people: string[]): Promise<TestSocket[]> {
    const sockets: TestSocket[] = [];
    for (const person of people) {
      const socket = await server.connect(person);
      await socket.joinRoom({ roomName: name });
      sockets.push(socket);
    }
    for (const socket of sockets) await socket.settled();
    return sockets;
  }

  test('greets with the user, the time, and the rooms of the memberships', async () => {
    const [first] = await lobby('greeting', 'greta');
    await first?.sendMessage({ content: 'hello' });
    const { token } = await server.login('greta');

    const again = server.open(token);
    const welcome = await again.next('connection_established');

    assert.match(welcome.connectionId, /^[0-9a-f-]{36}$/);
    assert.equal(welcome.user.username, 'greta');
    assert.match(welcome.serverTime, /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/);
    const [room] = welcome.rooms;
    assert.deepEqual(
      { name: room?.name, kind: room?.kind, head: room?.headSequence, unread: room?.unreadCount },
      { name: 'greeting', kind: 'room', head: 1, unread: 0 },
    );
    assert.equal(again.frames[0]?.type, 'connection_established');
    first?.close();
    again.close();
  });

  test('delivers the messages of two users with equal order and sequence on both sides', async () => {
    const [alice, bob] = await lobby('talk', 'alice', 'bob');
    assert(alice !== undefined && bob !== undefined);

    const acks = [];
    for (const [who, content] of [
      [alice, 'hi bob'],
      [bob, 'hi alice'],
      [alice, 'how are you?'],
    ] as const) {
      acks.push(await who.sendMessage({ content }));
    }

    assert.deepEqual(
      acks.map(({ sequence }) => sequence),
      [1, 2, 3],
    );
    const [told] = bob.ofType('chat_message');
    assert.deepEqual(
      { ...told, id: undefined, roomId: undefined, userId: undefined, timestamp: undefined },
      {
        content: 'hi bob',
        sender: 'alice',
        sequence: 1,
        id: undefined,
        roomId: undefined,
        userId: undefined,
        timestamp: undefined,
      },
    );
    assert.equal(told?.id, acks[0]?.id);
    assert.equal(told?.timestamp, acks[0]?.timestamp);
    await alice.settled();
    assert.deepEqual(
      alice.ofType('chat_message').map(({ content }) => content),
      ['hi alice'],
    );
  });

  test('answers a frame under its id, and timestamps every frame', async () => {
    const [alice] = await lobby('ids', 'alice');

    alice?.send('ping', 'test', { id: 'mine' });
    await alice?.next('pong');

    const pong = alice?.frames.find(({ type }) => type === 'pong');
    assert(pong !== undefined);
    assert.match(pong.timestamp, /Z$/);
    assert(alice?.frames.some(({ replyTo }) => replyTo === 'mine'));
  });

  test('answers under an empty id too', async () => {
    const [alice] = await lobby('empty-id', 'alice');

    alice?.send('ping', {}, { id: '' });
    await alice?.next('pong');

    assert(alice?.frames.some(({ replyTo }) => replyTo === ''));
  });

  test('ignores a sender, an id and a time set by the client', async () => {
    const [alice, bob] = await lobby('forged', 'alice', 'bob');

    alice?.send('chat_message', {
      content: 'it was bob',
      sender: 'bob',
      id: 'mine',
      timestamp: '1999-01-01T00:00:00.000Z',
      sequence: 99,
    });

    const told = await bob?.next('chat_message');
    assert.equal(told?.sender, 'alice');
    assert.equal(told?.sequence, 1);
    assert.notEqual(told?.id, 'mine');
    assert.doesNotMatch(told?.timestamp ?? '', /1999/);
  });

  test('delivers markup as plain text', async () => {
    const content = '<img src=x onerror="alert(1)"> & \' "';
    const [alice, bob] = await lobby('markup', 'alice', 'bob');

    alice?.send('chat_message', { content });

    assert.equal((await bob?.next('chat_message'))?.content, content);
  });

  test('runs the commands of one connection in their order without waiting for answers', async () => {
    const socket = await server.connect('petra');

    socket.send('join_room', { roomName: 'pipelined' });
    socket.send('chat_message', { content: 'one' });
    socket.send('chat_message', { content: 'two' });
    const first = await socket.next('message_ack');
    const second = await socket.next('message_ack');

    assert.deepEqual([first.sequence, second.sequence], [1, 2]);
  });

  test('removes a reaction that is written without its variation selector, in its turn', async () => {
    const socket = await server.connect('petra');
    const { roomId } = await socket.joinRoom({ roomName: 'hearts' });
    const { id: messageId } = await socket.sendMessage({ content: 'hello' });
    const about = { roomId, messageId };

    socket.send('remove_reaction', { ...about, emoji: '\u2764' });
    socket.send('add_reaction', { ...about, emoji: '\u2764\ufe0f' });
    for (const _ of [1, 2]) await socket.next('message_ack');
    const page = await socket.ask('get_history', { roomId }, 'history');

    assert.deepEqual(
      page.messages[0]?.reactions?.map(({ emoji }) => emoji),
      ['\u2764\ufe0f'],
    );
  });

  test('lists rooms with their member counts, in pages', async () => {
    const [alice] = await lobby('listed-1', 'alice');
    await lobby('listed-2', 'alice');

    const all = await alice?.ask('get_rooms', {}, 'room_list');
    const first = await alice?.ask('get_rooms', { limit: 1 }, 'room_list');
    const rest = await alice?.ask(
      'get_rooms',
      { after: first?.rooms[0]?.id, limit: 200 },
      'room_list',
    );

    const listed = all?.rooms.find(({ name }) => name === 'listed-1');
    assert.equal(listed?.memberCount, 1);
    assert.equal(first?.hasMore, true);
    assert.equal((rest?.rooms.length ?? 0) + 1, all?.rooms.length);
  });

  test('opens a room by its name without creating it, if the client requests that', async () => {
    const [alice] = await lobby('existing', 'alice');
    const bob = await server.connect('bob');
    const join = { roomName: 'Existing', create: false };

    const joined = await bob.joinRoom(join);
    assert.equal(joined.roomId, alice?.ofType('room_joined')[0]?.roomId);
    for (const field of ['roomName', 'roomId']) {
      const missing = { [field]: 'mistyped', create: false };
      const { code } = await bob.ask('join_room', missing, 'error');
      assert.equal(code, 'NOT_FOUND');
    }

    const { rooms } = await bob.ask('get_rooms', { limit: 200 }, 'room_list');
    assert.equal(
      rooms.some(({ name }) => name === 'mistyped'),
      false,
    );
    bob.close(1000);
    await bob.closed;
  });

  test('lists which rooms a user has joined, and the other person of a direct room', async () => {
    const [milo] = await lobby('not-joined', 'milo');
    const [nina] = await lobby('joined', 'nina');
    await nina?.sendMessage({ content: 'hello' });
    await milo?.ask('direct_message', { recipient: 'nina', content: 'psst' }, 'message_ack');

    const all = await nina?.ask('get_rooms', { limit: 200 }, 'room_list');
    const own = await nina?.ask('get_rooms', { own: true }, 'room_list');

    const listed = (name: string) => all?.rooms.find((room) => room.name === name);
    assert.deepEqual([listed('joined')?.joined, listed('joined')?.headSequence], [true, 1]);
    const foreign = listed('not-joined');
    assert(foreign !== undefined && !('joined' in foreign) && !('headSequence' in foreign));
    const direct = listed('milo');
    assert.deepEqual(
      [direct?.kind, direct?.unreadCount, direct?.person?.username, direct?.person?.status],
      ['direct', 1, 'milo', 'online'],
    );
    assert.deepEqual(
      own?.rooms.map(({ name, headSequence }) => [name, headSequence]),
      [
        ['milo', 1],
        ['joined', 1],
      ],
    );

    milo?.close(1000);
    await milo?.closed;
    while ((await nina?.next('presence_update'))?.status !== 'offline');
    const { rooms } = (await nina?.ask('get_rooms', { own: true }, 'room_list')) ?? { rooms: [] };
    assert.equal(rooms[0]?.person?.status, 'offline');
  });

  test('lists no presence of the other person while there is a block', async () => {
    const [blocker, blocked] = await lobby('blocks', 'otto', 'paula');
    await blocked?.ask('direct_message', { recipient: 'otto', content: 'hello' }, 'message_ack');
    const personIn = async (socket: TestSocket | undefined) => {
      const answer = await socket?.ask('get_rooms', { own: true }, 'room_list');
      const person = answer?.rooms.find(({ kind }) => kind === 'direct')?.person;
      return [person?.status, person?.lastSeen];
    };
    assert.equal((await personIn(blocked))[0], 'online');

    const { token } = await server.login('otto');
    const { userId } = (await blocker?.next('chat_message')) ?? {};
    const headers = { authorization: `Bearer ${token}` };
    const put = await fetch(`${server.url}/api/blocks/${userId}`, { method: 'PUT', headers });
    assert.equal(put.status, 200);

    assert.equal((await blocker?.next('room_left'))?.reason, 'left');
    assert.deepEqual(await personIn(blocked), ['offline', null]);
    assert.deepEqual(await personIn(blocker), [undefined, undefined]);
  });

  test('pages through history', async () => {
    const [alice] = await lobby('history', 'alice');
    const { roomId } = (await alice?.sendMessage({ content: '1' })) ?? {};
    for (const content of ['2', '3', '4', '5']) {
      await alice?.sendMessage({ content });
    }

    const newest = await alice?.ask('get_history', { roomId, limit: 2 }, 'history');
    const older = await alice?.ask('get_history', { roomId, limit: 2, before: 4 }, 'history');

    assert.deepEqual(
      newest?.messages.map(({ content }) => content),
      ['4', '5'],
    );
    assert.deepEqual(
      older?.messages.map(({ content }) => content),
      ['2', '3'],
    );
    assert.equal(older?.hasMore, true);
    const [, , third] = (await alice?.ask('get_history', { roomId }, 'history'))?.messages ?? [];
    for (const position of [
      { around: 3 },
      { around: third?.id },
      { aroundTime: third?.timestamp },
    ] as const) {
      const middle = await alice?.ask('get_history', { roomId, limit: 4, ...position }, 'history');
      assert(middle?.anchorSequence !== undefined && middle.anchorSequence <= 3);
      assert(middle.messages.some(({ content }) => content === '3'));
      assert.deepEqual([typeof middle.hasMore, typeof middle.hasNewer], ['boolean', 'boolean']);
    }
  });

  test('sends joins and leaves with member lists', async () => {
    const [alice, carol] = await lobby('coming', 'alice', 'carol');
    const roomId = alice?.ofType('room_joined')[0]?.roomId;
    const joined = alice?.ofType('user_joined')[0];
    assert.equal(joined?.username, 'carol');

    carol?.close(1000);
    const left = await alice?.next('user_left');
    const members = await alice?.ask('get_members', { roomId }, 'member_list');

    assert.equal(left?.username, 'carol');
    assert.deepEqual(
      members?.members.map(({ username, isOnline }) => [username, isOnline]),
      [['alice', true]],
    );
    assert.equal((await alice?.next('presence_update'))?.status, 'offline');
  });

  test('sends nothing more of a room that the client has left', async () => {
    const [alice, bob] = await lobby('leaving', 'alice', 'bob');
    const roomId = alice?.ofType('room_joined')[0]?.roomId;

    assert.deepEqual(await bob?.ask('leave_room', { roomId }, 'room_left'), { roomId });
    await alice?.sendMessage({ content: 'are you there?' });
    const rejected = await bob?.ask('chat_message', { roomId, content: 'no' }, 'error');

    assert.equal(rejected?.code, 'NOT_IN_ROOM');
    assert.deepEqual(bob?.ofType('chat_message'), []);
  });

  test('sends typing and read positions', async () => {
    const [alice, bob] = await lobby('typing', 'alice', 'bob');
    const roomId = alice?.ofType('room_joined')[0]?.roomId;

    alice?.send('user_typing', { roomId, isTyping: true });
    assert.equal((await bob?.next('user_typing'))?.isTyping, true);
    alice?.send('chat_message', { roomId, content: 'done' });
    assert.equal((await bob?.next('user_typing'))?.isTyping, false);
    await bob?.next('chat_message');
    const own = await bob?.ask('mark_read', { roomId, sequence: 1 }, 'read_position');

    assert.equal(own?.sequence, 1);
    assert.equal((await alice?.next('read_position'))?.username, 'bob');
  });

  test('sends unread marks and their removal to other connections of the user', async () => {
    const [alice, bob, tab] = await lobby('marked', 'alice', 'bob', 'bob');
    const roomId = alice?.ofType('room_joined')[0]?.roomId;
    await alice?.sendMessage({ roomId, content: 'hello' });
    await bob?.ask('mark_read', { roomId, sequence: 1 }, 'read_position');
    await tab?.next('read_position');
    const isMarked = async () => {
      const { rooms } = (await tab?.ask('get_rooms', {}, 'room_list')) ?? { rooms: [] };
      return rooms.find(({ id }) => id === roomId)?.markedUnread;
    };

    const own = await bob?.ask('mark_unread', { roomId }, 'read_position');
    const told = await tab?.next('read_position');
    assert.deepEqual(told, own);
    assert.deepEqual([told?.username, told?.sequence, await isMarked()], ['bob', 1, true]);

    await bob?.ask('mark_read', { roomId, sequence: 1 }, 'read_position');
    assert.deepEqual([await tab?.next('read_position'), await isMarked()], [own, undefined]);
  });

  test('gives the earlier texts of a message, the latest first, until it is deleted', async () => {
    const [alice, bob] = await lobby('edits', 'alice', 'bob');
    assert(alice !== undefined && bob !== undefined);
    const roomId = alice.ofType('room_joined')[0]?.roomId ?? '';
    const { id: messageId, timestamp } = await alice.sendMessage({ roomId, content: 'one' });
    const target = { roomId, messageId };
    const read = () => bob.ask('get_edit_history', target, 'edit_history');
    assert.deepEqual((await read()).versions, []);

    const edits = [];
    for (const content of ['two', 'three']) {
      edits.push(await alice.ask('edit_message', { ...target, content }, 'message_ack'));
    }
    const { type: _, replyTo: __, ...answer } = (await read()) as object as Record<string, unknown>;
    assert.deepEqual(answer, {
      ...target,
      versions: [
        { content: 'two', editedAt: edits[0]?.timestamp },
        { content: 'one', editedAt: timestamp },
      ],
    });
    const unknown = await bob.ask('get_edit_history', { roomId, messageId: 'x' }, 'error');
    assert.deepEqual([unknown.code, unknown.field], ['NOT_FOUND', 'messageId']);

    await alice.ask('delete_message', target, 'message_ack');
    assert.deepEqual((await read()).versions, []);
  });

  test('lists pinned messages, the newest first', async () => {
    const [alice] = await lobby('pins', 'alice');
    const roomId = alice?.ofType('room_joined')[0]?.roomId ?? '';
    for (const content of ['one', 'two', 'three']) await alice?.sendMessage({ content });
    const { messages = [] } = (await alice?.ask('get_history', { roomId }, 'history')) ?? {};
    for (const { id: messageId, content } of messages) {
      if (content !== 'two') await alice?.ask('pin_message', { roomId, messageId }, 'message_ack');
    }

    const page = await alice?.ask('get_pins', { roomId, limit: 1 }, 'pins');
    const before = page?.messages[0]?.sequence ?? 0;
    const rest = await alice?.ask('get_pins', { roomId, before }, 'pins');

    const shown = [page, rest].map((pins) => [
      pins?.messages.map((each) => each.content),
      pins?.hasMore,
    ]);
    assert.deepEqual(shown, [
      [['three'], true],
      [['one'], false],
    ]);
    assert.equal(page?.messages[0]?.pinned, true);
  });

  test('lists the notification level of a room, and sends it to other connections', async () => {
    const [alice, bob] = await lobby('levels', 'alice', 'bob');
    const tab = await server.connect('bob');
    const roomId = bob?.ofType('room_joined')[0]?.roomId ?? '';
    const choice = { roomId, level: 'nothing' as const };

    const own = await bob?.ask('set_notification_level', choice, 'notification_level');

    assert.deepEqual([own, await tab.next('notification_level')], [choice, choice]);
    assert.deepEqual(alice?.ofType('notification_level'), []);
    const listed = await bob?.ask('get_rooms', { own: true }, 'room_list');
    const room = listed?.rooms.find(({ id }) => id === roomId);
    assert.equal(room?.notificationLevel, 'nothing');
    const wrong = await bob?.ask('set_notification_level', { roomId, level: 'loud' });
    assert.match(JSON.stringify(wrong), /VALIDATION_ERROR/);
    tab.close();
  });

  test('sends a new topic to the room, and shows it in lists and joins', async () => {
    const [alice, bob] = await lobby('topics', 'alice', 'bob');
    const roomId = alice?.ofType('room_joined')[0]?.roomId ?? '';
    const settings = {
      ...{ roomId, name: 'topics', slowModeSeconds: 0, ...OPEN_TO_MEMBERS },
      ...{ archived: false, visibility: 'public' },
    };
    const change = { ...settings, topic: 'Lunch at 12' };

    const own = await alice?.ask('set_topic', { roomId, topic: 'Lunch at 12' }, 'room_changed');

    assert.deepEqual([own, await bob?.next('room_changed')], [change, change]);
    const { rooms = [] } = (await bob?.ask('get_rooms', { own: true }, 'room_list')) ?? {};
    const listed = rooms.find(({ id }) => id === roomId);
    assert.deepEqual([listed?.topic, listed?.canManage], ['Lunch at 12', undefined]);
    const carol = await server.connect('carol');
    const joined = await carol.ask('join_room', { roomId }, 'room_joined');
    assert.equal(joined.room.topic, 'Lunch at 12');
    carol.close();

    const removed = await alice?.ask('set_topic', { roomId, topic: ' ' }, 'room_changed');
    assert.deepEqual(removed, { ...settings, topic: '' });
    const { rooms: after = [] } = (await alice?.ask('get_rooms', { own: true }, 'room_list')) ?? {};
    const entry = after.find(({ id }) => id === roomId);
    assert.deepEqual([entry?.topic, entry?.canManage], [undefined, true]);
  });

  test('rejects topics of users who may not manage the room, and long ones', async () => {
    const [alice, bob] = await lobby('guarded', 'alice', 'bob');
    const roomId = alice?.ofType('room_joined')[0]?.roomId ?? '';
    const codeOf = async (client: typeof alice, topic: string) =>
      JSON.stringify(await client?.ask('set_topic', { roomId, topic }));

    assert.match(await codeOf(bob, 'mine'), /FORBIDDEN/);
    assert.match(await codeOf(alice, 'x'.repeat(251)), /VALIDATION_ERROR/);
    assert.match(await codeOf(alice, 'two\nlines'), /VALIDATION_ERROR/);
    assert.deepEqual(bob?.ofType('room_changed'), []);
  });

  test('sends exactly the missed events after a reconnect', async () => {
    const [alice, bob] = await lobby('missed', 'alice', 'bob');
    const joined = bob?.ofType('room_joined')[0];
    await alice?.sendMessage({ content: 'seen' });
    const seen = await bob?.next('chat_message');
    bob?.terminate();
    await alice?.next('user_left');
    await alice?.sendMessage({ content: 'missed' });

    const back = await server.connect('bob');
    const resumed = await back.ask(
      'resume',
      {
        rooms: [
          { roomId: seen?.roomId, lastSequence: 1, epoch: joined?.epoch, lastId: seen?.id },
          { roomId: '00000000-0000-4000-8000-000000000000' },
        ],
      },
      'resumed',
    );

    const [room, gone] = resumed.rooms;
    assert(room !== undefined && 'history' in room);
    assert.deepEqual(
      room.history.map(({ content }) => content),
      ['missed'],
    );
    assert.equal(room.truncated, false);
    assert.equal(room.headSequence, 2);
    assert.deepEqual(gone, {
      roomId: '00000000-0000-4000-8000-000000000000',
      error: { code: 'NOT_FOUND' },
    });
  });

  test('sends changes of a message, and its current form in history', async () => {
    const [alice, bob] = await lobby('changes', 'alice', 'bob');
    assert(alice !== undefined && bob !== undefined);
    const { id: messageId, roomId } = await alice.sendMessage({ content: 'helo' });
    const reply = { content: 'hi', parentMessageId: messageId };
    const { id: replyId } = await bob.sendMessage(reply);
    const about = { roomId, messageId };

    const edit = { ...about, content: 'hello', clientMessageId: 'e1' };
    const edited = await alice.ask('edit_message', edit, 'message_ack');
    await bob.ask('add_reaction', { ...about, emoji: '👍' }, 'message_ack');
    await bob.ask('pin_message', about, 'message_ack');
    const foreign = await bob.ask('delete_message', about, 'error');
    assert.equal(foreign.code, 'FORBIDDEN');
    await bob.ask('delete_message', { roomId, messageId: replyId }, 'message_ack');

    assert.deepEqual([edited.sequence, edited.id, edited.clientMessageId], [3, messageId, 'e1']);
    await bob.settled();
    const [told] = bob.ofType('message_edited');
    assert.deepEqual([told?.messageId, told?.content, told?.sequence], [messageId, 'hello', 3]);
    assert.match(told?.editedAt ?? '', /Z$/);
    await alice.settled();
    const [reacted] = alice.ofType('reaction_added');
    assert.deepEqual([reacted?.emoji, reacted?.count, reacted?.sequence], ['👍', 1, 4]);
    assert.equal(alice.ofType('message_pinned')[0]?.sequence, 5);
    const page = await alice.ask('get_history', { roomId }, 'history');
    const [first, second] = page.messages;
    assert.deepEqual(
      [first?.content, first?.pinned, first?.replyCount, first?.reactions],
      ['hello', true, 1, [{ emoji: '👍', userIds: [reacted?.userId], count: 1 }]],
    );
    assert.deepEqual(
      [second?.content, second?.deleted, second?.parentMessageId, second?.replyNumber],
      ['', true, messageId, 1],
    );
    const thread = await alice.ask('get_thread', about, 'thread');
    assert.deepEqual([thread.parent, thread.messages], [first, [second]]);
    const position = { roomId, lastSequence: 1 };
    const resumed = await alice.ask('resume', { rooms: [position] }, 'resumed');
    const [snapshot] = resumed.rooms;
    assert(snapshot !== undefined && !('error' in snapshot));
    assert.deepEqual(
      snapshot.events.map(({ type, payload }) => [type, payload.sequence]),
      [
        ['message_edited', 3],
        ['reaction_added', 4],
        ['message_pinned', 5],
      ],
    );
  });
});
