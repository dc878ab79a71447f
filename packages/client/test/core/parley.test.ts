/** The client of an application: state, events, sending and direct conversations. */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { ChatError, UserId } from '@parley/protocol';
import { createParley, type Parley } from '../../src/core/parley.ts';
import type { PublicConnectionState } from '../../src/core/public-connection-state.ts';
import { BOB_ID, LOBBY } from '../fakes/builders.ts';
import { settle } from '../fakes/fake-environment.ts';
import { NativeServer } from '../fakes/scripted-native.ts';

function start(options: { getToken?: () => string | Promise<string> } = {}) {
  const server = new NativeServer();
  const { environment } = server;
  const parley = createParley({ url: 'http://server', auth: options, environment });
  return { server, environment, parley };
}

/** Connected, with the lobby open. */
function inLobby(messages = 0) {
  const scene = start();
  for (let n = 1; n <= messages; n += 1) scene.server.post('lobby', `text ${n}`);
  void scene.parley.connect();
  scene.server.accept();
  void scene.parley.room(scene.server.room('lobby').id).open();
  scene.server.flush();
  return { ...scene, room: scene.parley.room(LOBBY) };
}

function record(parley: Parley): string[] {
  const seen: string[] = [];
  parley.on('message', ({ content }) => seen.push(content));
  parley.on('gap', ({ afterSequence, beforeSequence }) =>
    seen.push(`gap ${afterSequence} ${beforeSequence}`),
  );
  return seen;
}

