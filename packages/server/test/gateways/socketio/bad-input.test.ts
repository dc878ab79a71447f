import assert from 'node:assert/strict';
import { test } from 'node:test';
import { testBadInput } from '../../contracts/bad-input.ts';
import { type BadInputDialect, ROOM, repeatedIn, UNKNOWN } from '../../support/bad-commands.ts';
import type { Answer } from '../../support/bad-input-scene.ts';
import {
  type Answer as SocketIoAnswer,
  SocketIoClient,
  type SocketIoMessage,
  type Transports,
  tokenOf,
} from '../../support/socketio-client.ts';
import { until } from '../../support/wait.ts';

const socketIoOver = (transports: Transports): BadInputDialect => ({
  title: `/socket.io/ (${transports})`,
  async connect(server, account) {
    const auth = { token: await tokenOf(account) };
    const client = new SocketIoClient(server, { transports, auth });
    await client.open();
    return {
      events: client.received,
      ask: async (type, payload) => toAnswer(await client.ask(type, payload)),
      async settled() {
        await client.must('room:list');
      },
      async ended() {
        await until(() => client.ends.length === 1, 'the end');
        return undefined;
      },
      close: () => client.close(),
    };
  },
  async prepare(server) {
    const client = await SocketIoClient.connect(server, 'alice');
    const { roomId } = await client.joinRoom('lobby');
    client.close();
    return { room: roomId as string };
  },
  open: (client, roomId) => client.ask('room:join', { roomId }),
  message: {
    type: 'message:send',
    target: 'roomId',
    toBob: ROOM,
    fromMallory: ROOM,
    unknownTarget: 'NOT_IN_ROOM',
    lengthMax: 10_000,
    hasAttachments: false,
  },
  positions: [
    ['room:join', { roomId: ROOM }, 'lastSequence'],
    ['message:history', { roomId: ROOM }, 'before'],
    ['message:history', { roomId: ROOM }, 'after'],
  ],
  contextOf: (_type, payload) => repeatedIn(payload, ['roomId']),
  retryAfter: 10,
  tooComplex: 'The value must be object',
  closeCode: undefined,
  sanitizesMarkup: true,
  badCommands: [
    ['room:join', {}, 'VALIDATION_ERROR roomId'],
    ['room:join', { roomId: 7 }, 'VALIDATION_ERROR roomId'],
    ['room:join', { roomId: '  ' }, 'VALIDATION_ERROR roomId'],
    ['room:join', 'lobby', 'VALIDATION_ERROR'],
    ['room:join', ['lobby'], 'VALIDATION_ERROR'],
    ['room:join', { roomId: UNKNOWN }, 'NOT_FOUND'],
    ['room:leave', { roomId: 'nowhere' }, 'NOT_IN_ROOM'],
    [
      'message:send',
      { roomId: ROOM, content: '<script>alert(1)</script>' },
      'VALIDATION_ERROR content',
    ],
    [
      'message:send',
      { roomId: ROOM, content: '<script>x</script>\u200b' },
      'VALIDATION_ERROR content',
    ],
    ['message:history', { roomId: 'nowhere' }, 'NOT_FOUND'],
    ['message:history', { roomId: ROOM, limit: 0 }, 'VALIDATION_ERROR limit'],
    ['message:history', { roomId: ROOM, limit: 201 }, 'VALIDATION_ERROR limit'],
    ['message:history', { roomId: ROOM, before: 'nothing' }, 'NOT_FOUND before'],
    ['message:read', { roomId: ROOM, messageId: 'nothing' }, 'NOT_FOUND messageId'],
    ['message:read', { roomId: ROOM }, 'VALIDATION_ERROR messageId'],
    ['typing:start', { roomId: 'nowhere' }, 'NOT_IN_ROOM'],
    ['presence:set', { status: 'busy' }, 'VALIDATION_ERROR status'],
  ],
});

function toAnswer({ error, message }: SocketIoAnswer): Answer {
  return error ?? { sequence: (message as SocketIoMessage | undefined)?.sequence };
}

testBadInput(socketIoOver(['polling']));
testBadInput(socketIoOver(['websocket']), (scene) => {
  const connect = () => SocketIoClient.connect(scene.server, 'mallory');

  test('rejects a message for its length or its room before it sanitizes the markup', async () => {
    const content = '<b>'.repeat(300_000);

    const long = await scene.mallory.ask('message:send', scene.fill({ roomId: ROOM, content }));
    const elsewhere = await scene.mallory.ask('message:send', {
      roomId: 'nowhere',
      content: '<b></b>',
    });

    assert.equal(long.message, 'The message is longer than 10000 characters');
    assert.equal(elsewhere.code, 'NOT_IN_ROOM');
  });

  test('sends an `error` event if the client did not request an acknowledgement', async () => {
    const client = await connect();
    client.socket.emit('message:send', { roomId: 'nowhere', content: 'x' });

    const error = await client.next('error');

    const about = { message: 'You are not in this room', roomId: 'nowhere' };
    assert.deepEqual(error, { code: 'NOT_IN_ROOM', ...about });
    client.close();
  });

  test('removes harmful markup, and leaves plain text as it was written', async () => {
    const roomId = scene.fill(ROOM);
    const native = await scene.accounts.mallory.connect();
    await native.joinRoom({ roomId });
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
      await native.sendMessage({ roomId, content });
    }

    await scene.bob.settled();
    const received = scene.bob.events as { name: string; payload: SocketIoMessage }[];
    assert.deepEqual(
      received.filter(({ name }) => name === 'message:new').map(({ payload }) => payload.content),
      texts.map(([, shown]) => shown),
    );
    const page = await native.ask('get_history', { roomId }, 'history');
    assert.deepEqual(
      page.messages.slice(-texts.length).map(({ content }) => content),
      texts.map(([written]) => written.trim()),
    );
    native.close();
    await scene.restart();
  });
});
