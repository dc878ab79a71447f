import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { applyMask, rotateKey } from '../../src/protocol/mask.ts';
import { bytes } from '../support/bytes.ts';

test('unmasks the example of RFC 6455 section 5.7', () => {
  const payload = bytes('7f9f4d5158');

  applyMask(payload, 0x37fa213d);

  assert.equal(payload.toString(), 'Hello');
});

test('each byte is combined with the key byte of its index, at any length and alignment', () => {
  const key = [0x81, 0xfe, 0x03, 0xf0];
  const room = new Uint8Array(512);

  for (let offset = 0; offset < 8; offset += 1) {
    for (let length = 0; length < 200; length += 1) {
      const payload = room.subarray(offset, offset + length);
      payload.fill(0x5a);
      applyMask(payload, 0x81fe03f0);
      const expected = Array.from({ length }, (_, index) => 0x5a ^ (key[index & 3] ?? 0));
      assert.deepEqual([...payload], expected);
    }
  }
});

test('changes no other bytes', () => {
  const room = new Uint8Array(100);

  applyMask(room.subarray(7, 93), 0xffffffff);

  assert.deepEqual([...room.subarray(0, 7), ...room.subarray(93)], new Array(14).fill(0));
});

test('a payload masked in pieces is the same as masked whole', () => {
  const piece = fc.uint8Array({ maxLength: 80 });
  fc.assert(
    fc.property(fc.array(piece, { maxLength: 6 }), fc.nat(0xffff_ffff), (pieces, key) => {
      const whole = Buffer.concat(pieces);
      applyMask(whole, key);

      let byteCount = 0;
      const parts = pieces.map((each) => {
        const part = Uint8Array.from(each);
        applyMask(part, rotateKey(key, byteCount));
        byteCount += part.length;
        return part;
      });

      assert.deepEqual(Buffer.concat(parts), whole);
    }),
  );
});

test('reports whether the result is ASCII, at whichever index a non-ASCII byte is', () => {
  const key = 0x81fe03f0;
  for (const length of [1, 7, 64, 127, 128, 130, 1_000, 65_536, 70_001]) {
    const ascii = new Uint8Array(length).fill(0x61);
    applyMask(ascii, key);
    assert.equal(applyMask(ascii, key), true, `${length} bytes of ASCII`);

    const indexes = length > 200 ? [0, length >> 1, length - 1] : Array(length).keys();
    for (const at of indexes) {
      const other = new Uint8Array(length).fill(0x61);
      other[at] = 0xc3;
      applyMask(other, key);
      assert.equal(applyMask(other, key), false, `byte ${at} of ${length}`);
    }
  }
});

test('masks more than its scratch buffer can hold', () => {
  const payload = Uint8Array.from({ length: 200_001 }, (_, index) => index * 7);

  const masked = payload.slice();
  applyMask(masked, 0x04010203);

  const key = [4, 1, 2, 3];
  assert.deepEqual(
    masked,
    payload.map((byte, index) => byte ^ (key[index & 3] ?? 0)),
  );
});
