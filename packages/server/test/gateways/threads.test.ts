/** Followed threads over HTTP and the native dialect: lists, choices, and what the devices of a user learn. */
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import type { RoomListEntry, ServerFrames } from '@parley/protocol';
import type { Account } from '../support/account.ts';
import { TestServer } from '../support/running-server.ts';

type ThreadList = ServerFrames['thread_list'];

describe('followed threads', () => {
  let server: TestServer;
  let alice: Account;
  let bob: Account;
  let carol: Account;
  let roomId: string;
  let root: string;
  before(async () => {
    server = await TestServer.start({ USER_CHANGE_RATE_MAX: '0' });
    alice = await server.signUp('alice');
    bob = await server.signUp('bob');
    carol = await server.signUp('carol');
    const body = { name: 'town', visibility: 'public' };
    const { room } = await alice.must<{ room: { id: string } }>('POST', '/api/rooms', body);
    roomId = room.id;
    for (const who of [bob, carol]) await join(who);
    root = await post(alice, 'a question');
  });
  after(() => server.close());

  const join = async (who: Account): Promise<void> => {
    const socket = await who.connect();
    await socket.joinRoom({ roomId });
    socket.close();
  };
  const post = async (by: Account, content: string, parentMessageId?: string) => {
    const body = { roomId, content, parentMessageId };
    const answer = await by.must<{ message: { id: string } }>('POST', '/api/messages', body);
    return answer.message.id;
  };
  const list = (who: Account, query = '') => who.must<ThreadList>('GET', `/api/threads${query}`);
  const unread = async (who: Account) =>
    (await who.must<{ rooms: RoomListEntry[] }>('GET', '/api/rooms')).rooms.find(
      ({ id }) => id === roomId,
    )?.unreadCount;
  const path = (what: string, id = root) => `/api/rooms/${roomId}/messages/${id}/${what}`;

  test('are listed with their first message, the latest replies and what is unread', async () => {
    const before = await unread(carol);
    await post(bob, 'one', root);
    await post(bob, 'two', root);
    const last = await post(bob, 'three', root);

    const { threads, unreadThreads, next } = await list(alice);
    assert.deepEqual([threads.length, unreadThreads, next], [1, 1, undefined]);
    const [thread] = threads;
    assert.deepEqual([thread?.messageId, thread?.unreadCount], [root, 3]);
    assert.deepEqual(thread?.room, { id: roomId, name: 'town' });
    assert.equal(thread.parent?.content, 'a question');
    const contents = thread.messages.map(({ content }) => content);
    assert.deepEqual(contents, ['two', 'three']);
    assert.equal(thread.messages.at(-1)?.id, last);
    // The replies mark the room for those who follow.
    assert.equal(await unread(alice), 3);
    assert.equal(await unread(carol), before);
    assert.deepEqual((await list(carol)).threads, []);
  });

  test('are read, on all devices of the user', async () => {
    const device = await alice.connect();
    const sequence = (await list(alice)).threads[0]?.messages.at(-1)?.sequence;
    const answer = await alice.must('PUT', path('read'), { sequence });
    const read = { roomId, messageId: root, following: true, unreadCount: 0, unreadThreads: 0 };
    assert.deepEqual(answer, read);
    assert.deepEqual(await device.next('thread_changed'), read);
    // The room is not open on this device.
    assert.equal((await device.next('room_activity')).unreadCount, 0);
    assert.equal(await unread(alice), 0);

    await post(bob, 'four', root);
    assert.deepEqual(await device.next('thread_changed'), {
      ...read,
      unreadCount: 1,
      unreadThreads: 1,
    });
    device.close();
  });

  test('are followed and not followed by choice', async () => {
    const state = async () => {
      const { following, unreadCount } = await carol.must<ServerFrames['thread']>(
        ...(['GET', path('replies')] as const),
      );
      return [following, unreadCount];
    };
    assert.deepEqual(await state(), [false, 0]);
    await carol.must('PUT', path('follow'));
    assert.deepEqual(await state(), [true, 0]);
    const reply = await post(bob, 'five', root);
    assert.deepEqual(await state(), [true, 1]);
    // A reply names its thread, too.
    const ended = await carol.must<ServerFrames['thread_changed']>(
      ...(['DELETE', path('follow', reply)] as const),
    );
    assert.deepEqual([ended.messageId, ended.following, ended.unreadThreads], [root, false, 0]);
    assert.deepEqual(await state(), [false, 0]);
  });

  test('have replies that are also messages of the room, once, also when they are repeated', async () => {
    const unreadBefore = (await unread(carol)) ?? 0;
    const [device, writer] = [await alice.connect(), await bob.connect()];
    for (const socket of [device, writer]) await socket.joinRoom({ roomId });
    const place = { roomId, parentMessageId: root, clientMessageId: 'also-1', content: 'for all' };
    const sent = { ...place, alsoToRoom: true };
    const { id } = await writer.ask('chat_message', sent, 'message_ack');

    const told = await device.next('chat_message');
    assert.deepEqual([told.id, told.parentMessageId, told.alsoToRoom], [id, root, true]);
    assert.equal(await unread(carol), unreadBefore + 1);
    const repeated = await writer.ask('chat_message', sent, 'message_ack');
    assert.deepEqual([repeated.id, repeated.duplicate], [id, true]);
    const { message, duplicate } = await bob.must<{
      readonly message: ServerFrames['chat_message'];
      readonly duplicate: boolean;
    }>('POST', '/api/messages', sent);
    assert.deepEqual([duplicate, message.id, message.alsoToRoom], [true, id, true]);
    const other = await writer.ask('chat_message', place, 'error');
    assert.deepEqual([other.code, other.field], ['CONFLICT', 'clientMessageId']);
    const { messages } = await device.ask('get_history', { roomId, limit: 1 }, 'history');
    assert.deepEqual([messages[0]?.id, messages[0]?.alsoToRoom], [id, true]);
    assert.equal((await list(alice)).threads[0]?.messages.at(-1)?.alsoToRoom, true);
    assert.equal(await unread(carol), unreadBefore + 1);
    for (const socket of [device, writer]) socket.close();
  });

  test('are named by replies that are also messages of the room', async () => {
    const socket = await bob.connect();
    await socket.joinRoom({ roomId });
    const body = { roomId, content: 'to whom?', alsoToRoom: true };
    const refused = await socket.ask('chat_message', body, 'error');
    assert.deepEqual([refused.code, refused.field], ['VALIDATION_ERROR', 'alsoToRoom']);
    assert.match(refused.message, /'parentMessageId'/);
    const answers = [
      await bob.call('POST', '/api/messages', body),
      await bob.call('POST', '/api/messages', { ...body, parentMessageId: root, alsoToRoom: 'x' }),
      await bob.call('POST', '/api/messages', { ...body, alsoToRoom: false }),
    ].map(({ status }) => status);
    assert.deepEqual(answers, [400, 400, 201]);
    socket.close();
  });

  test('reject what is not there, and bad cursors', async () => {
    const outsider = await server.signUp('outsider');
    const statuses = [
      await carol.call('PUT', path('follow', 'nothing')),
      await outsider.call('PUT', path('follow')),
      await carol.call('GET', '/api/threads?after=x'),
      await carol.call('PUT', path('read'), {}),
    ].map(({ status }) => status);
    assert.deepEqual(statuses, [404, 403, 400, 400]);
  });
});
