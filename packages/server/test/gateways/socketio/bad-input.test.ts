/** Bad input over Socket.IO: answered, nothing stored, nobody else disturbed. */
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { TestServer } from '../../support/running-server.ts';
import { type Answer, type SaidMessage, SocketIoClient } from '../../support/socketio-client.ts';
import { until } from '../../support/wait.ts';

describe('bad input over Socket.IO', () => {
  let server: TestServer;
  let alice: SocketIoClient;
  let bob: SocketIoClient;
  let roomId: string;
  before(async () => {
    server = await TestServer.start({ MESSAGE_RATE_MAX: '40' });
    alice = await SocketIoClient.connect(server, 'alice');
    bob = await SocketIoClient.connect(server, 'bob');
    roomId = (await alice.must('room:join', { roomId: 'lobby' }))['roomId'] as string;
    await bob.must('room:join', { roomId });
  });
  after(async () => {
    for (const client of [alice, bob]) client.close();
    await server.close();
  });

  const codeOf = ({ error }: Answer) => error && `${error.code} ${error.field ?? ''}`.trim();

  test('is answered with the code and the field', async () => {
    const cases: [name: string, payload: unknown, wanted: string][] = [
      ['room:join', {}, 'VALIDATION_ERROR roomId'],
      ['room:join', { roomId: 7 }, 'VALIDATION_ERROR roomId'],
      ['room:join', { roomId: '  ' }, 'VALIDATION_ERROR roomId'],
      ['room:join', { roomId: 'x', lastSequence: -1 }, 'VALIDATION_ERROR lastSequence'],
      ['room:join', 'lobby', 'VALIDATION_ERROR'],
      ['room:join', ['lobby'], 'VALIDATION_ERROR'],
      ['room:join', { roomId: '00000000-0000-7000-8000-00000000beef' }, 'NOT_FOUND'],
      ['room:leave', { roomId: 'nowhere' }, 'NOT_IN_ROOM'],
      ['message:send', { roomId }, 'VALIDATION_ERROR content'],
      ['message:send', { roomId, content: 7 }, 'VALIDATION_ERROR content'],
      ['message:send', { roomId, content: '   ' }, 'VALIDATION_ERROR content'],
      ['message:send', { roomId, content: '\u200b' }, 'VALIDATION_ERROR content'],
      ['message:send', { roomId, content: '<script>x</script>\u200b' }, 'VALIDATION_ERROR content'],
      ['message:send', { roomId, content: 'x'.repeat(10_001) }, 'VALIDATION_ERROR content'],
      [
        'message:send',
        { roomId, content: 'x', clientMessageId: '' },
        'VALIDATION_ERROR clientMessageId',
      ],
      [
        'message:send',
        { roomId, content: 'x', clientMessageId: 'a\u0000' },
        'VALIDATION_ERROR clientMessageId',
      ],
      [
        'message:send',
        { roomId, content: 'x', clientMessageId: 'a\ud800' },
        'VALIDATION_ERROR clientMessageId',
      ],
      ['message:send', { roomId: 'a\u0000', content: 'x' }, 'VALIDATION_ERROR roomId'],
      ['message:send', { roomId: 'nowhere', content: 'x' }, 'NOT_IN_ROOM'],
      [
        'message:send',
        { roomId, content: '<script>alert(1)</script>' },
        'VALIDATION_ERROR content',
      ],
      ['message:history', { roomId: 'nowhere' }, 'NOT_FOUND'],
      ['message:history', { roomId, limit: 0 }, 'VALIDATION_ERROR limit'],
      ['message:history', { roomId, limit: 201 }, 'VALIDATION_ERROR limit'],
      ['message:history', { roomId, before: 'nothing' }, 'NOT_FOUND before'],
      ['message:read', { roomId, messageId: 'nothing' }, 'NOT_FOUND messageId'],
      ['message:read', { roomId }, 'VALIDATION_ERROR messageId'],
      ['typing:start', { roomId: 'nowhere' }, 'NOT_IN_ROOM'],
      ['presence:set', { status: 'busy' }, 'VALIDATION_ERROR status'],
      ['no:such:event', {}, 'UNKNOWN_TYPE'],
      ['__proto__', {}, 'UNKNOWN_TYPE'],
      ['constructor', {}, 'UNKNOWN_TYPE'],
    ];
    for (const [name, payload, wanted] of cases) {
      assert.equal(
        codeOf(await alice.ask(name, payload)),
        wanted,
        `${name} ${JSON.stringify(payload)}`,
      );
    }
    assert.deepEqual(bob.texts, []);
  });

  test('is refused for its length, its room and its pace before anybody looks for markup', async () => {
    const tags = '<b>'.repeat(300_000);
    const long = await alice.ask('message:send', { roomId, content: tags });
    const elsewhere = await alice.ask('message:send', { roomId: 'nowhere', content: '<b></b>' });

    assert.equal(long.error?.message, 'The message is longer than 10000 characters');
    assert.equal(elsewhere.error?.code, 'NOT_IN_ROOM');
    assert.deepEqual(bob.texts, []);
  });

  test('is told by an `error` event where there is no acknowledgement', async () => {
    alice.socket.emit('message:send', { roomId: 'nowhere', content: 'x' });

    const error = await alice.next('error');

    assert.deepEqual(error, { code: 'NOT_IN_ROOM', message: 'You are not in this room' });
  });

  test('shows nobody what could do harm, and leaves plain text as it was written', async () => {
    const native = await server.connect('nadia');
    await native.ask('join_room', { roomId }, 'room_joined');
    const texts: [written: string, shown: string][] = [
      ['a < b && c', 'a < b && c'],
      ['1 > 0 &amp; "x"', '1 > 0 &amp; "x"'],
      ['<b onclick="x()">bold</b>', '<b>bold</b>'],
      ['<a href="javascript:x()">link</a>', '<a>link</a>'],
      ['<a href="https://example.org">link</a>', '<a href="https://example.org">link</a>'],
      ['hi <img src=x onerror=alert(1)>', 'hi'],
      ['hi <script>alert(1)</script>', 'hi'],
      ['if a<b then', 'if a&lt;b then'],
      ['x <img src=x onerror=alert(1) ', 'x &lt;img src=x onerror=alert(1)'],
      ['<<x></x>script>alert(1)</script>', '&lt;script&gt;alert(1)'],
    ];

    for (const [content] of texts) {
      await native.ask('chat_message', { roomId, content }, 'message_ack');
    }

    await until(() => bob.texts.length === texts.length, 'all texts');
    assert.deepEqual(
      bob.texts,
      texts.map(([, shown]) => shown),
    );
    const page = await native.ask('get_history', { roomId }, 'history');
    assert.deepEqual(
      page.messages.map(({ content }) => content),
      texts.map(([written]) => written.trim()),
    );
    native.close();
  });

  test('of too many messages says when to come back', async () => {
    const carol = await SocketIoClient.connect(server, 'carol');
    await carol.must('room:join', { roomId });
    const answers = await Promise.all(
      Array.from({ length: 45 }, (_, n) => carol.ask('message:send', { roomId, content: `${n}` })),
    );

    const rejected = answers.filter(({ ok }) => !ok);
    assert.equal(rejected.length, 5);
    for (const { error } of rejected) {
      assert.equal(error?.code, 'RATE_LIMITED');
      assert.ok((error?.retryAfter ?? 0) >= 1);
    }
    await until(() => carol.texts.length === 40, 'what was stored');
    carol.close();
  });

  test('of too many bytes ends the connection that sent them, and no other', async () => {
    for (const transports of [['websocket'], ['polling']] as const) {
      const carol = await SocketIoClient.connect(server, 'carol', { transports });
      carol.socket.emit('message:send', { roomId, content: 'x'.repeat(2_000_000) });
      await until(() => carol.ends.length === 1, 'the end');
    }
    const { message } = (await alice.must('message:send', {
      roomId,
      content: 'still here',
    })) as unknown as {
      message: SaidMessage;
    };
    assert.equal(message.content, 'still here');
  });
});
