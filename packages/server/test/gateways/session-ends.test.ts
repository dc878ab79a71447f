/** Clients learn why their session has ended, in every dialect. */
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { Account, PASSWORD } from '../support/account.ts';
import { FlatClient } from '../support/flat-client.ts';
import { TestServer } from '../support/running-server.ts';
import { SocketIoClient, tokenOf } from '../support/socketio-client.ts';
import { until } from '../support/wait.ts';

type End = (here: Account, there: Account) => Promise<unknown>;

/** Ends the session `there`. */
const ENDS: Readonly<Record<string, readonly [text: string, reason: string, end: End]>> = {
  'a logout': ['Logged out', 'logout', (_, there) => there.must('POST', '/logout', {})],
  'a logout of all sessions': [
    'Logged out',
    'logout',
    (here) => here.must('POST', '/logout', { all: true }),
  ],
  'a password change': [
    'Password changed',
    'password_changed',
    (here) =>
      here.must('POST', '/api/auth/password', {
        currentPassword: PASSWORD,
        newPassword: 'a better horse',
      }),
  ],
  'another device': [
    'Session ended',
    'ended',
    async (here) => {
      const { sessions } = await here.must<{ sessions: { id: string; current: boolean }[] }>(
        'GET',
        '/api/sessions',
      );
      const other = sessions.find(({ current }) => !current);
      await here.must('DELETE', `/api/sessions/${other?.id}`);
    },
  ],
};

describe('the end of a session', () => {
  let server: TestServer;
  before(async () => {
    server = await TestServer.start({ SESSION_TTL_MS: '600000' });
  });
  after(() => server.close());

  for (const [title, [text, reason, end]] of Object.entries(ENDS)) {
    test(`by ${title} is named in all dialects`, async () => {
      const name = `user-${reason.slice(0, 4)}-${title.length}`;
      const there = await server.signUp(name);
      const here = await Account.logIn(server.url, name);
      const native = await there.connect();
      const channels = await FlatClient.connectAs(server, there, '/ws/chat');
      const direct = await FlatClient.connectAs(server, there, '/messagepal');
      const socketio = new SocketIoClient(server, { auth: { token: await tokenOf(there) } });
      await socketio.open();

      await end(here, there);

      assert.deepEqual(await native.next('session_expired'), { reason });
      const ended = { code: 4001, reason: text };
      assert.deepEqual(await native.closed, ended);
      assert.deepEqual(await channels.closed, ended);
      assert.deepEqual(await direct.closed, ended);
      const error = await socketio.next<object>('error');
      assert.deepEqual(error, { code: 'UNAUTHENTICATED', message: text, reason });
    });
  }

  test('by expiry is named', async () => {
    const short = await TestServer.start({ SESSION_TTL_MS: '1000' });
    const native = await (await short.signUp('alice')).connect();
    const flat = await FlatClient.connect(short, 'alice');
    assert.deepEqual(await native.next('session_expired'), { reason: 'expired' });
    assert.deepEqual(await flat.closed, { code: 4001, reason: 'Session expired' });
    await short.close();
  });
});

describe('presence at /ws/chat', () => {
  test('shows in the channel that a user who is there is away', async () => {
    const server = await TestServer.start();
    const [alice, bob] = [await server.signUp('alice'), await server.signUp('bob')];
    const { roomId } = await (await alice.connect()).joinRoom({ roomName: 'lobby' });
    const client = await FlatClient.connectAs(server, alice);
    await client.joinChannel(roomId);
    const toBob = await bob.connect();
    await client.settled();
    assert.deepEqual(client.all('user_presence'), [], 'not there yet');

    await toBob.joinRoom({ roomId });
    await toBob.ask('report_activity', { idle: true }, 'presence_update');
    await client.next('user_presence', 2);

    const person = { type: 'user_presence', channelId: roomId, userId: bob.userId };
    assert.deepEqual(client.all('user_presence'), [
      { ...person, username: 'bob', status: 'online' },
      { ...person, username: 'bob', status: 'away' },
    ]);
    for (const socket of [toBob, client]) socket.close();
    await server.close();
  });
});

describe('presence at /messagepal', () => {
  let server: TestServer;
  before(async () => {
    server = await TestServer.start({ PRESENCE_GRACE_MS: '0' });
  });
  after(() => server.close());

  test('is that of the partners of subscribed conversations', async () => {
    const [alice, bob, carol] = [
      await server.signUp('alice'),
      await server.signUp('bob'),
      await server.signUp('carol'),
    ];
    const client = await FlatClient.connectAs(server, alice, '/messagepal');
    const conversationWith = async ({ userId: recipientId }: Account): Promise<unknown> => {
      const before = client.frames.length;
      client.send('send_message', { recipientId, content: 'hi' });
      await until(() => client.frames.length > before, 'the message');
      const { message } = client.frames.at(-1) as unknown as {
        message: { conversationId: string };
      };
      return message.conversationId;
    };
    const conversationId = await conversationWith(bob);
    await conversationWith(carol);
    const shown = () =>
      client.all('user_presence').map(({ userId, status }) => [userId, status].join(' '));

    client.send('subscribe', { conversationId });
    await client.next('user_presence');
    assert.deepEqual(shown(), [`${bob.userId} offline`]);
    const toBob = await bob.connect();
    const toCarol = await carol.connect();
    await client.next('user_presence', 2);
    await toBob.ask('set_presence', { status: 'busy' }, 'presence_update');
    await client.next('user_presence', 3);
    await toBob.ask('set_presence', { status: 'online' }, 'presence_update');
    await toBob.ask('report_activity', { idle: true }, 'presence_update');
    await until(() => shown().at(-1) === `${bob.userId} away`, 'the absence');
    toBob.close();
    await until(() => shown().at(-1) === `${bob.userId} offline`, 'the end');
    assert.ok(
      shown().every((line) => line.startsWith(bob.userId)),
      'only of whom it asked for',
    );

    client.send('unsubscribe', { conversationId });
    await client.next('unsubscribed');
    const count = shown().length;
    const again = await bob.connect();
    await client.settled();
    assert.equal(shown().length, count);
    for (const socket of [again, toCarol, client]) socket.close();
  });
});