describe('Parley: connection', () => {
  test('joins by name wait for the connection, also while the code for them loads', async () => {
    const { server, parley } = start();
    void parley.connect();
    const joining = [parley.join('lobby'), parley.join('ops')];
    await import('../../src/core/rooms/join-by-name.ts');
    await settle();
    server.accept();
    server.flush();

    const [lobby, ops] = await Promise.all(joining);
    assert.deepEqual([lobby?.state?.kind, ops?.state?.kind], ['open', 'open']);
    parley.close();
  });

  test('a join by name is rejected if the client closes while its code loads', async () => {
    const { parley, server, environment } = start();
    void parley.connect();
    server.accept();
    const joining = parley.join('lobby');
    parley.close();

    await assert.rejects(joining, { code: 'UNAVAILABLE' });
    assert.equal(environment.timerCount, 0);
  });

  test('sends what waited for the server after the client was closed and opened again', async () => {
    const { server, environment, parley, room } = inLobby();
    server.rejections.push({ type: 'chat_message', code: 'RATE_LIMITED', retryAfter: 7 });
    room.send({ text: 'one too many' });
    server.flush();
    parley.close();
    assert.equal(environment.timerCount, 0);

    void parley.connect();
    server.accept();
    server.flush();
    environment.advance(7_000);
    server.flush();

    const { messages } = server.room('lobby');
    assert.deepEqual(
      messages.map(({ content }) => content),
      ['one too many'],
    );
    parley.close();
    assert.equal(environment.timerCount, 0);
  });

  test('reports its state', async () => {
    const { server, environment, parley } = start();
    const states: string[] = [parley.connection.state.kind];
    parley.on('connection', ({ kind }) => states.push(kind));

    const connected = parley.connect();
    server.accept();
    await connected;
    server.cut();
    environment.isOnline = false;
    environment.advance(1_000);
    environment.socket.end(1006);
    await settle();
    environment.session = 'ended';
    environment.isOnline = true;
    environment.signal('online');
    environment.socket.end(1006);
    await settle();
    parley.close();

    assert.deepEqual(states, [
      'idle',
      'connecting',
      'ready',
      'reconnecting',
      'offline',
      'expired',
      'idle',
    ]);
  });

  test('rejects the first connection if the session has ended', async () => {
    const { environment, parley } = start();
    environment.session = 'ended';
    const connected = parley.connect();
    environment.socket.end(1006);
    await assert.rejects(connected, { code: 'UNAUTHENTICATED' });
  });

  test('sends a new token with each connection, and over HTTP after a rejection', async () => {
    let count = 0;
    const { server, environment, parley } = start({
      getToken: () => {
        count += 1;
        return `t${count}`;
      },
    });
    void parley.connect();
    await settle();
    assert.deepEqual(environment.socket.protocols, ['parley.v1', 'parley', 'parley.token.t1']);
    server.accept();

    const headers: unknown[] = [];
    environment.answer = (_url, init) => {
      headers.push(new Headers(init?.headers).get('authorization'));
      const isOld = headers.length === 1;
      const body = isOld
        ? { error: { code: 'UNAUTHENTICATED', message: 'expired' } }
        : { users: [] };
      return Promise.resolve(Response.json(body, { status: isOld ? 401 : 200 }));
    };
    assert.deepEqual(await parley.people.search('bo'), []);
    assert.deepEqual(headers, ['Bearer t1', 'Bearer t2']);

    // The session of the token ended: the next token may be of another.
    environment.answer = undefined;
    server.cut(4001);
    environment.advance(1_000);
    await settle();
    assert.deepEqual(environment.socket.protocols, ['parley.v1', 'parley', 'parley.token.t3']);
    parley.close();
  });

  test('tries again if the application has no token, and stops if it says why', async () => {
    let error: Error = new Error('my backend is down');
    const { environment, parley } = start({ getToken: () => Promise.reject(error) });
    const states: PublicConnectionState[] = [];
    parley.on('connection', (state) => states.push(state));
    const connected = parley.connect();
    await settle();
    environment.advance(500);
    await settle();

    const seen = states.flatMap((state) => (state.kind === 'reconnecting' ? [state] : []));
    assert.deepEqual(
      seen.map(({ cause, attempt }) => [cause, attempt]),
      [
        ['token', 1],
        ['token', 2],
      ],
    );
    const [first] = seen;
    assert.equal(first?.error?.message, 'my backend is down');
    assert.equal(first.error.cause, error);
    assert.equal(first.retryAtMs, environment.nowMs());
    await assert.rejects(parley.people.search('bo'), { message: 'my backend is down' });

    error = Object.assign(new Error('Wrong name or password'), { code: 'UNAUTHENTICATED' });
    environment.advance(10_000);
    await settle();
    const { state } = parley.connection;
    assert(state.kind === 'expired');
    const wanted = { code: 'UNAUTHENTICATED', message: 'Wrong name or password', cause: error };
    assert.deepEqual([state.error.code, state.error.cause], [wanted.code, error]);
    await assert.rejects(connected, wanted);
    await assert.rejects(parley.room('r-lobby').open(), wanted);
    await assert.rejects(parley.join('lobby'), wanted);
  });

  for (const [what, getToken, code, message] of [
    ['nothing', () => undefined, 'VALIDATION_ERROR', /getToken must return a token/],
    ['an error page', () => '<html> </html>', 'VALIDATION_ERROR', /getToken must return a token/],
    [
      'an error of a rule',
      () => Promise.reject({ code: 'FORBIDDEN', message: 'no' }),
      'FORBIDDEN',
      /no/,
    ],
  ] as const) {
    test(`stops if getToken gives ${what}`, async () => {
      const { parley } = start({ getToken: getToken as () => string });
      await assert.rejects(parley.connect(), { code, message });
      assert.equal(parley.connection.state.kind, 'expired');
    });
  }

  test('reports a getToken that never answers', async () => {
    const { environment, parley } = start({ getToken: () => new Promise(() => {}) });
    void parley.connect();
    const searching = parley.people.search('bo');
    searching.catch(() => {});
    environment.advance(10_000);
    await settle();
    const { state } = parley.connection;
    assert.equal(state.kind === 'reconnecting' && state.cause, 'token');
    await assert.rejects(searching, { code: 'UNAVAILABLE', message: /getToken did not answer/ });
    parley.close();
    assert.equal(environment.timerCount, 0);
  });

  for (const [url, text] of [
    [undefined, 'undefined'],
    ['', ''],
    ['chat.example.org', 'chat.example.org'],
    ['ftp://chat.example.org', 'ftp:'],
    [42, '42'],
  ] as const) {
    test(`names the address that is wrong: ${url}`, () => {
      const wanted = { name: 'ChatError', code: 'VALIDATION_ERROR', details: { field: 'url' } };
      assert.throws(
        () => createParley({ url } as never),
        (error: ChatError) => {
          assert.equal(error.code, wanted.code);
          assert.equal(error.details.field, 'url');
          return error.message.includes('https://chat.example.org') && error.message.includes(text);
        },
      );
    });
  }

  test('stops if no WebSocket can be created', async () => {
    const { environment, parley } = start();
    Object.assign(environment, {
      openSocket: () => {
        throw new ReferenceError('WebSocket is not defined');
      },
    });
    await assert.rejects(parley.connect(), { message: /WebSocket is not defined/ });
    assert.equal(parley.connection.state.kind, 'failed');
  });

  test('names the origin that the server does not accept', async () => {
    const { environment, parley } = start();
    Object.assign(environment, { origin: 'https://shop.example.org' });
    // As browsers do it without CORS headers.
    environment.answer = async (_url, init) => {
      if (init?.mode === 'no-cors') return Response.error();
      throw new TypeError('Failed to fetch');
    };
    const foreign = createParley({ url: 'http://server', environment });
    void foreign.connect();
    environment.socket.end(1006);
    await settle();
    const { state } = foreign.connection;
    assert(state.kind === 'reconnecting');
    assert.equal(state.cause, 'origin');
    assert.match(`${state.error?.message}`, /https:\/\/shop\.example\.org.*CORS_ORIGINS/);
    foreign.close();
    parley.close();
  });

  test('waits as long as a stopping server asks for', () => {
    const { server, environment, parley } = inLobby();
    server.sendEvent('server_draining', { retryAfterMs: 5_000 });
    server.cut(1012);
    environment.advance(5_000);
    assert.equal(environment.sockets.length, 1);
    environment.advance(1_000);
    assert.equal(environment.sockets.length, 2);
    parley.close();
  });
});

