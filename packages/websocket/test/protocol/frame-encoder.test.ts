import assert from 'node:assert/strict';
import { test } from 'node:test';
import { frameHeaderBytes, writeFrameHeader } from '../../src/protocol/frame-encoder.ts';
import { bytes } from '../support/bytes.ts';

function headerOf(opcode: number, payloadBytes: number): Buffer {
  const header = Buffer.alloc(frameHeaderBytes(payloadBytes));
  writeFrameHeader(header, opcode, payloadBytes);
  return header;
}

test('a short text frame has the header of RFC 6455 section 5.7', () => {
  assert.deepEqual(headerOf(0x1, 5), bytes('81 05'));
});

test('a header without a payload is two bytes', () => {
  assert.deepEqual(headerOf(0x9, 0), bytes('89 00'));
});

test('a length has the shortest form on both sides of each boundary', () => {
  const headers = [125, 126, 65_535, 65_536].map((length) => headerOf(0x2, length).toString('hex'));

  assert.deepEqual(headers, ['827d', '827e007e', '827effff', '827f0000000000010000']);
});

test('a length above 32 bits is written completely', () => {
  assert.deepEqual(headerOf(0x2, 0x1_2345_6789_abcd), bytes('827f 0001 2345 6789 abcd'));
});

test('no byte is written outside the header', () => {
  const room = Buffer.alloc(12, 0xee);

  writeFrameHeader(room, 0x2, 300);

  assert.deepEqual(room.subarray(4), Buffer.alloc(8, 0xee));
});
