import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import {
  decodeChannelFrame,
  decodeClientFrame,
  decodeDirectFrame,
  decodeHttpBody,
  decodeSocketIoEvent,
} from '../src/validators.ts';

const ID = '00000000-0000-7000-8000-000000000001';
const room = { roomId: ID };

/** Frame, payload, and the unknown field with the one that the error names; undefined: it is ignored. */
const FIELDS: readonly (readonly [string, object, string | undefined, string?])[] = [
  ['get_history', { ...room, beforeId: 'm1' }, 'beforeId', 'before'],
  ['get_history', { ...room, before_id: 'm1' }, 'before_id', 'before'],
  ['get_history', { ...room, Before: 5 }, 'Before', 'before'],
  ['get_history', { ...room, afterSequence: 5 }, 'afterSequence', 'after'],
  ['get_history', { ...room, since: 5 }, 'since', 'after'],
  ['get_history', { ...room, offset: 50 }, 'offset', 'before'],
  ['get_history', { ...room, pageSize: 5 }, 'pageSize', 'limit'],
  ['get_history', { ...room, aroundId: 'm1' }, 'aroundId', 'around'],
  ['get_pins', { ...room, after: 5 }, 'after', 'before'],
  ['get_thread', { ...room, messageId: ID, around: 5 }, 'around', 'before'],
  ['get_history', { room: 'lobby' }, 'room', 'roomId'],
  ['get_history', { room_id: ID }, 'room_id', 'roomId'],
  ['join_room', { name: 'lobby' }, 'name', 'roomName'],
  ['join_room', { roomName: 'lobby', since: 5 }, 'since', 'lastSequence'],
  ['resume', { rooms: [{ ...room, last_sequence: 5 }] }, 'rooms.0.last_sequence', 'lastSequence'],
  ['chat_message', { content: 'x', room: 'lobby' }, 'room', 'roomId'],
  ['chat_message', { content: 'x', channelId: ID }, 'channelId', 'roomId'],
  ['chat_message', { ...room, content: 'x', replyTo: ID }, 'replyTo', 'parentMessageId'],
  ['chat_message', { ...room, content: 'x', threadId: ID }, 'threadId', 'parentMessageId'],
  ['chat_message', { ...room, content: 'x', nonce: '1' }, 'nonce', 'clientMessageId'],
  ['chat_message', { ...room, content: 'x', files: [] }, 'files', 'attachments'],
  ['user_typing', { ...room, typing: true }, 'typing', 'isTyping'],
  // Without a change of the meaning.
  ['chat_message', { ...room, content: 'x', sender: 'bob', username: 'bob' }, undefined],
  ['chat_message', { ...room, content: 'x', room: 'lobby', mood: 'good' }, undefined],
  ['join_room', { ...room, username: 'bob', password: 'x' }, undefined],
  ['get_history', { ...room, before: 5, beforeId: 'm1' }, undefined],
  ['get_history', { ...room, __proto__x: 1, constructor: 1 }, undefined],
  ['get_history', { ...room, [`${'-'.repeat(5000)}before`]: 1 }, undefined],
  ['ping', { before: 5 }, undefined],
];

const FLAT = {
  '/ws/chat': decodeChannelFrame as (name: never, value: unknown) => unknown,
  '/messagepal': decodeDirectFrame as (name: never, value: unknown) => unknown,
  'Socket.IO': decodeSocketIoEvent as (name: never, value: unknown) => unknown,
  HTTP: decodeHttpBody as (name: never, value: unknown) => unknown,
};