describe('Parley: rooms by name', () => {
  const joinsOf = ({ environment }: ReturnType<typeof start>): number =>
    environment.socket.sentOf('join_room').length;

  async function joined(scene: ReturnType<typeof start>, name: string) {
    const joining = scene.parley.join(name);
    await settle();
    scene.server.flush();
    return joining;
  }

  test('joins in progress are shared, and an open room needs no request', async () => {
    const scene = start();
    void scene.parley.connect();
    scene.server.accept();
    const joining = [scene.parley.join('a'), scene.parley.join('a'), scene.parley.join('a')];
    await settle();
    scene.server.flush();
    const ids = (await Promise.all(joining)).map(({ id }) => id);
    assert.deepEqual(ids, ['r-a', 'r-a', 'r-a']);
    assert.equal((await scene.parley.join('a')).id, 'r-a');
    assert.equal((await scene.parley.join('a', { create: false })).id, 'r-a');
    assert.equal(joinsOf(scene), 1);

    scene.parley.room('r-a').close();
    scene.server.flush();
    await joined(scene, 'a');
    assert.equal(joinsOf(scene), 2);
    scene.parley.close();
  });

  test('a room with another name now is not the room of that name', async () => {
    const scene = start();
    void scene.parley.connect();
    scene.server.accept();
    await joined(scene, 'a');
    scene.server.sendEvent('room_changed', { roomId: 'r-a' as never, name: 'b' } as never);
    const again = scene.parley.join('a');
    await settle();
    assert.equal(joinsOf(scene), 2);
    scene.server.flush();
    await again;
    scene.parley.close();
  });

  test('a rate-limited join waits as long as the server asks, and is tried again', async () => {
    const scene = start();
    const { environment, parley, server } = scene;
    void parley.connect();
    server.accept();
    server.rejections.push({ type: 'join_room', code: 'RATE_LIMITED', retryAfter: 1 });
    const joining = parley.join('a');
    await settle();
    server.flush();
    assert.equal(joinsOf(scene), 1);
    environment.advance(1_000);
    server.flush();
    assert.equal((await joining).id, 'r-a');
    assert.equal(joinsOf(scene), 2);

    server.rejections.push({ type: 'join_room', code: 'RATE_LIMITED', retryAfter: 60 });
    const late = parley.join('b');
    await settle();
    server.flush();
    await assert.rejects(late, { code: 'RATE_LIMITED' });
    parley.close();
    assert.equal(environment.timerCount, 0);
  });

  test('joins before connect wait for it', async () => {
    const scene = start();
    const joining = scene.parley.join('a');
    await settle();
    scene.environment.advance(60_000);
    void scene.parley.connect();
    scene.server.accept();
    scene.server.flush();
    assert.equal((await joining).id, 'r-a');
    scene.parley.close();
  });
});

