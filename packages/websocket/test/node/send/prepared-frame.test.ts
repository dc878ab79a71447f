import assert from 'node:assert/strict';
import { test } from 'node:test';
import { prepareFrame } from '../../../src/node/send/message-encoder.ts';
import { bytes } from '../../support/bytes.ts';

test('a string becomes a text frame, bytes become a binary one', () => {
  assert.deepEqual(prepareFrame('é').bytes, bytes('8102 c3a9'));
  assert.deepEqual(prepareFrame(bytes('0102')).bytes, bytes('8202 0102'));
});

test('bytes may be sent as text, and text as bytes', () => {
  assert.deepEqual(prepareFrame(bytes('6869'), { binary: false }).bytes, bytes('8102 6869'));
  assert.deepEqual(prepareFrame('hi', { binary: true }).bytes, bytes('8202 6869'));
});

test('the payload is counted in bytes, whatever the size of the header', () => {
  for (const length of [0, 125, 126, 65_535, 65_536]) {
    assert.equal(prepareFrame(Buffer.alloc(length)).payloadBytes, length);
  }
  assert.equal(prepareFrame('€').payloadBytes, 3);
});

test('a lone surrogate becomes the replacement character', () => {
  assert.deepEqual(prepareFrame('\ud800').bytes, bytes('8103 efbfbd'));
});

test('anything but a string or bytes is rejected', () => {
  for (const wrong of [undefined, null, 5, {}, ['a'], new ArrayBuffer(3)]) {
    // Values that plain JavaScript may pass.
    assert.throws(() => prepareFrame(wrong as string), { code: 'INVALID_ARGUMENT' });
  }
});