const OTHERS: readonly (readonly [keyof typeof FLAT, string, object, string, string])[] = [
  ['/ws/chat', 'join_channel', { channelId: ID, since: 5 }, 'since', 'lastSequence'],
  [
    '/ws/chat',
    'send_message',
    { channelId: ID, content: 'x', parentMessageId: ID },
    'parentMessageId',
    'replyTo',
  ],
  ['/messagepal', 'fetch_history', { conversationId: ID, beforeId: ID }, 'beforeId', 'before'],
  ['/messagepal', 'mark_read', { messageId: ID, roomId: ID }, 'roomId', 'conversationId'],
  ['Socket.IO', 'message:history', { ...room, beforeId: ID }, 'beforeId', 'before'],
  ['Socket.IO', 'message:history', { ...room, around: ID }, 'around', 'before'],
  [
    'HTTP',
    'message',
    { ...room, content: 'x', client_message_id: '1' },
    'client_message_id',
    'clientMessageId',
  ],
  ['HTTP', 'message', { content: 'x', room: 'lobby' }, 'room', 'roomId'],
];

/** Types of no dialect or of another one, with the one that the error names. */
const TYPES: readonly (readonly [keyof typeof FLAT | '/ws', string, string])[] = [
  ['/ws', 'typing_start', "'user_typing' with 'isTyping'"],
  ['/ws', 'typing_stop', "'user_typing' with 'isTyping'"],
  ['/ws', 'typing_indicator', "'user_typing' with 'isTyping'"],
  ['/ws', 'typing', "'user_typing' with 'isTyping'"],
  ['/ws', 'message:send', "'chat_message'"],
  ['/ws', 'chatMessage', "'chat_message'"],
  ['/ws', 'PIN_MESSAGE', "'pin_message'"],
  ['/ws', 'get_messages', "'get_history'"],
  ['/ws', 'join_room_success', "'join_room'"],
  ['/ws', 'leave', "'leave_room'"],
  ['/ws/chat', 'join_room', "'join_channel'"],
  ['/ws/chat', 'chat_message', "'send_message'"],
  ['/ws/chat', 'typing_stop', "'typing' with 'isTyping'"],
  ['/messagepal', 'get_history', "'fetch_history'"],
  ['/messagepal', 'direct_message', "'send_message'"],
  ['Socket.IO', 'typing_start', "'typing:start'"],
  ['Socket.IO', 'typing_stop', "'typing:stop'"],
  ['Socket.IO', 'join_room', "'room:join'"],
  ['Socket.IO', 'message_read', "'message:read'"],
];

function errorOf(run: () => unknown): {
  readonly field?: string | undefined;
  readonly message: string;
} {
  try {
    run();
  } catch (error) {
    const { details, message } = error as { details: { field?: string }; message: string };
    return { field: details.field, message };
  }
  return { message: 'none' };
}

describe('a field under another name', () => {
  for (const [type, payload, field, meant] of FIELDS) {
    const title = field ?? `${Object.keys(payload)}`.slice(0, 60);
    test(`${title} in ${type} ${meant === undefined ? 'is ignored' : `is '${meant}'`}`, () => {
      const decoded = decodeClientFrame({ type, payload });
      if (field === undefined || meant === undefined) {
        assert.equal(decoded.kind, 'frame');
        return;
      }
      assert.ok(decoded.kind === 'rejected' && decoded.code === 'VALIDATION_ERROR');
      assert.equal(decoded.field, field);
      assert.match(decoded.message, new RegExp(`'${meant}'`));
    });
  }

  for (const [dialect, name, value, field, meant] of OTHERS) {
    test(`${field} in ${name} of ${dialect} is '${meant}'`, () => {
      const error = errorOf(() => FLAT[dialect](name as never, value));
      assert.equal(error.field, field);
      assert.match(error.message, new RegExp(`'${meant}'`));
    });
  }
});

describe('a frame under another name', () => {
  for (const [dialect, type, meant] of TYPES) {
    test(`${type} at ${dialect} is ${meant}`, () => {
      const decoded =
        dialect === '/ws'
          ? decodeClientFrame({ type, payload: {} })
          : errorOf(() => FLAT[dialect](type as never, {}));
      assert.ok('message' in decoded && decoded.message.endsWith(meant), JSON.stringify(decoded));
    });
  }

  test('is not guessed', () => {
    const decoded = decodeClientFrame({ type: 'dance', payload: {} });
    assert.ok(
      decoded.kind === 'rejected' && decoded.message === 'This frame type is not supported',
    );
  });
});