describe('Parley: promises', () => {
  test('settle when the client is closed, and say that a message is kept', async () => {
    const { environment, parley, room, server } = inLobby(60);
    const other = parley.room(server.room('ops').id);
    server.cut();
    const sent = room.send({ text: 'kept' });
    const waiting: Record<string, Promise<unknown>> = {
      done: sent.done,
      retry: sent.retry(),
      edit: sent.edit('kept too'),
      open: other.open(),
      join: parley.join('b'),
      older: room.loadOlder(),
      change: room.edit('m1' as never, 'text'),
      remove: room.delete('m1' as never),
      react: room.react('m1' as never, '👍'),
      thread: room.thread('m1' as never).load(),
      around: room.around({ sequence: 3 }),
      search: parley.people.search('b'),
      connect: parley.connect(),
    };
    for (const promise of Object.values(waiting)) promise.catch(() => {});
    await settle();
    parley.close();
    await settle();
    const isEnded = await Promise.all(
      Object.entries(waiting).map(async ([name, promise]) => {
        const outcome = await Promise.race([
          promise.then(
            () => 'resolved',
            () => 'rejected',
          ),
          settle().then(() => 'pending'),
        ]);
        return [name, outcome];
      }),
    );
    assert.deepEqual(
      isEnded.filter(([, outcome]) => outcome === 'pending'),
      [],
    );
    await assert.rejects(sent.done, { code: 'UNAVAILABLE', message: /message is kept in memory/ });
    await assert.rejects(room.send({ text: 'after' }).done, { message: /kept/ });
    assert.equal(environment.timerCount, 0);

    void parley.connect();
    server.accept();
    server.flush();
    await settle();
    server.flush();
    const stored = server.room('lobby').messages.map(({ content }) => content);
    assert.deepEqual(stored.slice(60), ['kept too', 'after']);
    parley.close();
  });

  test('wait on if the client is opened again in the same turn', async () => {
    const { server, parley } = start();
    const connected = parley.connect();
    const joining = parley.join('a');
    parley.close();
    void parley.connect();
    await settle();
    server.accept();
    server.flush();
    await connected;
    assert.equal((await joining).id, 'r-a');
    parley.close();
  });

  test('a page of older messages reports its end', async () => {
    const { parley, room, server } = inLobby(120);
    const [first, second] = [room.loadOlder(), room.loadOlder()];
    server.flush();
    await Promise.all([first, second]);
    assert.equal(room.messages.length, 100);
    server.rejections.push({ type: 'get_history', code: 'UNAVAILABLE' });
    const failing = room.loadOlder();
    server.flush();
    await assert.rejects(failing, { code: 'UNAVAILABLE' });
    parley.close();
    await assert.rejects(parley.room('r-none').loadOlder(), { code: 'NOT_IN_ROOM' });
  });
});

describe('Parley: events', () => {
  test('emit each new message once and in order, also those that were missed', () => {
    const { server, parley } = inLobby(3);
    const seen = record(parley);
    server.post('lobby', 'live');
    server.flush();
    server.cut();
    server.post('lobby', 'missed 1');
    server.post('lobby', 'missed 2');
    parley.connection.tryNow();
    server.accept();
    server.flush();
    server.post('lobby', 'live again');
    server.flush();

    assert.deepEqual(seen, ['live', 'missed 1', 'missed 2', 'live again']);
    parley.close();
  });

  test('emit a gap if more was missed than the server sends', () => {
    const { server, parley } = inLobby(1);
    const seen = record(parley);
    server.cut();
    server.catchUpMax = 2;
    server.historyOnJoin = 2;
    for (const n of [2, 3, 4, 5]) server.post('lobby', `text ${n}`);
    parley.connection.tryNow();
    server.accept();
    server.flush();

    assert.deepEqual(seen, ['gap 1 4', 'text 4', 'text 5']);
    parley.close();
  });

  test('emit once if a handler answers in other rooms', () => {
    const { server, parley, room } = inLobby();
    const ops = parley.room(server.room('ops').id);
    void ops.open();
    server.flush();
    const seen = record(parley);
    parley.on('message', ({ content }) => {
      if (content === 'hello') {
        ops.send({ text: 'noted' });
        room.send({ text: 'hi' });
        server.flush();
      }
    });
    server.post('lobby', 'hello');
    server.flush();

    assert.deepEqual(seen.toSorted(), ['hello', 'hi', 'noted']);
    parley.close();
  });

  test('emit notifications for mentions, and changes of messages', () => {
    const { server, parley, room } = inLobby(1);
    const seen: string[] = [];
    parley.on('notification', ({ reason, message }) => seen.push(`${reason} ${message?.content}`));
    const off = parley.on('change', ({ message }) => seen.push(`now ${message.content}`));
    server.post('lobby', 'hello');
    server.post('lobby', 'hello @alice');
    server.flush();
    const change = {
      roomId: LOBBY,
      messageId: room.messages[0]?.delivery.kind === 'sent' ? room.messages[0].delivery.id : 'm1',
      userId: BOB_ID,
      content: 'text 1b',
      editedAt: '2026-01-31T12:00:00.000Z',
    };
    server.sendEvent('message_edited', { ...change, sequence: 4 } as never);
    off();
    server.sendEvent('message_edited', { ...change, sequence: 5, content: 'x' } as never);

    assert.deepEqual(seen, ['mention hello @alice', 'now text 1b']);
    parley.close();
  });
});

