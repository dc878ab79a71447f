import assert from 'node:assert/strict';
import { test } from 'node:test';
import { isCloseCodeOnWire } from '../../src/protocol/close-codes.ts';
import {
  ConnectionError,
  classifyError,
  ERROR_CODES,
  FrameError,
  HandshakeError,
  WebSocketError,
} from '../../src/protocol/errors.ts';

test('a server may send every close code of the table', () => {
  for (const [code, { closeCode }] of Object.entries(ERROR_CODES)) {
    assert.equal(isCloseCodeOnWire(closeCode, 'server'), true, code);
  }
});

test('every text of the table fits into a close frame', () => {
  for (const { message } of Object.values(ERROR_CODES)) assert(Buffer.byteLength(message) <= 123);
});

test('a frame error without a code is a protocol error', () => {
  const error = new FrameError();

  assert.equal(error.code, 'FRAME_ERROR');
  assert.equal(error.closeCode, 1002);
});

test('a frame error closes with the code of its row', () => {
  assert.equal(new FrameError('INVALID_UTF8').closeCode, 1007);
  assert.equal(new FrameError('MESSAGE_TOO_BIG').closeCode, 1009);
  assert.equal(new FrameError('MESSAGE_TIMEOUT').closeCode, 1008);
});

test('every class is a WebSocketError with a code of the table', () => {
  const errors = [
    new WebSocketError('a', 'INTERNAL_ERROR'),
    new HandshakeError('key', { status: 400 }),
    new FrameError(),
    new ConnectionError('b'),
  ];

  assert.deepEqual(
    errors.map((error) => [error instanceof WebSocketError, error.name, error.code]),
    [
      [true, 'WebSocketError', 'INTERNAL_ERROR'],
      [true, 'HandshakeError', 'HANDSHAKE_ERROR'],
      [true, 'FrameError', 'FRAME_ERROR'],
      [true, 'ConnectionError', 'CONNECTION_ERROR'],
    ],
  );
});

test('an error keeps its cause', () => {
  const cause = new Error('ECONNRESET');

  assert.equal(new ConnectionError('broken', 'CONNECTION_ERROR', { cause }).cause, cause);
});

test('classification follows the code', () => {
  assert.equal(classifyError(new FrameError('INVALID_OPCODE')).category, 'PROTOCOL_VIOLATION');
  assert.equal(classifyError(new ConnectionError('x')).category, 'NETWORK_FAILURE');
  assert.equal(
    classifyError(new ConnectionError('x', 'RESOURCE_EXHAUSTED')).category,
    'RESOURCE_CONSTRAINT',
  );
});

test('any other thrown value is unknown and severe, and closes with 1011', () => {
  for (const thrown of [new TypeError('x'), 'text', undefined]) {
    const { category, severity, closeCode } = classifyError(thrown);
    assert.deepEqual(
      { category, severity, closeCode },
      {
        category: 'UNKNOWN',
        severity: 'error',
        closeCode: 1011,
      },
    );
  }
});
