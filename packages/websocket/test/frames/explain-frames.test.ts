/** Explanations of captured bytes, as the command `parley-frames` prints them. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { deflateRawSync } from 'node:zlib';
import * as fc from 'fast-check';
import { type ExplainOptions, explainFrames } from '../../src/frames/explain-frames.ts';
import { binary, bytes, close, continuation, ping, pong, text } from '../support/bytes.ts';
import { startDeflater } from '../support/deflate-peer.ts';

async function explain(input: Uint8Array, options: Partial<ExplainOptions> = {}) {
  const defaults = { hasDeflate: true, messageBytesMax: 1_000_000, shownBytes: 32 };
  const frames = explainFrames(input, { ...defaults, ...options });
  const lines: string[] = [];
  for (;;) {
    const { value, done } = await frames.next();
    if (done) return { lines, isValid: value };
    lines.push(value);
  }
}

/** The lines that say what a frame means, without its bytes. */
async function meanings(input: Uint8Array, options: Partial<ExplainOptions> = {}) {
  const { lines } = await explain(input, options);
  return lines.filter((line) => /^ {2}=|^!|^ {2}! /.test(line)).map((line) => line.trim());
}

test('the masked Hello of RFC 6455 is explained byte by byte', async () => {
  assert.deepEqual(await explain(bytes('81 85 37 fa 21 3d 7f 9f 4d 51 58')), {
    lines: [
      'frame 1 at byte 0: text, 5 bytes of payload',
      '  81: FIN 1, RSV 000, opcode 1 (text)',
      '  85: MASK 1, length 5',
      '  37 fa 21 3d: mask key',
      '  48 65 6c 6c 6f: payload, without its mask',
      '  = text message, 5 bytes in 1 frame: "Hello"',
      '1 frame, 1 message, no error',
    ],
    isValid: true,
  });
});

test('the sender is the one that the mask of the first frame shows', async () => {
  assert.deepEqual(await meanings(bytes('81 02 68 69')), [
    '= text message, 2 bytes in 1 frame: "hi"',
  ]);
  const { lines, isValid } = await explain(bytes('81 02 68 69 00'), { from: 'client' });
  assert.deepEqual(lines, [
    'frame 1 at byte 0: not valid',
    '  81: FIN 1, RSV 000, opcode 1 (text)',
    '  02: MASK 0, length 2',
    '  ! UNMASKED_CLIENT_FRAME: a client frame is not masked',
    '    A client masks all frames (RFC 6455, section 5.1).',
    '    An endpoint closes with 1002 PROTOCOL_ERROR.',
    '3 bytes after it: not read',
    '1 frame, 0 messages, 1 error',
  ]);
  assert.equal(isValid, false);
});

test('extended lengths are shown, and long payloads are cut off', async () => {
  const { lines } = await explain(Buffer.concat([bytes('82 7e 00 7e'), Buffer.alloc(126)]));
  assert.deepEqual(lines.slice(1, 5), [
    '  82: FIN 1, RSV 000, opcode 2 (binary)',
    '  7e: MASK 0, length 126: 16 bits follow',
    '  00 7e: length 126',
    `  ${Array(32).fill('00').join(' ')} … (94 more bytes): payload`,
  ]);
  const { lines: long } = await explain(binary(Buffer.alloc(65_536)), { shownBytes: 1 });
  assert.deepEqual(long.slice(2, 6), [
    '  ff: MASK 1, length 127: 64 bits follow',
    '  00 00 00 00 00 01 00 00: length 65536',
    '  37 fa 21 3d: mask key',
    '  00 … (65535 more bytes): payload, without its mask',
  ]);
});

