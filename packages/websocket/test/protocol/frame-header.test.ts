import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type HeaderRules, stepFrameHeader } from '../../src/protocol/frame-header.ts';
import { bytes } from '../support/bytes.ts';

const RULES: HeaderRules = { sender: 'client', payloadBytesMax: 1_048_576, ownedReservedBits: 0 };

function faultOf(hex: string, rules = RULES): string | undefined {
  const step = stepFrameHeader(bytes(hex), 0, rules);
  return step?.kind === 'violation' ? step.code : undefined;
}

test('reads the header of a short masked text frame', () => {
  assert.deepEqual(stepFrameHeader(bytes('8185 37fa213d 7f9f4d5158'), 0, RULES), {
    kind: 'header',
    isFinal: true,
    opcode: 0x1,
    reservedBits: 0,
    payloadBytes: 5,
    maskKey: 0x37fa213d,
    byteCount: 6,
  });
});

test('reads from the offset, and no byte before it', () => {
  const step = stepFrameHeader(bytes('ffff 0180 01020304'), 2, RULES);

  assert(step?.kind === 'header');
  assert.deepEqual([step.isFinal, step.opcode, step.maskKey], [false, 0x1, 0x01020304]);
});

test('a mask key with its top bit set is an unsigned number', () => {
  const step = stepFrameHeader(bytes('8280 ffffffff'), 0, RULES);

  assert(step?.kind === 'header');
  assert.equal(step.maskKey, 0xffffffff);
});

test('requires more bytes as long as the header is incomplete', () => {
  const headers = [
    bytes('8180 01020304'),
    bytes('81fe 007e 01020304'),
    bytes('81ff 0000000000010000 01020304'),
  ];

  for (const header of headers) {
    for (let length = 0; length < header.length; length += 1) {
      assert.equal(stepFrameHeader(header.subarray(0, length), 0, RULES), undefined);
    }
    assert.equal(stepFrameHeader(header, 0, RULES)?.kind, 'header');
  }
});

test('each length form starts where the previous one ends', () => {
  const lengths = ['81fd', '81fe 007e', '81fe ffff', '81ff 0000000000010000'].map((hex) => {
    const step = stepFrameHeader(bytes(`${hex} 00000000`), 0, RULES);
    return step?.kind === 'header' ? step.payloadBytes : step;
  });

  assert.deepEqual(lengths, [125, 126, 65_535, 65_536]);
});

test('a length that is not in its shortest form is rejected before the mask key', () => {
  for (const hex of ['81fe 0000', '81fe 007d', '81ff 0000000000000000', '81ff 000000000000ffff']) {
    assert.equal(faultOf(hex), 'NON_MINIMAL_LENGTH', hex);
  }
});

test('a 64-bit length with the top bit set is rejected', () => {
  assert.equal(faultOf('81ff 8000000000000000'), 'LENGTH_OVERFLOW');
  assert.equal(faultOf('81ff ffffffffffffffff'), 'LENGTH_OVERFLOW');
});

test('a length at the limit is accepted, and one byte more is rejected', () => {
  const rules = { ...RULES, payloadBytesMax: 65_536, ownedReservedBits: 0 };

  assert.equal(faultOf('81ff 0000000000010000', rules), undefined);
  assert.equal(faultOf('81ff 0000000000010001', rules), 'MESSAGE_TOO_BIG');
});

test('a length above the safe integers is rejected under the largest limit', () => {
  const rules = { ...RULES, payloadBytesMax: Number.MAX_SAFE_INTEGER, ownedReservedBits: 0 };

  assert.equal(faultOf('81ff 001fffffffffffff', rules), undefined); // 2^53 - 1
  assert.equal(faultOf('81ff 0020000000000000', rules), 'MESSAGE_TOO_BIG'); // 2^53
  assert.equal(faultOf('81ff 7fffffffffffffff', rules), 'MESSAGE_TOO_BIG'); // 2^63 - 1
});

test('six opcodes are accepted, and ten are rejected after two bytes', () => {
  const known = Array.from({ length: 16 }, (_, opcode) => opcode).filter(
    (opcode) => faultOf(`8${opcode.toString(16)}80`) !== 'INVALID_OPCODE',
  );

  assert.deepEqual(known, [0x0, 0x1, 0x2, 0x8, 0x9, 0xa]);
});

test('each reserved bit is rejected unless an extension owns it', () => {
  for (const hex of ['c180', 'a180', '9180', 'f180']) assert.equal(faultOf(hex), 'RESERVED_BITS');
});

test('an owned reserved bit is legal, and the others are not', () => {
  const rules = { ...RULES, payloadBytesMax: 100, ownedReservedBits: 0x40 };

  assert.equal(faultOf('c180', rules), undefined);
  assert.equal(faultOf('e180', rules), 'RESERVED_BITS');
  assert.equal(faultOf('a180', rules), 'RESERVED_BITS');
});

test('a control frame carries no reserved bit, even if an extension owns it', () => {
  assert.equal(
    faultOf('c980', { ...RULES, payloadBytesMax: 100, ownedReservedBits: 0x40 }),
    'RESERVED_BITS',
  );
});

test('a frame without a mask is rejected, also a control frame', () => {
  for (const hex of ['8105', '8205', '8000', '8800', '8900', '8a00']) {
    assert.equal(faultOf(hex), 'UNMASKED_CLIENT_FRAME', hex);
  }
});

test('a control frame is final and at most 125 bytes long', () => {
  assert.equal(faultOf('0880'), 'FRAGMENTED_CONTROL_FRAME');
  assert.equal(faultOf('0980'), 'FRAGMENTED_CONTROL_FRAME');
  assert.equal(faultOf('89fd'), undefined);
  assert.equal(faultOf('89fe'), 'OVERSIZED_CONTROL_FRAME');
  assert.equal(faultOf('8aff'), 'OVERSIZED_CONTROL_FRAME');
});

test('a frame of a server has no mask key, and is rejected with a mask', () => {
  const rules: HeaderRules = { ...RULES, sender: 'server' };

  assert.deepEqual(stepFrameHeader(bytes('827e 007e'), 0, rules), {
    kind: 'header',
    isFinal: true,
    opcode: 0x2,
    reservedBits: 0,
    payloadBytes: 126,
    maskKey: 0,
    byteCount: 4,
  });
  assert.equal(faultOf('8180 01020304', rules), 'MASKED_SERVER_FRAME');
});
