import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  encodeFrame,
  frameHeaderBytes,
  writeFrameHeader,
} from '../../src/protocol/frame-encoder.ts';
import { bytes } from '../support/bytes.ts';

test('a text frame is the one of RFC 6455 section 5.7', () => {
  assert.deepEqual(
    Buffer.from(encodeFrame(0x1, Buffer.from('Hello'))),
    bytes('81 05 48 65 6c 6c 6f'),
  );
});

test('an empty frame is two bytes', () => {
  assert.deepEqual(Buffer.from(encodeFrame(0x9, new Uint8Array(0))), bytes('89 00'));
});

test('a length takes the shortest form on both sides of each border', () => {
  const headers = [125, 126, 65_535, 65_536].map((length) => {
    const frame = Buffer.from(encodeFrame(0x2, new Uint8Array(length)));
    return frame.subarray(0, frame.length - length).toString('hex');
  });

  assert.deepEqual(headers, ['827d', '827e007e', '827effff', '827f0000000000010000']);
});

test('a length above 32 bits is written whole', () => {
  const header = Buffer.alloc(10);

  writeFrameHeader(header, 0x2, 0x1_2345_6789_abcd);

  assert.deepEqual(header, bytes('827f 0001 2345 6789 abcd'));
  assert.equal(frameHeaderBytes(0x1_2345_6789_abcd), 10);
});