test('fragments, control frames between them, and the close are named', async () => {
  const input = Buffer.concat([
    text('Hel', { isFinal: false }),
    ping('are you there?'),
    continuation('lo'),
    pong(),
    binary(''),
    close(1000, 'bye'),
    bytes('00 00'),
  ]);

  assert.deepEqual(await meanings(input), [
    '= fragment 1 of a message that goes on',
    '= ping: "are you there?"',
    '= text message, 5 bytes in 2 frames: "Hello"',
    '= pong',
    '= binary message, 0 bytes in 1 frame',
    '= close: 1000 NORMAL_CLOSURE, "bye"',
  ]);
  const { lines, isValid } = await explain(input);
  assert.deepEqual(lines.slice(-2), [
    '2 bytes after a close frame (RFC 6455, section 5.5.1): not read',
    '6 frames, 2 messages, no error',
  ]);
  assert.equal(isValid, true);
});

test('close codes have their names, or who assigns them', async () => {
  for (const [frame, meaning] of [
    [close(), '= close: without a code, reported as 1005'],
    [close(1009), '= close: 1009 MESSAGE_TOO_BIG'],
    [close(3000), '= close: 3000 (registered with IANA)'],
    [close(4000), '= close: 4000 (private)'],
  ] as const) {
    assert.deepEqual(await meanings(frame), [meaning]);
  }
});

const FAULTS: readonly [title: string, input: Buffer, code: string, rule: RegExp][] = [
  ['a masked frame of a server', bytes('8100 8180 00000000'), 'MASKED_SERVER_FRAME', /5\.1/],
  ['RSV2', text('', { reservedBits: 0x20 }), 'RESERVED_BITS', /5\.2.*RFC 7692, section 6/],
  ['RSV1 of a ping', bytes('c980 00000000'), 'RESERVED_BITS', /5\.2/],
  ['a reserved opcode', bytes('8380 00000000'), 'INVALID_OPCODE', /5\.2/],
  ['a fragmented ping', bytes('0980 00000000'), 'FRAGMENTED_CONTROL_FRAME', /5\.5/],
  ['a long ping', bytes('89fe 007e 00000000'), 'OVERSIZED_CONTROL_FRAME', /5\.5/],
  ['a long form of a length', bytes('81fe 0001 00000000'), 'NON_MINIMAL_LENGTH', /5\.2/],
  ['a length of 2^63', bytes('81ff 8000000000000000'), 'LENGTH_OVERFLOW', /5\.2/],
  ['a continuation of nothing', continuation('a'), 'UNEXPECTED_CONTINUATION', /5\.4/],
  [
    'a message inside a message',
    Buffer.concat([text('a', { isFinal: false }), text('b')]),
    'NESTED_DATA_FRAME',
    /5\.4/,
  ],
  ['a close frame of one byte', bytes('8881 00000000 03'), 'INVALID_CLOSE_FRAME', /5\.5\.1/],
  ['a close code that is never sent', close(1006), 'INVALID_CLOSE_FRAME', /7\.4/],
  ['text that is not UTF-8', text(bytes('61 ff')), 'INVALID_UTF8', /8\.1/],
  ['a message above the limit', text('x'.repeat(101)), 'MESSAGE_TOO_BIG', /10\.4/],
];

for (const [title, input, code, rule] of FAULTS) {
  test(`${title} breaks a rule: ${code}`, async () => {
    const { lines, isValid } = await explain(input, { messageBytesMax: 100 });

    const at = lines.findIndex((line) => line.startsWith(`  ! ${code}: `));
    assert.notEqual(at, -1, lines.join('\n'));
    assert.match(lines[at + 1] ?? '', rule);
    assert.match(lines[at + 2] ?? '', /^ {4}An endpoint closes with 10\d\d [A-Z_]+\.$/);
    assert.equal(isValid, false);
  });
}

test('text is valid up to a byte of its message', async () => {
  const { lines } = await explain(text(bytes('61 62 ff')));

  assert(lines.includes('  valid UTF-8 up to byte 2 of the message'), lines.join('\n'));
});