describe('Parley: sending', () => {
  test('ends with the stored message', async () => {
    const { server, parley, room } = inLobby();
    const sent = room.send({ text: 'hello' });
    assert.deepEqual(
      room.messages.map(({ content, delivery }) => [content, delivery.kind]),
      [['hello', 'pending']],
    );
    server.flush();
    const message = await sent.done;
    assert.deepEqual([message.content, message.sequence], ['hello', 1]);
    assert.equal(message.clientMessageId, sent.id);
    parley.close();
  });

  test('ends with the message of the log if the acknowledgement was lost', async () => {
    const { server, parley, room } = inLobby();
    const sent = room.send({ text: 'hello' });
    server.cut();
    parley.connection.tryNow();
    server.accept();
    server.flush();
    assert.equal((await sent.done).sequence, 1);
    assert.equal(server.room('lobby').messages.length, 1);
    parley.close();
  });

  test('rejects with the error, and sends again with the same id', async () => {
    const { server, parley, room } = inLobby();
    server.rejections.push({ type: 'chat_message', code: 'FORBIDDEN' });
    const sent = room.send({ text: 'hello' });
    server.flush();
    await assert.rejects(sent.done, { code: 'FORBIDDEN' });
    const again = sent.retry();
    server.flush();
    assert.equal((await again).clientMessageId, sent.id);
    parley.close();
  });

  test('withdraws a message only while it is certainly not stored', async () => {
    const { server, parley, room } = inLobby();
    const [first, second] = [room.send({ text: 'one' }), room.send({ text: 'two' })];
    assert.equal(first.cancel(), false);
    assert.equal(second.cancel(), true);
    await assert.rejects(second.done, { name: 'AbortError' });
    server.cut();
    assert.equal(first.cancel(), false, 'the acknowledgement may be lost');
    parley.connection.tryNow();
    server.accept();
    server.flush();
    await first.done;
    assert.deepEqual(
      server.room('lobby').messages.map(({ content }) => content),
      ['one'],
    );
    parley.close();
  });

  test('creates a direct conversation with the first message, also if it was written offline', async () => {
    const { server, parley } = start();
    const bob = await parley.direct('u-bob' as UserId);
    assert.equal(bob.id, undefined);
    const sent = [bob.send({ text: 'one' }), bob.send({ text: 'two' })];
    void parley.connect();
    server.accept();
    server.flush();
    const [first] = await Promise.all(sent.map(({ done }) => done));

    assert.equal(bob.id, first?.roomId);
    assert.deepEqual(
      server.room('bob').messages.map(({ content }) => content),
      ['one', 'two'],
    );
    const known = await parley.direct('u-bob');
    assert.equal(known.id, bob.id);
    parley.close();
  });
});

