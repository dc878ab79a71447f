import assert from 'node:assert/strict';
import { after, afterEach, before, beforeEach, describe, test } from 'node:test';
import { TestServer } from '../../support/running-server.ts';
import type { TestSocket } from '../../support/test-socket.ts';

describe('bad input over the native dialect', () => {
  let server: TestServer;
  let mallory: TestSocket;
  let alice: TestSocket;
  let bob: TestSocket;
  let roomId: string;
  before(async () => {
    server = await TestServer.start({ MESSAGE_RATE_MAX: '6', MESSAGE_RATE_WINDOW_MS: '60000' });
  });
  after(() => server.close());
  beforeEach(async () => {
    [mallory, alice, bob] = [
      await server.connect('mallory'),
      await server.connect('alice'),
      await server.connect('bob'),
    ];
    roomId = (await alice.ask('join_room', { roomName: 'lobby' }, 'room_joined')).roomId;
    await bob.ask('join_room', { roomName: 'lobby' }, 'room_joined');
    await alice.settled();
  });
  /** After each test the others still talk and have received nothing from mallory. */
  afterEach(async () => {
    const heard = alice.frames.length;
    await alice.ask('chat_message', { roomId, content: 'still here' }, 'message_ack');
    assert.equal((await bob.next('chat_message')).content, 'still here');
    assert.deepEqual(
      alice.frames.slice(heard).map(({ type }) => type),
      ['message_ack'],
    );
    for (const socket of [mallory, alice, bob]) socket.close();
    await Promise.all([mallory.closed, alice.closed, bob.closed]);
  });

  const errors: readonly [title: string, raw: string | Buffer, expected: object][] = [
    ['text that is no JSON', 'hello', { code: 'INVALID_JSON', originalType: null }],
    ['an empty frame', '', { code: 'INVALID_JSON' }],
    ['a cut off object', '{"type":"ping"', { code: 'INVALID_JSON' }],
    ['binary garbage', Buffer.from([0xff, 0x00, 0xfe]), { code: 'INVALID_JSON' }],
    ['a number', '5', { code: 'VALIDATION_ERROR', originalType: null }],
    ['null', 'null', { code: 'VALIDATION_ERROR', originalType: null }],
    ['an array', '[]', { code: 'VALIDATION_ERROR' }],
    ['no type', '{"payload":{}}', { code: 'VALIDATION_ERROR', field: 'type' }],
    ['a blank type', '{"type":"  ","payload":{}}', { code: 'UNKNOWN_TYPE' }],
    ['no payload', '{"type":"ping"}', { code: 'VALIDATION_ERROR', field: 'payload' }],
    [
      'an unknown type',
      '{"type":"dance","payload":{}}',
      { code: 'UNKNOWN_TYPE', originalType: 'dance' },
    ],
    [
      'a payload that is no object',
      '{"type":"join_room","payload":"lobby"}',
      { code: 'VALIDATION_ERROR', originalType: 'join_room' },
    ],
    [
      'a join without a room',
      '{"type":"join_room","payload":{}}',
      { code: 'VALIDATION_ERROR', field: 'roomName' },
    ],
    [
      'a room name without a letter',
      '{"type":"join_room","payload":{"roomName":"///"}}',
      { code: 'VALIDATION_ERROR', field: 'roomName' },
    ],
    [
      'an id of no room',
      '{"type":"join_room","payload":{"roomId":"00000000-0000-4000-8000-000000000000"}}',
      { code: 'NOT_FOUND' },
    ],
    [
      'a message to a room that is not there',
      '{"type":"chat_message","payload":{"roomId":"nowhere","content":"hi"}}',
      { code: 'NOT_IN_ROOM', originalType: 'chat_message' },
    ],
    [
      'a message without a room open',
      '{"type":"chat_message","payload":{"content":"hi"}}',
      { code: 'VALIDATION_ERROR', field: 'roomId' },
    ],
    [
      'attachments that are no list',
      '{"type":"chat_message","payload":{"content":"hi","attachments":{"0":"a"}}}',
      { code: 'VALIDATION_ERROR', field: 'attachments' },
    ],
    [
      'an attachment with the name of a prototype',
      '{"type":"chat_message","payload":{"content":"hi","attachments":[{"__proto__":"x"}]}}',
      { code: 'VALIDATION_ERROR', field: 'attachments' },
    ],
    [
      'history of a room that is not there',
      '{"type":"get_history","payload":{"roomId":"nowhere"}}',
      { code: 'NOT_FOUND' },
    ],
    [
      'history between two bounds',
      '{"type":"get_history","payload":{"roomId":"nowhere","before":5,"after":1}}',
      { code: 'VALIDATION_ERROR', field: 'after' },
    ],
    [
      'a message to a name that nobody has',
      '{"type":"direct_message","payload":{"recipient":"nobody","content":"hi"}}',
      { code: 'NOT_FOUND', field: 'recipient' },
    ],
    [
      'a message to oneself by name',
      '{"type":"direct_message","payload":{"recipient":"mallory","content":"hi"}}',
      { code: 'VALIDATION_ERROR', field: 'recipient' },
    ],
    [
      'a message to an id that nobody has',
      '{"type":"direct_message","payload":{"recipientId":"nobody","content":"hi"}}',
      { code: 'NOT_FOUND', field: 'recipientId' },
    ],
  ];
  for (const [title, raw, expected] of errors) {
    test(`answers ${title} with an error, and stays open`, async () => {
      mallory.sendRaw(raw);

      const error = await mallory.next('error');

      for (const [key, value] of Object.entries(expected)) {
        assert.equal((error as unknown as Record<string, unknown>)[key], value, key);
      }
      await mallory.ask('ping', {}, 'pong');
    });
  }

  test('takes a frame in binary for the text that it is', async () => {
    mallory.sendRaw(Buffer.from('{"type":"ping","payload":{}}'));

    await mallory.next('pong');
  });

  test('refuses to say anything in a room that somebody else has open', async () => {
    const error = await mallory.ask('chat_message', { roomId, content: 'boo' }, 'error');

    assert.equal(error.code, 'NOT_IN_ROOM');
    const typing = await mallory.ask('user_typing', { roomId, isTyping: true }, 'error');
    assert.equal(typing.code, 'NOT_IN_ROOM');
  });

  test('stores 1000 code points, and refuses 1001, empty and blank text', async () => {
    const { roomId: own } = await mallory.ask('join_room', { roomName: 'limits' }, 'room_joined');
    const say = (content: string) => mallory.ask('chat_message', { roomId: own, content });

    assert('sequence' in (await say('👋'.repeat(1000))));
    for (const content of ['x'.repeat(1001), '', '   ', '\u200b\u2060', 'a\u0000b']) {
      const error = await mallory.ask('chat_message', { roomId: own, content }, 'error');
      assert.equal(error.code, 'VALIDATION_ERROR');
      assert.equal(error.field, 'content');
    }
    const { messages } = await mallory.ask('get_history', { roomId: own }, 'history');
    assert(messages.length >= 1 && messages.every(({ content }) => content === '👋'.repeat(1000)));
  });

  test('limits how many messages one connection sends, and says how long to wait', async () => {
    await mallory.ask('join_room', { roomName: 'flood' }, 'room_joined');

    const answers = await Promise.all(
      Array.from({ length: 8 }, (_, index) => mallory.ask('chat_message', { content: `${index}` })),
    );

    const codes = answers.map((answer) => ('code' in answer ? answer.code : 'stored'));
    assert.deepEqual(codes, [
      ...Array.from({ length: 6 }, () => 'stored'),
      ...Array.from({ length: 2 }, () => 'RATE_LIMITED'),
    ]);
    const rejected = answers.at(-1);
    assert.equal(rejected !== undefined && 'retryAfter' in rejected && rejected.retryAfter, 10);
  });

  test('refuses to join a room over and over', async () => {
    await mallory.ask('join_room', { roomName: 'again' }, 'room_joined');

    const error = await mallory.ask('join_room', { roomName: 'again' }, 'error');

    assert.equal(error.code, 'RATE_LIMITED');
    assert.equal(error.retryAfter, 1);
  });

  test('closes a connection that sends a frame of 2 MiB, with 1009', async () => {
    mallory.sendRaw('x'.repeat(2 * 1024 * 1024));

    assert.equal((await mallory.closed).code, 1009);
  });
});
