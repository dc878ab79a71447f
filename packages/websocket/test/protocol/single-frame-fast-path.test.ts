import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { ReceiverOptions } from '../../src/protocol/message-assembler.ts';
import { SingleFrameRun } from '../../src/protocol/single-frame-fast-path.ts';

const RULES: ReceiverOptions = {
  sender: 'client',
  payloadBytesMax: 1_000,
  messageBytesMax: 1_000,
  fragmentCountMax: 10,
  handOut: (bytes, start, end) => bytes.subarray(start, end),
  ownedReservedBits: 0x40,
};

/** A frame with the given first byte and length field, masked with a fixed key. */
function frame(first: number, length: readonly number[], payload: Uint8Array): Uint8Array {
  const key = [0x37, 0xfa, 0x21, 0x3d];
  const masked = payload.map((byte, index) => byte ^ (key[index & 3] ?? 0));
  return Uint8Array.of(first, ...length, ...key, ...masked);
}

function read(bytes: Uint8Array, offset = 0, rules = RULES) {
  return new SingleFrameRun().next(bytes, offset, bytes.length, rules);
}

const text = (content: string) => new TextEncoder().encode(content);
const hello = frame(0x81, [0x85], text('Hello'));

describe('the fast path of receiving', () => {
  test('reads a message at any offset of its frame, and leaves the following bytes', () => {
    const bytes = Uint8Array.of(9, 9, 9, ...hello, 7);

    const message = read(bytes, 3);

    assert.deepEqual(message, { kind: 'message', isBinary: false, data: text('Hello') });
    assert.equal(bytes.at(-1), 7);
  });

  test('reads a 16-bit length, up to the limit', () => {
    for (const byteCount of [126, 1_000]) {
      const payload = new Uint8Array(byteCount).fill(0xff);
      const bytes = frame(0x82, [0xfe, byteCount >> 8, byteCount & 0xff], payload);

      const message = read(bytes);

      assert.deepEqual(message, { kind: 'message', isBinary: true, data: payload });
    }
  });

  test('rejects a text that is not UTF-8, and accepts one that is', () => {
    const broken = frame(0x81, [0x82], Uint8Array.of(0xc3, 0x28));
    const sound = frame(0x81, [0x86], text('héllo'));

    assert.deepEqual(read(broken), {
      kind: 'violation',
      code: 'INVALID_UTF8',
    });
    assert.equal(read(sound)?.kind, 'message');
  });

  test('unmasks messages in a row together, and hands them out from one range', () => {
    const parts = ['one', 'zw\u00f6lf', 'three'].map(text);
    const frames = parts.map((part) => frame(0x81, [0x80 | part.length], part));
    const [first, second] = frames.map(({ length }) => length);
    const bytes = Uint8Array.from(frames.flatMap((each) => [...each]));
    const ranges: number[][] = [];
    const rules: ReceiverOptions = {
      ...RULES,
      handOutRun: (bytes, start, end) => {
        ranges.push([start, end]);
        return (from, to) => bytes.slice(from, to);
      },
    };
    const run = new SingleFrameRun();

    const messages = [run.next(bytes, 0, bytes.length, rules)];
    // As when the application pauses: the bytes after the message are copied.
    const rest = bytes.slice(first);
    run.handleMove();
    messages.push(run.next(rest, 0, rest.length, rules));
    messages.push(run.next(rest, second ?? 0, rest.length, rules));

    assert.deepEqual(
      messages.map((message) => message?.kind === 'message' && message.data),
      parts,
    );
    assert.deepEqual(ranges, [
      [6, 32],
      [6, 23],
    ]);
  });

  test('ends a run where a frame is for the parser', () => {
    const bytes = Uint8Array.of(...hello, ...hello, 0x89, 0x80, 1, 2, 3, 4);
    const run = new SingleFrameRun();

    const kinds = [0, hello.length, 2 * hello.length].map(
      (offset) => run.next(bytes, offset, bytes.length, RULES)?.kind,
    );

    assert.deepEqual(kinds, ['message', 'message', undefined]);
    assert.deepEqual([...bytes.subarray(-6)], [0x89, 0x80, 1, 2, 3, 4]);
  });

  test('ends a run before a message that would make it large', () => {
    const rules = { ...RULES, payloadBytesMax: 10_000, messageBytesMax: 10_000 };
    const large = frame(0x82, [0xfe, 0x20, 0], new Uint8Array(8_192).fill(7));
    const bytes = Uint8Array.of(...hello, ...large);
    const run = new SingleFrameRun();

    run.next(bytes, 0, bytes.length, rules);
    assert.deepEqual(bytes.subarray(hello.length), large);

    const message = run.next(bytes, hello.length, bytes.length, rules);
    assert.equal(message?.kind === 'message' && message.data.at(-1), 7);
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

      assert.equal(read(bytes), undefined);

      assert.deepEqual(bytes, before);
    });
  }

  test('leaves the frames of a server to the parser', () => {
    assert.equal(read(hello.slice(), 0, { ...RULES, sender: 'server' }), undefined);
  });
});