describe('Parley: uncertain messages', () => {
  test('may be stored although a later attempt was postponed', () => {
    const { server, parley, room, environment } = inLobby();
    const sent = room.send({ text: 'once' });
    server.cut();
    parley.connection.tryNow();
    server.rejections.push({ type: 'chat_message', code: 'RATE_LIMITED', retryAfter: 5 });
    // The catch-up does not show it: it is in progress.
    server.room('lobby').messages = [];
    server.accept();
    server.flush();
    assert.equal(sent.cancel(), false);
    environment.advance(5_000);
    parley.close();
  });

  test('do not block their room if they are edited, and the room is closed and opened again', async () => {
    const { server, parley, room } = inLobby();
    server.edits = [];
    const sent = room.send({ text: 'a tpyo' });
    const edited = sent.edit('a typo');
    await settle();
    server.rejections.push({ type: 'resume', code: 'UNAVAILABLE' });
    server.cut();
    server.room('lobby').messages = [];
    server.rooms.get(LOBBY)?.events.splice(0);
    parley.connection.tryNow();
    server.forbidden.add(LOBBY);
    server.accept();
    server.sendEvent('room_left', { roomId: LOBBY });
    await assert.rejects(edited);
    server.forbidden.clear();
    server.flush();
    void room.open();
    server.flush();

    const retried = sent.retry();
    server.flush();
    await retried;
    room.send({ text: 'next' });
    for (let turn = 0; turn < 5; turn += 1) {
      await settle();
      server.flush();
    }
    assert.deepEqual(
      server.room('lobby').messages.map(({ content }) => content),
      ['a tpyo', 'next'],
    );
    assert.deepEqual(server.edits, ['a typo']);
    assert.deepEqual(parley.getSnapshot().outbox, []);
    parley.close();
  });
});

describe('Parley: windows of the timeline', () => {
  test('open around a message, grow in both directions, and stay current', async () => {
    const { server, parley, room } = inLobby(300);
    const loading = room.around({ sequence: 150 });
    await settle();
    server.flush();
    const window = await loading;
    const ends = () => {
      const { messages } = window.getSnapshot();
      return [messages[0]?.sequence, messages.at(-1)?.sequence];
    };
    assert.deepEqual(ends(), [125, 174]);
    assert.equal(window.getSnapshot().anchorSequence, 150);

    const older = window.loadOlder();
    server.flush();
    await older;
    const newer = window.loadNewer();
    server.flush();
    await newer;
    assert.deepEqual(ends(), [75, 224]);

    server.post('lobby', 'beyond the window');
    server.flush();
    assert.deepEqual(ends(), [75, 224]);
    while (window.getSnapshot().hasNewer) {
      const more = window.loadNewer();
      server.flush();
      await more;
    }
    server.post('lobby', 'at its end');
    server.flush();
    assert.equal(window.getSnapshot().messages.at(-1)?.content, 'at its end');
    window.close();
    parley.close();
  });

  test('apply changes that arrive while a page is loading', async () => {
    const { server, environment, parley, room } = inLobby(100);
    const loading = room.around({ sequence: 10 });
    await settle();
    const page = server.room('lobby').messages[9];
    assert(page !== undefined);
    const edit = { roomId: LOBBY, messageId: page.id, userId: BOB_ID, content: 'edited' };
    const editedAt = '2026-01-31T12:00:00.000Z';
    environment.socket.deliver('message_edited', { ...edit, sequence: 101, editedAt });
    server.flush();
    const window = await loading;

    const shown = window.getSnapshot().messages.find(({ id }) => id === page.id);
    assert.equal(shown?.content, 'edited');
    parley.close();
  });

  test('name the senders, also when a name becomes known', async () => {
    const { server, environment, parley, room } = inLobby(100);
    const loading = room.around({ sequence: 10 });
    await settle();
    server.flush();
    const window = await loading;
    const sender = () => window.getSnapshot().messages[0]?.sender;
    assert.deepEqual(sender(), { id: BOB_ID, username: 'bob', name: 'bob' });
    assert.equal(window.getSnapshot(), window.getSnapshot());
    let changes = 0;
    const unsubscribe = window.subscribe(() => {
      changes += 1;
    });

    const bob = { userId: BOB_ID, username: 'bob', displayName: 'Bob Smith' };
    const present = { status: 'online', isOnline: true, lastSeen: null } as const;
    environment.socket.deliver('presence_update', { ...bob, ...present });

    assert.equal(sender()?.name, 'Bob Smith');
    assert.notEqual(changes, 0);
    unsubscribe();
    window.close();
    parley.close();
  });
});
