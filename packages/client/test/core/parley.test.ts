/** The client of an application: state, events, sending and direct conversations. */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { UserId } from '@parley/protocol';
import { createParley, type Parley } from '../../src/core/parley.ts';
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

  test('reports its state in one word', async () => {
    const { server, environment, parley } = start();
    const states: string[] = [parley.connection.state];
    parley.on('connection', (state) => states.push(state));

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
    let error: Error = new Error('no network');
    const { environment, parley } = start({ getToken: () => Promise.reject(error) });
    const connected = parley.connect();
    await settle();
    assert.equal(parley.connection.state, 'reconnecting');

    error = Object.assign(new Error('log in'), { code: 'UNAUTHENTICATED' });
    environment.advance(1_000);
    await settle();
    assert.equal(parley.connection.state, 'expired');
    await assert.rejects(connected, { code: 'UNAUTHENTICATED' });
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
});
