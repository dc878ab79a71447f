import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { decodeClientFrame } from '../src/validators.ts';

describe('decodeClientFrame', () => {
  test('accepts a frame, trims its type and ignores unknown fields', () => {
    const decoded = decodeClientFrame({
      type: ' chat_message ',
      payload: { content: 'hello', sender: 'mallory' },
      timestamp: '2026-01-31T12:00:00.000Z',
      id: 'f1',
    });

    assert.equal(decoded.kind, 'frame');
    assert(decoded.kind === 'frame' && decoded.frame.type === 'chat_message');
    assert.equal(decoded.frame.payload.content, 'hello');
    assert.equal(decoded.frame.id, 'f1');
  });

  for (const id of ['', 'x'.repeat(64)]) {
    test(`accepts a frame id of ${id.length} characters`, () => {
      const decoded = decodeClientFrame({ type: 'ping', payload: {}, id });

      assert(decoded.kind === 'frame');
      assert.equal(decoded.frame.id, id);
    });
  }

  const rejections: readonly [title: string, value: unknown, expected: object][] = [
    ['a value that is not an object', 5, { code: 'VALIDATION_ERROR', originalType: null }],
    ['an array', [], { code: 'VALIDATION_ERROR', originalType: null }],
    ['a missing type', { payload: {} }, { field: 'type', originalType: null }],
    ['an empty type', { type: '', payload: {} }, { field: 'type', originalType: null }],
    ['a missing payload', { type: 'ping' }, { field: 'payload', originalType: 'ping' }],
    [
      'a time that is not ISO 8601',
      { type: 'ping', payload: {}, timestamp: 'now' },
      { field: 'timestamp' },
    ],
    ...[
      '2024-99-99T99:99Z',
      '2024-01-01T25:00Z',
      '2024-01-01T00:00+99:99',
      '2023-02-29T00:00Z',
    ].map((timestamp): [string, unknown, object] => [
      `a timestamp that does not exist, ${timestamp}`,
      { type: 'ping', payload: {}, timestamp },
      { field: 'timestamp' },
    ]),
    ['a numeric time', { type: 'ping', payload: {}, timestamp: 5 }, { field: 'timestamp' }],
    ['a frame id above 64', { type: 'ping', payload: {}, id: 'x'.repeat(65) }, { field: 'id' }],
    [
      'an unknown type',
      { type: 'dance', payload: {} },
      { code: 'UNKNOWN_TYPE', originalType: 'dance' },
    ],
    [
      'a type that every object has',
      { type: 'constructor', payload: {} },
      { code: 'UNKNOWN_TYPE', originalType: 'constructor' },
    ],
    [
      'a missing field',
      { type: 'chat_message', payload: {} },
      { code: 'VALIDATION_ERROR', field: 'content' },
    ],
    [
      'a field of the wrong type inside a list',
      { type: 'resume', payload: { rooms: [{ roomId: 5 }] } },
      { field: 'rooms.0.roomId' },
    ],
    [
      'a client message id that not every store can keep',
      { type: 'delete_message', payload: { roomId: 'r', messageId: 'm', clientMessageId: 'a\0' } },
      { code: 'VALIDATION_ERROR', field: 'clientMessageId' },
    ],
    [
      'a client message id with half a character',
      { type: 'chat_message', payload: { content: 'x', clientMessageId: 'a\ud800' } },
      { code: 'VALIDATION_ERROR', field: 'clientMessageId' },
    ],
    [
      'a page above the limit',
      { type: 'get_history', payload: { roomId: 'r', limit: 201 } },
      { field: 'limit' },
    ],
    [
      'a value that is none of the choices',
      { type: 'set_presence', payload: { status: 'asleep' } },
      {
        field: 'status',
        message: "The field 'status' must be one of online, away, busy, invisible",
      },
    ],
  ];
  for (const [title, value, expected] of rejections) {
    test(`rejects ${title}`, () => {
      const decoded = decodeClientFrame(value);

      assert.equal(decoded.kind, 'rejected');
      for (const [key, wanted] of Object.entries(expected)) {
        assert.deepEqual((decoded as unknown as Record<string, unknown>)[key], wanted, key);
      }
    });
  }

  test('answers a rejected frame under its id', () => {
    const decoded = decodeClientFrame({ type: 'dance', payload: {}, id: 'f7' });

    assert(decoded.kind === 'rejected');
    assert.equal(decoded.replyTo, 'f7');
  });

  test('never repeats the rejected value', () => {
    const secret = 'correct horse battery staple';

    const decoded = decodeClientFrame({
      type: 'mark_read',
      payload: { roomId: 'r', sequence: secret },
    });

    assert.doesNotMatch(JSON.stringify(decoded), /horse/);
  });
});