test('compressed messages are inflated, each with the ones before it', async () => {
  const deflate = startDeflater();
  const marked = { reservedBits: 0x40 };
  const [first, second] = [await deflate('hello hello'), await deflate('hello hello')];
  const half = Math.ceil(first.length / 2);

  const input = Buffer.concat([
    text(first.subarray(0, half), { ...marked, isFinal: false }),
    continuation(first.subarray(half)),
    text(second, marked),
  ]);

  assert.deepEqual(await meanings(input), [
    '= fragment 1 of a message that goes on',
    `= text message, 11 bytes in 2 frames, inflated from ${first.length} bytes: "hello hello"`,
    `= text message, 11 bytes in 1 frame, inflated from ${second.length} bytes: "hello hello"`,
  ]);
  // The second one alone refers to what is missing.
  const { lines } = await explain(text(second, marked));
  assert.match(lines.join('\n'), /INVALID_COMPRESSED_DATA[\s\S]*earlier messages, which are not/);
});

test('RSV1 is a violation if compression was not agreed on', async () => {
  const input = text(deflateRawSync('hello'), { reservedBits: 0x40 });

  assert.match(String(await meanings(input, { hasDeflate: false })), /^! RESERVED_BITS/);
});

test('a message that inflates beyond the limit is not inflated, and the next one is explained', async () => {
  const deflate = startDeflater({ isKept: false });
  const bomb = text(await deflate(Buffer.alloc(10_000_000)), { reservedBits: 0x40 });

  assert.deepEqual(await meanings(Buffer.concat([bomb, text('after')])), [
    '! MESSAGE_TOO_BIG: the message inflates to more than 1000000 bytes',
    '= text message, 5 bytes in 1 frame: "after"',
  ]);
});

test('an input that ends too early says where', async () => {
  const frame = text('Hello');
  for (const [input, end] of [
    [frame.subarray(0, 1), 'inside a header, after 1 byte of it'],
    [frame.subarray(0, 5), 'inside a header, after 5 bytes of it'],
    [frame.subarray(0, 9), 'inside a payload: 2 bytes missing'],
    [text('a', { isFinal: false }), 'inside a message: a final frame is missing'],
  ] as const) {
    const { lines, isValid } = await explain(input, { from: 'client' });

    assert(lines.includes(`! The input ends ${end}.`), lines.join('\n'));
    assert.equal(isValid, false);
  }
  assert.deepEqual(await explain(Buffer.alloc(0)), {
    lines: ['0 frames, 0 messages, no error'],
    isValid: true,
  });
});

test('what a terminal would obey is escaped', async () => {
  const input = Buffer.concat([text('\u001b[2J\u009b1m\u202e'), close(1000, '\u001b]0;a\u0007')]);

  assert.deepEqual(await meanings(input), [
    '= text message, 11 bytes in 1 frame: "\\u001b[2J\\u009b1m\\u202e"',
    '= close: 1000 NORMAL_CLOSURE, "\\u001b]0;a\\u0007"',
  ]);
});

test('any bytes have an explanation, and each byte belongs to at most one frame', async () => {
  const frames = fc.constantFrom(text('a'), ping('b'), continuation('c'), bytes('81 01 64'));
  const parts = fc.oneof(frames, fc.uint8Array({ maxLength: 12 }));
  await fc.assert(
    fc.asyncProperty(fc.array(parts, { maxLength: 6 }), async (list) => {
      const input = Buffer.concat(list);
      const before = Buffer.from(input);

      const { lines, isValid } = await explain(input);

      assert.deepEqual(input, before, 'the input is not changed');
      const offsets = lines.flatMap((line) => / at byte (\d+):/.exec(line)?.[1] ?? []).map(Number);
      assert(offsets.every((offset, at) => at === 0 || offset > (offsets[at - 1] ?? 0)));
      assert(offsets.every((offset) => offset < input.length));
      assert.match(lines.at(-1) ?? '', isValid ? /no error$/ : /\d errors?$/);
    }),
    { numRuns: 300 },
  );
});
