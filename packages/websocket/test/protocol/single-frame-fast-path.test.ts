import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import {
  readSingleFrameMessage,
  type SingleFrameRules,
} from '../../src/protocol/single-frame-fast-path.ts';

const RULES: SingleFrameRules = {
  sender: 'client',
  payloadBytesMax: 1_000,
  messageBytesMax: 1_000,
  fragmentCountMax: 10,
  ownedReservedBits: 0x40,
};

/** A frame with the given first byte and length field, masked with a fixed key. */
function frame(first: number, length: readonly number[], payload: Uint8Array): Uint8Array {
  const key = [0x37, 0xfa, 0x21, 0x3d];
  const masked = payload.map((byte, index) => byte ^ (key[index & 3] ?? 0));
  return Uint8Array.of(first, ...length, ...key, ...masked);
}

const text = (content: string) => new TextEncoder().encode(content);
const hello = frame(0x81, [0x85], text('Hello'));

describe('the fast path of receiving', () => {
  test('reads a message at any offset of its frame, and leaves the following bytes', () => {
    const bytes = Uint8Array.of(9, 9, 9, ...hello, 7);

    const message = readSingleFrameMessage(bytes, 3, RULES);

    assert.deepEqual(message, { kind: 'message', isBinary: false, data: text('Hello') });
    assert.equal(bytes.at(-1), 7);
  });

  test('reads a 16-bit length, up to the limit', () => {
    for (const byteCount of [126, 1_000]) {
      const payload = new Uint8Array(byteCount).fill(0xff);
      const bytes = frame(0x82, [0xfe, byteCount >> 8, byteCount & 0xff], payload);

      const message = readSingleFrameMessage(bytes, 0, RULES);

      assert.deepEqual(message, { kind: 'message', isBinary: true, data: payload });
    }
  });

  test('rejects a text that is not UTF-8, and accepts one that is', () => {
    const broken = frame(0x81, [0x82], Uint8Array.of(0xc3, 0x28));
    const sound = frame(0x81, [0x86], text('héllo'));

    assert.deepEqual(readSingleFrameMessage(broken, 0, RULES), {
      kind: 'violation',
      code: 'INVALID_UTF8',
    });
    assert.equal(readSingleFrameMessage(sound, 0, RULES)?.kind, 'message');
  });

  const others: Readonly<Record<string, Uint8Array>> = {
    'nothing at all': new Uint8Array(0),
    'a header that was cut': hello.subarray(0, 1),
    'a payload that was cut': hello.subarray(0, hello.length - 1),
    'a fragment': frame(0x01, [0x85], text('Hello')),
    'a continuation': frame(0x80, [0x85], text('Hello')),
    'a control frame': frame(0x89, [0x85], text('Hello')),
    'a compressed message': frame(0xc1, [0x85], text('Hello')),
    'a frame without a mask': Uint8Array.of(0x81, 0x05, ...text('Hello')),
    'a length not in its shortest form': frame(0x81, [0xfe, 0, 5], text('Hello')),
    'a 64-bit length': frame(0x82, [0xff, 0, 0, 0, 0, 0, 0, 0, 5], text('Hello')),
    'more than the limit': frame(0x82, [0xfe, 0x03, 0xe9], new Uint8Array(1_001)),
  };
  for (const [name, bytes] of Object.entries(others)) {
    test(`leaves ${name} to the parser unchanged`, () => {
      const before = bytes.slice();

      assert.equal(readSingleFrameMessage(bytes, 0, RULES), undefined);

      assert.deepEqual(bytes, before);
    });
  }

  test('leaves the frames of a server to the parser', () => {
    assert.equal(
      readSingleFrameMessage(hello.slice(), 0, { ...RULES, sender: 'server' }),
      undefined,
    );
  });
});
