import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createMask } from '../../../src/node/client/client-mask.ts';
import { encodeMessage } from '../../../src/node/send/message-encoder.ts';
import { applyMask } from '../../../src/protocol/mask.ts';
import { bytes } from '../../support/bytes.ts';

/** Fills with the four bytes of the example of RFC 6455 section 5.7. */
const fixed = (target: Uint8Array) => Buffer.from(target.buffer).fill(bytes('37fa213d'));

test('the example of RFC 6455 is reproduced exactly', () => {
  const frame = createMask(fixed)(encodeMessage(0x1, 'Hello'));

  assert.deepEqual(Buffer.from(frame), bytes('8185 37fa213d 7f9f4d5158'));
});

test('each length form keeps its length, and the payload is restored', () => {
  const mask = createMask();
  for (const byteCount of [0, 1, 125, 126, 65_535, 65_536]) {
    const payload = Buffer.alloc(byteCount, 'abc');
    const plain = encodeMessage(0x2, payload);

    const masked = Buffer.from(mask(plain));

    const headerBytes = plain.length - byteCount;
    const header = Buffer.from(plain.subarray(0, headerBytes));
    header[1] = (header[1] ?? 0) | 0x80;
    assert.deepEqual(masked.subarray(0, headerBytes), header);
    const content = masked.subarray(headerBytes + 4);
    applyMask(content, masked.readUInt32BE(headerBytes));
    assert.deepEqual(content, payload);
  }
});

test('the given bytes are not changed', () => {
  const frame = encodeMessage(0x1, 'Hello');
  const before = Buffer.from(frame);

  createMask(fixed)(frame);

  assert.deepEqual(frame, before);
});

test('no key repeats, and the source is called once for 256 of them', () => {
  let calls = 0;
  let number = 0;
  const mask = createMask((target) => {
    calls += 1;
    const view = new DataView(target.buffer);
    for (let at = 0; at < target.length; at += 4) {
      number += 1;
      view.setUint32(at, number);
    }
  });

  const keys = Array.from({ length: 600 }, () =>
    Buffer.from(mask(encodeMessage(0x1, ''))).readUInt32BE(2),
  );

  assert.deepEqual(
    keys,
    Array.from({ length: 600 }, (_, index) => index + 1),
  );
  assert.equal(calls, 3);
});

test('keys of the default source spread over all values', () => {
  const mask = createMask();
  const keys = Array.from({ length: 1_000 }, () =>
    Buffer.from(mask(encodeMessage(0x1, ''))).readUInt32BE(2),
  );

  // A repeat among 1,000 of 2^32 has a chance of one in 8,600.
  assert(new Set(keys).size >= 999);
  for (let bit = 0; bit < 32; bit += 1) {
    const share = keys.filter((key) => ((key >>> bit) & 1) === 1).length / keys.length;
    assert(share > 0.3 && share < 0.7, `bit ${bit}: ${share}`);
  }
});
