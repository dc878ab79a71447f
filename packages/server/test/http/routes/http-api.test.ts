import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { COMMANDS } from '@parley/protocol/commands';
import { API_OPERATIONS } from '../../../src/http/openapi/api-operations.ts';
import { TestServer } from '../../support/running-server.ts';
import { temporaryDirectory } from '../../support/temporary-directory.ts';

describe('the HTTP API', () => {
  let server: TestServer;
  before(async () => {
    server = await TestServer.start({ DATA_DIR: temporaryDirectory() });
  });
  after(() => server.close());

  const bearer = async (name: string) => ({
    authorization: `Bearer ${(await server.login(name)).token}`,
  });
  const idOf = async (name: string): Promise<string> => (await server.login(name)).userId;
  const call = (method: string, path: string, headers: Record<string, string>) =>
    fetch(server.url + path, { method, headers });

  test('stores a message once and sends it to everyone in the room', async () => {
    const bob = await server.connect('http-bob');
    const alice = await server.connect('http-alice');
    const { roomId } = await alice.joinRoom({ roomName: 'http' });
    await bob.joinRoom({ roomName: 'http' });
    const headers = await bearer('http-alice');
    const said = { roomId, content: 'over HTTP', clientMessageId: 'h1' };

    const first = await server.post('/api/messages', said, headers);
    const again = await server.post('/api/messages', said, headers);
    const overSocket = await alice.sendMessage(said);
    const other = await server.post('/api/messages', { ...said, content: 'x' }, headers);

    assert.deepEqual([first.status, again.status, other.status], [201, 200, 409]);
    const { message } = (await first.json()) as { message: { id: string; sequence: number } };
    assert.equal(overSocket.duplicate, true);
    assert.equal(overSocket.id, message.id);
    const told = await bob.next('chat_message');
    assert.equal(told.content, 'over HTTP');
    await bob.settled();
    assert.equal(bob.ofType('chat_message').length, 1);
    const stranger = await server.connect('http-carol');
    const foreign = await server.post('/api/messages', said, await bearer('http-carol'));
    assert.equal(foreign.status, 403);
    assert.equal((await server.post('/api/messages', said)).status, 401);
    assert.equal((await server.post('/api/messages', { content: 'x' }, headers)).status, 400);
    for (const socket of [alice, bob, stranger]) socket.close();
  });

  test('stores messages of the length that the operator allows, like a socket', async (t) => {
    const content = '\u{1F642}'.repeat(99_000) + '"'.repeat(1000);
    const lengths = { CONTENT_LENGTH_MAX: '100000', NATIVE_CONTENT_LENGTH_MAX: '100000' };
    const long = await TestServer.start(lengths);
    t.after(() => long.close());
    const alice = await long.connect('alice');
    t.after(() => alice.close());
    const { roomId } = await alice.joinRoom({ roomName: 'long' });
    const headers = { authorization: `Bearer ${(await long.login('alice')).token}` };

    const said = await alice.sendMessage({ roomId, content });
    const posted = await long.post('/api/messages', { roomId, content }, headers);

    assert.deepEqual([said.sequence, posted.status], [1, 201]);
  });

  test('lists pins, and keeps the notification level, like a socket', async () => {
    const alice = await server.connect('http-pinner');
    const { roomId } = await alice.joinRoom({ roomName: 'http-pins' });
    const { id: messageId } = await alice.sendMessage({ roomId, content: 'the rules' });
    await alice.ask('pin_message', { roomId, messageId }, 'message_ack');
    const headers = await bearer('http-pinner');
    const path = `/api/rooms/${roomId}`;

    const pins = await call('GET', `${path}/pins?limit=5`, headers);
    const choose = (level: string) =>
      fetch(`${server.url}${path}/notifications`, {
        method: 'PUT',
        headers: { ...headers, 'content-type': 'application/json' },
        body: JSON.stringify({ level }),
      });
    const chosen = await choose('mentions');

    const listed = (await pins.json()) as { messages: { id: string }[]; hasMore: boolean };
    assert.deepEqual([listed.messages.map(({ id }) => id), listed.hasMore], [[messageId], false]);
    assert.deepEqual([chosen.status, await chosen.json()], [200, { level: 'mentions' }]);
    assert.deepEqual(await alice.next('notification_level'), { roomId, level: 'mentions' });
    assert.equal((await choose('loud')).status, 400);
    const other = await server.connect('http-stranger');
    const stranger = await bearer('http-stranger');
    assert.equal((await call('GET', '/api/rooms/nowhere/pins', stranger)).status, 404);
    for (const socket of [alice, other]) socket.close();
  });

  test('runs commands whose input is the path, the body or the query', async () => {
    const [alice, bob] = [await server.signUp('route-alice'), await server.signUp('route-bob')];
    const socket = await bob.connect();
    const { roomId } = await socket.joinRoom({ roomName: 'http-routes' });
    const { id } = await socket.sendMessage({ roomId, content: 'firts' });
    await socket.sendMessage({ roomId, content: 'reply', parentMessageId: id });
    const room = `/api/rooms/${roomId}`;
    const message = `${room}/messages/${id}`;

    const edit = { content: 'first', clientMessageId: 'e1' };
    const [edited, again] = [
      await bob.must<{ sequence: number }>('PATCH', message, edit),
      await bob.must<{ sequence: number; duplicate: boolean }>('PATCH', message, edit),
    ];
    assert.deepEqual([edited.sequence, again.sequence, again.duplicate], [3, 3, true]);
    await bob.must('PUT', `${message}/reactions/${encodeURIComponent('👍')}`);
    const told = await socket.next('reaction_added');
    assert.deepEqual([told.emoji, told.count], ['👍', 1]);
    const page = await alice.must<{ messages: { content: string; reactions?: object[] }[] }>(
      ...(['GET', `${room}/messages?before=2&limit=1`] as const),
    );
    assert.deepEqual(
      [page.messages[0]?.content, page.messages[0]?.reactions?.length],
      ['first', 1],
    );
    const replies = await alice.must<{ messages: object[] }>('GET', `${message}/replies`);
    assert.equal(replies.messages.length, 1);
    const { rooms } = await bob.must<{ rooms: { id: string }[] }>('GET', '/api/rooms?own=true');
    assert.deepEqual(
      rooms.map((each) => each.id),
      [roomId],
    );
    const { members } = await bob.must<{ members: object[] }>('GET', `${room}/members`);
    assert.equal(members.length, 1);
    const read = await bob.must<{ sequence: number }>('PUT', `${room}/read`, { sequence: 2 });
    assert.equal(read.sequence >= 2, true);
    const group = { userIds: [alice.userId], name: 'Lunch' };
    const created = await bob.call('POST', '/api/groups', group);
    assert.equal(created.status, 201);
    await bob.must('DELETE', message);
    assert.equal((await socket.next('message_deleted')).messageId, id);

    for (const query of ['limit=0', 'limit=x', 'limit=', 'before=-1', 'before=1.5', 'since=1']) {
      const answer = await bob.call('GET', `${room}/messages?${query}`);
      assert.equal(answer.status, 400, query);
    }
    assert.equal((await bob.call('PATCH', message, { content: 'x' })).status, 404);
    assert.equal((await bob.call('PATCH', message, ['x'])).status, 400);
    socket.close();
  });

  test('every command has a route, or a reason why it has none', () => {
    const described = Object.keys(API_OPERATIONS);
    for (const [type, { http }] of Object.entries(COMMANDS)) {
      if (http.kind !== 'none') assert.equal(described.includes(http.route), true, type);
    }
  });

  test('stores a message to a user in their direct room, like a socket', async () => {
    const bob = await server.connect('http-recipient');
    const alice = await server.connect('http-writer');
    const recipientId = await idOf('http-recipient');
    const headers = await bearer('http-writer');
    const said = { recipientId, content: 'psst', clientMessageId: 'd1' };

    const first = await server.post('/api/messages', said, headers);
    const again = await server.post('/api/messages', said, headers);
    const overSocket = await alice.ask('direct_message', said, 'message_ack');

    assert.deepEqual([first.status, again.status], [201, 200]);
    const { message } = (await first.json()) as { message: Record<string, unknown> };
    assert.deepEqual(
      [message['recipientId'], message['content'], message['conversationId']],
      [recipientId, 'psst', overSocket.roomId],
    );
    assert.equal(overSocket.duplicate, true);
    assert.equal((await bob.next('chat_message')).id, message['id']);
    for (const socket of [alice, bob]) socket.close();
  });

  test('limits posts in the flat dialects to the rate of a socket', async () => {
    const small = await TestServer.start({
      CHANNELS_BUCKET_CAPACITY: '3',
      CHANNELS_REFILL_PER_SECOND: '1',
    });
    const [alice, bob] = [await small.connect('alice'), await small.connect('bob')];
    const { roomId } = await alice.joinRoom({ roomName: 'flood' });
    const { members } = await bob.joinRoom({ roomId });
    const recipientId = members.find(({ username }) => username === 'bob')?.userId;
    const headers = { authorization: `Bearer ${(await small.login('alice')).token}` };
    const flood = (place: object) =>
      Promise.all(
        Array.from({ length: 30 }, (_, n) =>
          small.post('/api/messages', { ...place, content: `${n}` }, headers),
        ),
      );

    const floods = await Promise.all([flood({ channelId: roomId }), flood({ recipientId })]);
    const others = await flood({ roomId });

    for (const answers of floods) {
      const rejected = answers.filter(({ status }) => status === 429);
      assert.ok(rejected.length > 0);
      assert.ok(rejected.every(({ headers: told }) => Number(told.get('retry-after')) >= 1));
    }
    const taken = floods.flat().filter(({ status }) => status === 201);
    assert.ok(taken.length >= 3);
    assert.ok(others.every(({ status }) => status === 201)); // The error is that of `/ws`; the budget is separate.
    for (const socket of [alice, bob]) socket.close();
    await small.close();
  });

  test('names the invalid field of a message and stores nothing', async () => {
    const alice = await server.connect('http-wrong');
    const { roomId } = await alice.joinRoom({ roomName: 'wrong' });
    const userId = await idOf('http-wrong');
    const headers = await bearer('http-wrong');
    const said = { roomId, content: 'x' };

    for (const [body, field] of [
      [{ content: 'x' }, 'roomId'],
      [{ ...said, recipientId: userId }, 'roomId'],
      [{ ...said, channelId: roomId }, 'roomId'],
      [{ content: 'x', recipientId: userId }, 'recipientId'],
      [{ ...said, attachments: [{ url: { of: '/a' } }] }, 'attachments'],
      [{ ...said, content: '\u200b' }, 'content'],
      [{ ...said, replyTo: 7 }, 'replyTo'],
      [{ ...said, parentMessageId: 'a', replyTo: 'a' }, 'replyTo'],
    ] as const) {
      const rejected = await server.post('/api/messages', body, headers);
      const { error } = (await rejected.json()) as { error: { code: string; field: string } };
      assert.deepEqual(
        [rejected.status, error.code, error.field],
        [400, 'VALIDATION_ERROR', field],
      );
    }
    const poisoned = JSON.parse('[{"__proto__":"x"}]');
    const rejected = await server.post(
      '/api/messages',
      { ...said, attachments: poisoned },
      headers,
    );
    assert.equal(rejected.status, 400);
    const attached = { ...said, attachments: ['data:,a'] };
    const { field } = await alice.ask('chat_message', attached as typeof said, 'error');
    assert.equal(field, 'attachments');
    const { messages } = await alice.ask('get_history', { roomId }, 'history');
    assert.deepEqual(messages, []);
    alice.close();
  });

  test('accepts the longest text with the largest attachments in any JSON escaping', async () => {
    const alice = await server.connect('http-longest');
    const { roomId } = await alice.joinRoom({ roomName: 'longest' });
    const attachments = [...Array.from({ length: 4 }, () => 'a'.repeat(2000)), 'a'.repeat(176)];
    const said = { roomId, content: '😀'.repeat(10_000), attachments };
    const inFull = (unit: string): string =>
      `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`;

    const posted = await fetch(`${server.url}/api/messages`, {
      method: 'POST',
      headers: { ...(await bearer('http-longest')), 'content-type': 'application/json' },
      body: JSON.stringify(said).replaceAll(/a(?=a*")|[\ud800-\udfff]/g, inFull),
    });

    assert.equal(posted.status, 201);
    const { message } = (await posted.json()) as { message: { attachments: unknown } };
    assert.deepEqual(message.attachments, attachments);
    alice.close();
  });

  test('returns the requested page and names an invalid bound', async () => {
    const alice = await server.connect('http-pages');
    const { roomId } = await alice.joinRoom({ roomName: 'pages' });
    const ids: string[] = [];
    for (const content of ['1', '2', '3', '4']) {
      ids.push((await alice.sendMessage({ roomId, content })).id);
    }
    const headers = await bearer('http-pages');
    const ask = async (query: string) => {
      const answer = await call('GET', `/api/channels/${roomId}/messages?${query}`, headers);
      return (await answer.json()) as {
        messages?: { content: string }[];
        error?: { code: string; field: string };
      };
    };
    const page = async (query: string) =>
      (await ask(query)).messages?.map(({ content }) => content).join('');
    const fault = async (query: string) => {
      const { error } = await ask(query);
      return `${error?.code} ${error?.field}`;
    };

    assert.equal(await page('before=3'), '12');
    assert.equal(await page(`before=${ids[1]}`), '1');
    assert.equal(await page('after=2'), '34');
    assert.equal(await page('after=1&limit=2'), '23');
    assert.equal(await fault('before=5&after=1'), 'VALIDATION_ERROR after');
    for (const bound of ['-1', '1.5', '9'.repeat(20), '', 'a%00', 'a'.repeat(129)]) {
      assert.equal(await fault(`before=${bound}`), 'VALIDATION_ERROR before', bound);
      assert.equal(await fault(`after=${bound}`), 'VALIDATION_ERROR after', bound);
    }
    assert.equal(await page(`after=${ids[1]}`), '34');
    // As over a socket: a value that is not a number is a message id, and this one is unknown.
    for (const id of [roomId, 'nothing']) {
      assert.equal(await fault(`before=${id}`), 'NOT_FOUND before');
      assert.equal(await fault(`after=${id}`), 'NOT_FOUND after');
    }
    assert.equal(await fault(`beforeId=${ids[1]}`), 'VALIDATION_ERROR beforeId');
    assert.equal(await fault('pageSize=2'), 'VALIDATION_ERROR pageSize');
    assert.equal(await page('around=2&limit=2'), '12');
    assert.equal(await page(`around=${ids[2]}&limit=2`), '23');
    assert.equal(await page('aroundTime=2020-01-31&limit=2'), '1');
    assert.equal(await page('aroundTime=2999-01-31T12:00:00Z&limit=4'), '34');
    assert.equal(await fault('around=nothing'), 'NOT_FOUND around');
    assert.equal(await fault('aroundTime=yesterday'), 'VALIDATION_ERROR aroundTime');
    assert.equal(await fault('around=1&aroundTime=2020-01-31'), 'VALIDATION_ERROR aroundTime');
    alice.close();
  });

  test('bans, lifts the ban and leaves, each in its position of the log', async () => {
    const owner = await server.connect('owner');
    const guest = await server.connect('guest');
    const { roomId } = await owner.joinRoom({ roomName: 'door' });
    const { members } = await guest.joinRoom({ roomName: 'door' });
    const elsewhere = await server.connect('guest');
    const guestId = members.find(({ username }) => username === 'guest')?.userId;
    const headers = await bearer('owner');
    const ban = `/api/rooms/${roomId}/bans/${guestId}`;

    assert.equal((await call('PUT', ban, await bearer('guest'))).status, 403);
    assert.equal((await call('PUT', ban, headers)).status, 200);

    for (const socket of [guest, elsewhere]) {
      const left = await socket.next('room_left');
      assert.deepEqual(left, { roomId, reason: 'banned', sequence: 1 });
    }
    const told = await owner.next('user_left');
    assert.deepEqual([told.userId, told.sequence], [guestId, 1]);
    const rejected = await guest.ask('get_history', { roomId }, 'error');
    assert.equal(rejected.code, 'FORBIDDEN');
    assert.equal((await call('DELETE', ban, headers)).status, 200);
    assert.equal((await call('DELETE', ban, headers)).status, 404);
    const leave = `/api/rooms/${roomId}/members/me`;
    assert.equal((await call('DELETE', leave, await bearer('guest'))).status, 403);
    // With a content type, but without a body.
    const typed = { ...headers, 'content-type': 'application/json' };
    assert.equal((await call('DELETE', leave, typed)).status, 200);
    assert.equal((await owner.next('room_left')).reason, 'left');
    for (const socket of [owner, guest, elsewhere]) socket.close();
  });

  test('changes a password, ends all sessions, and gives the client a new one', async () => {
    const there = await server.connect('changer');
    const headers = await bearer('changer');
    const change = { currentPassword: 'correct horse', newPassword: 'battery staple' };

    const wrong = { ...change, currentPassword: 'wrong horse' };
    assert.equal((await server.post('/api/auth/password', wrong, headers)).status, 403);
    const changed = await server.post('/api/auth/password', change, headers);
    assert.equal(changed.status, 200);
    const { token } = (await changed.json()) as { token: string };
    const [cookie = ''] = changed.headers.getSetCookie().map((each) => each.split(';')[0] ?? '');

    assert.deepEqual(await there.next('session_expired'), { reason: 'password_changed' });
    assert.equal((await there.closed).code, 4001);
    assert.equal((await call('GET', '/api/auth/me', headers)).status, 401);
    for (const fresh of [{ cookie }, { authorization: `Bearer ${token}` }]) {
      assert.equal((await call('GET', '/api/auth/me', fresh)).status, 200);
    }
    const login = { username: 'changer', password: 'correct horse' };
    assert.equal((await server.post('/login', login)).status, 401);
  });

  test('finds users by the beginning of their names, without those who are blocked', async () => {
    const accounts = ['seeker', 'sought-a', 'sought-b'];
    const [seeker, first, second] = await Promise.all(accounts.map((name) => server.connect(name)));
    const headers = await bearer('seeker');
    const find = async (q: string): Promise<string[]> => {
      const answer = await call('GET', `/api/people?q=${q}`, headers);
      const { users } = (await answer.json()) as { users: { id: string; username: string }[] };
      return users.map(({ id, username }) => (id === '' ? '' : username));
    };

    assert.deepEqual(await find('Sought'), ['sought-a', 'sought-b']);
    assert.deepEqual(await find('seeker'), []);
    assert.deepEqual(await find('%25'), []);
    assert.equal((await call('GET', '/api/people?q=', headers)).status, 400);
    const found = await call('GET', '/api/people?q=sought-a', headers);
    const { users } = (await found.json()) as { users: { id: string }[] };
    await call('PUT', `/api/blocks/${users[0]?.id}`, headers);
    assert.deepEqual(await find('sought'), ['sought-b']);
    // However a keyboard or a file name writes it, and as long as a name may be.
    const displayName = `É${'👋'.repeat(39)}`;
    const own = await bearer('sought-b');
    await fetch(`${server.url}/api/profile`, {
      method: 'PUT',
      headers: { ...own, 'content-type': 'application/json' },
      body: JSON.stringify({ displayName }),
    });
    for (const q of ['e\u0301', displayName]) {
      assert.deepEqual(await find(encodeURIComponent(q)), ['sought-b']);
    }
    for (const socket of [seeker, first, second]) socket?.close();
  });

  test('lists and ends blocks, which the blocked user does not notice', async () => {
    const [ann, ben] = [await server.connect('ann-b'), await server.connect('ben-b')];
    const ack = await ann.ask(
      'direct_message',
      { recipient: 'ben-b', content: 'hi' },
      'message_ack',
    );
    const told = await ben.next('chat_message');
    assert.deepEqual([told.content, told.roomId], ['hi', ack.roomId]);
    const headers = await bearer('ben-b');
    const block = `/api/blocks/${told.userId}`;

    assert.equal((await call('PUT', block, headers)).status, 200);
    await ben.next('room_left');
    await ann.sendMessage({ roomId: ack.roomId, content: 'x' });
    const listed = (await (await call('GET', '/api/blocks', headers)).json()) as {
      users: { username: string }[];
    };
    assert.equal((await call('DELETE', block, headers)).status, 200);

    assert.equal(ben.ofType('chat_message').length, 1);
    assert.deepEqual(
      listed.users.map(({ username }) => username),
      ['ann-b'],
    );
    await ann.sendMessage({ roomId: ack.roomId, content: 'y' });
    assert.equal((await ben.next('chat_message')).content, 'y');
    for (const socket of [ann, ben]) socket.close();
  });

  test('lists the sessions of the user, and ends one of them with its sockets', async () => {
    const account = await server.signUp('several');
    const phone = await server.login('several');
    const stranger = await server.signUp('stranger-to-sessions');
    const socket = await phone.connect();
    const list = async (of: typeof account) => {
      type Listed = { id: string; current: boolean; lastSeenAt: string; userAgent: string };
      return (await of.must<{ sessions: Listed[] }>('GET', '/api/sessions')).sessions;
    };
    const sessions = await list(account);
    const other = sessions.find(({ current }) => !current);
    const path = `/api/sessions/${other?.id}`;

    const ofStranger = await stranger.call('DELETE', path);
    const ended = await account.call('DELETE', path);

    assert.deepEqual([ofStranger.status, ended.status], [404, 200]);
    assert.deepEqual(sessions.map(({ current }) => current).sort(), [false, true]);
    assert.equal(other?.userAgent, 'node');
    for (const { token } of [account, phone]) {
      assert(!JSON.stringify(sessions).includes(token));
    }
    assert.equal((await socket.closed).code, 4001);
    assert.equal((await phone.call('GET', '/api/sessions')).status, 401);
    assert.equal((await list(account)).length, 1);
    assert.equal((await list(stranger)).length, 1);
  });

  test('reports readiness with the store and its durability', async () => {
    const answer = await fetch(`${server.url}/ready`);

    const { status, store } = (await answer.json()) as {
      status: string;
      store: { state: string; durability: string; weakenedBy: string[] };
    };
    assert.deepEqual([answer.status, status], [200, 'ready']);
    assert.deepEqual([store.state, store.durability, store.weakenedBy], ['up', 'full', []]);
  });

  test('shows the address of the store only to clients on this machine', async () => {
    const describedTo = async (headers: Record<string, string>) => {
      const answer = await fetch(`${server.url}/ready`, { headers });
      const { store } = (await answer.json()) as { store: { description: string } };
      return store.description;
    };

    assert.match(await describedTo({}), /^SQLite in \//);
    assert.equal(await describedTo({ 'x-forwarded-for': '192.0.2.1' }), 'SQLite');
    assert.equal(await describedTo({ forwarded: 'for=192.0.2.1' }), 'SQLite');
  });
});
