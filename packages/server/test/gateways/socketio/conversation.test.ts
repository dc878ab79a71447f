/** The real client, in several versions and over each transport, against a whole server. */
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { TestServer } from '../../support/running-server.ts';
import {
  SocketIoClient,
  type SocketIoMessage,
  TRANSPORTS,
  tokenOf,
  VERSIONS,
} from '../../support/socketio-client.ts';
import { until } from '../../support/wait.ts';

describe('Socket.IO', () => {
  let server: TestServer;
  before(async () => {
    server = await TestServer.start({ TYPING_TIMEOUT_MS: '200', MESSAGE_RATE_MAX: '0' });
  });
  after(() => server.close());

  for (const version of Object.keys(VERSIONS)) {
    for (const [name, transports] of Object.entries(TRANSPORTS)) {
      test(`client ${version}, ${name}: joins, sends, and receives messages of others`, async () => {
        const room = `talk-${version.replace('.', '-')}-${transports.join('-')}`;
        const alice = await SocketIoClient.connect(server, 'alice', { version, transports });
        const bob = await SocketIoClient.connect(server, 'bob', { version, transports });
        const { roomId } = await alice.joinRoom(room);
        await bob.joinRoom(roomId);
        const joined = await alice.next<object>('room:user_joined');

        const { message, duplicate } = await alice.sendMessage(roomId, 'hello', {
          clientMessageId: 'c1',
        });
        const received = await bob.next<SocketIoMessage>('message:new');
        await bob.sendMessage(roomId, 'hi');
        await until(() => alice.texts.length === 2, 'the answer');

        assert.equal(duplicate, false);
        assert.deepEqual(received, message);
        const { id, userId, createdAt, ...rest } = received;
        const about = { roomId, username: 'alice', sequence: 1, clientMessageId: 'c1' };
        assert.deepEqual(rest, { ...about, content: 'hello' });
        assert.ok(id && userId && Date.parse(createdAt) > 0);
        assert.deepEqual(Object.keys(joined).sort(), ['roomId', 'userId', 'username']);
        // The sending socket receives its own message too.
        assert.deepEqual(alice.texts, ['hello', 'hi']);
        assert.deepEqual(bob.texts, ['hello', 'hi']);
        if (transports.length === 2) {
          const { io } = alice.socket;
          await until(() => io.engine.transport.name === 'websocket', 'the upgrade');
          await bob.sendMessage(roomId, 'over the upgraded transport');
          await until(() => alice.texts.length === 3, 'the message after the upgrade');
        }
        for (const client of [alice, bob]) client.close();
      });
    }
  }

  test('sends nothing of a room that was left while the message of the user was being stored', async () => {
    const alice = await SocketIoClient.connect(server, 'alice');
    const bob = await SocketIoClient.connect(server, 'bob');
    const { roomId } = await bob.joinRoom('in-one-go');
    await alice.joinRoom(roomId);

    const [sent, left] = await Promise.all([
      alice.ask('message:send', { roomId, content: 'bye' }),
      alice.ask('room:leave', { roomId }),
    ]);
    const received = await bob.next<SocketIoMessage>('message:new');
    await alice.must('room:list');

    assert.deepEqual(sent, { ok: true, message: received, duplicate: false });
    assert.equal(left.ok, true);
    const names = alice.received.map(({ name }) => name);
    assert.deepEqual(names.slice(names.indexOf('room:left')), ['room:left']);
    for (const client of [alice, bob]) client.close();
  });

  test('sends members and history on a join, newest first, in pages', async () => {
    const [alice, bob] = [
      await SocketIoClient.connect(server, 'alice'),
      await SocketIoClient.connect(server, 'bob'),
    ];
    const { roomId } = await alice.joinRoom('pages');
    for (let n = 1; n <= 60; n += 1) await alice.sendMessage(roomId, `${n}`);

    const opened = await bob.joinRoom('pages');

    assert.equal(opened.headSequence, 60);
    const members = await bob.next<{ memberCount: number; members: { username: string }[] }>(
      'room:members',
    );
    assert.equal(members.memberCount, 2);
    assert.deepEqual(
      members.members.map(({ username }) => username),
      ['alice', 'bob'],
    );
    type History = { roomId: string; messages: SocketIoMessage[]; hasMore: boolean };
    const first = await bob.next<History>('message:history');
    assert.equal(first.hasMore, true);
    assert.deepEqual(
      first.messages.map(({ sequence }) => sequence),
      Array.from({ length: 50 }, (_, index) => 60 - index),
    );
    const oldest = first.messages.at(-1);
    const older = await bob.must('message:history', { roomId, before: oldest?.id });
    const told = await bob.next<History>('message:history', 2);
    assert.deepEqual(
      told.messages.map(({ content }) => content),
      Array.from({ length: 10 }, (_, index) => `${10 - index}`),
    );
    assert.deepEqual(older['messages'], told.messages);
    assert.equal(told.hasMore, false);
    const bySequence = await bob.must('message:history', { roomId, before: 3, limit: 1 });
    assert.deepEqual(
      (bySequence['messages'] as SocketIoMessage[]).map(({ sequence }) => sequence),
      [2],
    );
    for (const client of [alice, bob]) client.close();
  });

  test('sends exactly the missed events after a position', async () => {
    const [alice, bob] = [
      await SocketIoClient.connect(server, 'alice'),
      await SocketIoClient.connect(server, 'bob'),
    ];
    const { roomId, epoch } = await alice.joinRoom('catch-up');
    await bob.joinRoom(roomId);
    for (const text of ['one', 'two']) await alice.sendMessage(roomId, text);
    await until(() => bob.texts.length === 2, 'both');
    bob.close();
    for (const text of ['three', 'four']) await alice.sendMessage(roomId, text);

    const again = await SocketIoClient.connect(server, 'bob');
    const opened = await again.joinRoom(roomId, { lastSequence: 2, epoch });

    assert.deepEqual([opened.headSequence, opened.truncated], [4, false]);
    const { messages } = await again.next<{ messages: SocketIoMessage[] }>('message:history');
    assert.deepEqual(
      messages.map(({ content }) => content),
      ['four', 'three'],
    );
    assert.deepEqual(again.texts, []);
    const other = await SocketIoClient.connect(server, 'carol');
    assert.equal((await other.joinRoom(roomId, { lastSequence: 99 })).truncated, true);
    for (const client of [alice, again, other]) client.close();
  });

  test('stores a message once, however often it is sent', async () => {
    const alice = await SocketIoClient.connect(server, 'alice');
    const { roomId } = await alice.joinRoom('once');
    const first = await alice.sendMessage(roomId, 'once', { clientMessageId: 'k1' });

    const again = await alice.sendMessage(roomId, 'once', { clientMessageId: 'k1' });
    const other = await alice.ask('message:send', {
      roomId,
      content: 'else',
      clientMessageId: 'k1',
    });

    assert.deepEqual(again, { ok: true, message: first.message, duplicate: true });
    assert.deepEqual([other.error?.code, other.error?.field], ['CONFLICT', 'clientMessageId']);
    assert.deepEqual(alice.texts, ['once']);
    alice.close();
  });

  test('sends read positions, unread counts and typing', async () => {
    const [alice, bob] = [
      await SocketIoClient.connect(server, 'alice'),
      await SocketIoClient.connect(server, 'bob'),
    ];
    const { roomId } = await alice.joinRoom('reading');
    await bob.joinRoom(roomId);
    const first = await alice.sendMessage(roomId, 'one');
    const second = await alice.sendMessage(roomId, 'two');
    const unread = async () => {
      const { rooms } = (await bob.must('room:list')) as unknown as {
        rooms: { id: string; unreadCount: number; memberCount: number }[];
      };
      const found = rooms.find(({ id }) => id === roomId);
      assert.equal(found?.memberCount, 2);
      return found?.unreadCount;
    };
    assert.equal(await unread(), 2);

    bob.socket.emit('typing:start', { roomId });
    const typing = await alice.next<object>('typing:start');
    await alice.next('typing:stop'); // Automatically.
    const moved = await bob.must('message:read', { roomId, messageId: second.message.id });
    const unmoved = await bob.must('message:read', { roomId, messageId: first.message.id });
    await bob.must('typing:stop', { roomId });

    assert.equal(await unread(), 0);
    const userId = (await bob.next<{ userId: string }>('message:read')).userId;
    const read = await alice.next<{ readAt: string }>('message:read');
    assert.ok(Date.parse(read.readAt) > 0);
    assert.deepEqual([moved['readAt'], unmoved], [read.readAt, moved]);
    assert.deepEqual(
      { ...read, readAt: '' },
      { roomId, userId, messageId: second.message.id, readAt: '' },
    );
    assert.deepEqual(typing, { roomId, userId, username: 'bob' });
    assert.deepEqual([...bob.all('typing:start'), ...alice.all('message:read').slice(1)], []);
    for (const client of [alice, bob]) client.close();
  });

  test('sends presence and leaves to users who share a room', async () => {
    const [alice, bob] = [
      await SocketIoClient.connect(server, 'alice'),
      await SocketIoClient.connect(server, 'bob'),
    ];
    const { roomId } = await alice.joinRoom('presence');
    await bob.joinRoom(roomId);

    await bob.must('presence:set', { status: 'away' });
    const away = () =>
      alice
        .all<{ status: string; lastSeen: string }>('presence:update')
        .some(({ status }) => status === 'away');
    await until(away, 'the presence');
    await bob.must('room:leave', { roomId });
    await alice.next('room:user_left');
    await bob.joinRoom(roomId).catch(() => {}); // Too soon, as in the native dialect.
    const rejected = await bob.ask('message:send', { roomId, content: 'x' });
    bob.close();

    assert.equal(rejected.error?.code, 'NOT_IN_ROOM');
    alice.close();
  });

  test('sends edits and deletions as events of its own, and applies them to history', async () => {
    const alice = await SocketIoClient.connect(server, 'alice');
    const native = await server.connect('nadia');
    const { roomId } = await alice.joinRoom('changes');
    await native.joinRoom({ roomId });
    const texts = ['one', 'two'];
    const ids: string[] = [];
    for (const content of texts) {
      ids.push((await native.sendMessage({ roomId, content })).id);
    }
    const [edited, deleted] = ids;

    await native.ask(
      'edit_message',
      { roomId, messageId: edited, content: 'better' },
      'message_ack',
    );
    await native.ask('add_reaction', { roomId, messageId: edited, emoji: '👍' }, 'message_ack');
    await native.ask('delete_message', { roomId, messageId: deleted }, 'message_ack');

    const edit = await alice.next<{ editedAt: string }>('message:edited');
    assert.ok(Date.parse(edit.editedAt) > 0);
    const about = { roomId, messageId: edited, content: 'better', editedAt: '', sequence: 3 };
    assert.deepEqual({ ...edit, editedAt: '' }, about);
    assert.deepEqual(await alice.next('message:deleted'), {
      roomId,
      messageId: deleted,
      sequence: 5,
    });
    const { messages } = (await alice.must('message:history', { roomId })) as unknown as {
      messages: SocketIoMessage[];
    };
    assert.deepEqual(
      messages.map(({ content, deleted: gone }) => [content, gone === true]),
      [
        ['', true],
        ['better', false],
      ],
    );
    assert.ok(messages[1]?.editedAt);
    alice.close();
    native.close();
  });

  test('disconnects when the session ends, for sockets with a token and with a cookie', async () => {
    const olga = await server.signUp('olga');
    const { cookie } = olga;
    const token = await tokenOf(olga);
    const byCookie = new SocketIoClient(server, { headers: { cookie }, transports: ['polling'] });
    const byToken = new SocketIoClient(server, { auth: { token } });
    const native = server.open(token); // A token is valid on every endpoint.
    await Promise.all([byCookie.open(), byToken.open(), native.next('connection_established')]);

    await server.post('/logout', {}, { cookie });

    for (const client of [byCookie, byToken]) {
      await until(() => client.ends.length === 1, 'the end');
      assert.deepEqual(
        client.all<{ code: string }>('error').map(({ code }) => code),
        ['UNAUTHENTICATED'],
      );
    }
    assert.equal((await native.closed).code, 4001);
    const late = new SocketIoClient(server, { auth: { token } });
    await assert.rejects(late.open(), {
      data: { code: 'UNAUTHENTICATED', message: 'Authentication required' },
    });
  });

  test('issues a token only for a session', async () => {
    assert.equal((await server.post('/api/tokens', {})).status, 401);
    assert.match(await tokenOf(await server.signUp('alice')), /^[\w-]+\.[\w-]+\.[\w-]+$/);
  });
});
