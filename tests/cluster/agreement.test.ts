/** Users of two nodes see each other: presence, members, typing, read positions and sessions. */
import assert from 'node:assert/strict';
import { after, afterEach, before, describe, test } from 'node:test';
import type { ServerFrames, ServerFrameType } from '@parley/protocol';
import { Account, PASSWORD } from '../../packages/server/test/support/account.ts';
import { redisSkip } from '../../packages/server/test/support/redis-server.ts';
import { postgresSkip } from '../../packages/server/test/support/test-database.ts';
import type { TestSocket } from '../../packages/server/test/support/test-socket.ts';
import { until } from '../../packages/server/test/support/wait.ts';
import { TestCluster } from './test-cluster.ts';

const SESSION_ENDED = 4001;

describe('two nodes', { skip: redisSkip() || postgresSkip() }, () => {
  let cluster: TestCluster;
  const sockets: TestSocket[] = [];
  before(async () => {
    cluster = await TestCluster.start(2);
  });
  afterEach(() => {
    for (const socket of sockets.splice(0)) socket.terminate();
  });
  after(() => cluster.close());

  const connect = async (account: Account): Promise<TestSocket> => {
    const socket = await account.connect();
    sockets.push(socket);
    return socket;
  };
  /** A user on the first node and a user on the second, both in the room. */
  const inRoom = async (roomName: string) => {
    const alice = await Account.signUp(cluster.urlOf(0), 'alice');
    const bob = await Account.signUp(cluster.urlOf(1), 'bob');
    const [aliceSocket, bobSocket] = [await connect(alice), await connect(bob)];
    const { roomId } = await aliceSocket.joinRoom({ roomName });
    await bobSocket.joinRoom({ roomName });
    return { alice, bob, aliceSocket, bobSocket, roomId };
  };

  test('show one list of members, and who joins and leaves', async () => {
    const { aliceSocket, bobSocket, roomId } = await inRoom('members');
    await untilFrame(aliceSocket, 'user_joined', ({ username }) => username === 'bob');
    const names = async (socket: TestSocket) =>
      (await socket.ask('get_members', { roomId }, 'member_list')).members.map(
        ({ username }) => username,
      );
    assert.deepEqual(await names(aliceSocket), ['alice', 'bob']);
    await until(async () => (await names(bobSocket)).length === 2, 'the list of the other node');
    assert.deepEqual(await names(bobSocket), ['alice', 'bob']);

    await bobSocket.ask('leave_room', { roomId }, 'room_left');

    await untilFrame(aliceSocket, 'user_left', ({ username }) => username === 'bob');
    assert.deepEqual(await names(aliceSocket), ['alice']);
  });

  test('show presence, also when a user goes offline', async () => {
    const { aliceSocket, bobSocket } = await inRoom('presence');

    bobSocket.send('set_presence', { status: 'busy', statusText: 'in a meeting' });
    await untilFrame(
      aliceSocket,
      'presence_update',
      ({ username, status, statusText }) =>
        username === 'bob' && status === 'busy' && statusText === 'in a meeting',
    );
    bobSocket.close();

    await untilFrame(
      aliceSocket,
      'presence_update',
      ({ username, isOnline }) => username === 'bob' && !isOnline,
    );
  });

  test('show typing and read positions', async () => {
    const { aliceSocket, bobSocket, bob, roomId } = await inRoom('typing');
    aliceSocket.send('user_typing', { roomId, isTyping: true });
    await untilFrame(bobSocket, 'user_typing', ({ username }) => username === 'alice');
    const { sequence } = await aliceSocket.sendMessage({ roomId, content: 'hello' });
    await untilFrame(bobSocket, 'chat_message', ({ content }) => content === 'hello');

    bobSocket.send('mark_read', { roomId, sequence });

    await untilFrame(
      aliceSocket,
      'read_position',
      (position) => position.userId === bob.userId && position.sequence === sequence,
    );
  });

  test('open a direct room on the node of its recipient', async () => {
    const { aliceSocket, bobSocket, bob } = await inRoom('direct');

    await aliceSocket.ask('direct_message', { recipientId: bob.userId, content: 'between us' });

    await untilFrame(bobSocket, 'chat_message', ({ content }) => content === 'between us');
  });

  test('end the connections of a session that ends on the other node', async () => {
    const first = await Account.signUp(cluster.urlOf(0), 'carol');
    const socket = await connect(first);
    const elsewhere = await connect(await Account.logIn(cluster.urlOf(1), 'carol'));
    // The session of the first node, used at the second one.
    const same = await fetch(`${cluster.urlOf(1)}/logout`, {
      method: 'POST',
      headers: { cookie: first.cookie, 'content-type': 'application/json' },
      body: '{}',
    });

    assert.equal(same.status, 200);
    assert.equal((await socket.closed).code, SESSION_ENDED);
    await elsewhere.settled(); // The user's other session goes on.
  });

  test('end all sessions of a user whose password changes', async () => {
    const first = await Account.signUp(cluster.urlOf(0), 'dave');
    const socket = await connect(first);
    const second = await Account.logIn(cluster.urlOf(1), 'dave');
    const kept = await connect(second);

    await second.must('POST', '/api/auth/password', {
      currentPassword: PASSWORD,
      newPassword: 'another horse',
    });

    assert.equal((await socket.closed).code, SESSION_ENDED);
    assert.equal((await first.call('GET', '/api/auth/me')).status, 401);
    // The client that made the change continues with another session.
    assert.equal((await kept.closed).code, SESSION_ENDED);
    assert.equal((await second.call('GET', '/api/auth/me')).status, 401);
  });

  test('end sessions while Redis is down', async () => {
    const first = await Account.signUp(cluster.urlOf(0), 'erin');
    const socket = await connect(first);
    const second = await Account.logIn(cluster.urlOf(1), 'erin');
    await cluster.redis.stop();

    await second.must('POST', '/logout', { all: true });

    assert.equal((await socket.closed).code, SESSION_ENDED);
    await cluster.redis.start();
    await cluster.untilBus('up');
  });

  test('show presence again after Redis was down', async () => {
    const { aliceSocket, bob } = await inRoom('again');
    await cluster.redis.stop();
    await cluster.untilBus('down');
    const late = await connect(bob);
    late.send('set_presence', { status: 'away', statusText: 'while it was down' });
    await late.settled();

    await cluster.redis.start();

    await untilFrame(
      aliceSocket,
      'presence_update',
      ({ statusText }) => statusText === 'while it was down',
    );
  });
});

function untilFrame<T extends ServerFrameType>(
  socket: TestSocket,
  type: T,
  matches: (payload: ServerFrames[T]) => boolean,
): Promise<void> {
  const lookAt = () => socket.ofType(type).some(matches);
  return until(lookAt, `${type}, among ${JSON.stringify(socket.ofType(type))}`);
}
