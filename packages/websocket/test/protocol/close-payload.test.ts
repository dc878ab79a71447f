import assert from 'node:assert/strict';
import { test } from 'node:test';
import { encodeClosePayload, parseClosePayload } from '../../src/protocol/close-payload.ts';
import { bytes } from '../support/bytes.ts';

test('an empty payload is reported as 1005', () => {
  assert.deepEqual(parseClosePayload(bytes('')), {
    kind: 'close',
    code: 1005,
    reason: '',
  });
});

test('a code is two bytes, followed by the reason', () => {
  const payload = bytes('03e8 62 79 65');

  assert.deepEqual(parseClosePayload(payload), {
    kind: 'close',
    code: 1000,
    reason: 'bye',
  });
});

test('half a code is a violation', () => {
  assert.deepEqual(parseClosePayload(bytes('03')), {
    kind: 'violation',
    code: 'INVALID_CLOSE_FRAME',
  });
});

test('a code that must not be sent is a violation', () => {
  for (const hex of [
    '0000',
    '03e7',
    '03ec',
    '03ed',
    '03ee',
    '03f7',
    '07d0',
    '0bb7',
    '1388',
    'ffff',
  ]) {
    const found = parseClosePayload(bytes(hex));
    assert.deepEqual(found, { kind: 'violation', code: 'INVALID_CLOSE_FRAME' }, hex);
  }
});

test('the codes from 1012 to 1014 are accepted', () => {
  for (const hex of ['03f4', '03f5', '03f6']) {
    assert.equal(parseClosePayload(bytes(hex)).kind, 'close', hex);
  }
});

test('a reason that is not UTF-8, or is cut inside a character, is a violation', () => {
  for (const hex of ['03e8 ff', '03e8 e2 82', '03e8 c0 80']) {
    assert.deepEqual(parseClosePayload(bytes(hex)), {
      kind: 'violation',
      code: 'INVALID_UTF8',
    });
  }
});

test('a byte order mark in a reason is kept', () => {
  const found = parseClosePayload(bytes('03e8 efbbbf 61'));

  assert.deepEqual(found, { kind: 'close', code: 1000, reason: '\ufeffa' });
});

test('a payload contains a code and a reason', () => {
  assert.deepEqual(Buffer.from(encodeClosePayload(1001, 'bye')), bytes('03e9 627965'));
});

test('1005 is written as an empty payload', () => {
  assert.equal(encodeClosePayload(1005, 'ignored').length, 0);
});

test('a reason of 123 bytes is complete, and a longer one is cut to 123', () => {
  assert.equal(encodeClosePayload(1000, 'a'.repeat(123)).length, 125);
  assert.equal(encodeClosePayload(1000, 'a'.repeat(124)).length, 125);
});

test('a reason is cut between two characters', () => {
  const payload = encodeClosePayload(1000, `${'a'.repeat(122)}é`);

  assert.equal(Buffer.from(payload.subarray(2)).toString(), 'a'.repeat(122));
});
