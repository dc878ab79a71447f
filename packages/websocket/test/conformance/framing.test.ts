/** RFC 6455 section 5.2: the first byte, the length forms, and any split of the stream. */
import { binary, bytes, clientFrame, ping, text, uint } from '../support/bytes.ts';
import { byByte, type FrameCase, join, runFrameCases } from './support/frame-cases.ts';
import { showMessage } from './support/transcript.ts';

const BINARY = 0x2;

/** "Hello" from section 5.7. */
const HELLO = bytes('81 85 37fa213d 7f9f4d5158');

/** A frame with its length in a form of this many bytes, shortest or not. */
function lengthIn(byteCount: 2 | 8, payload: Uint8Array, opcode = BINARY): Buffer {
  const code = byteCount === 2 ? 0xfe : 0xff;
  const length = Buffer.concat([Buffer.alloc(byteCount - 2), uint(payload.length, 2)]);
  return join(Buffer.from([0x80 | opcode, code]), length, bytes('00000000'), payload);
}

const RESERVED_BITS: readonly FrameCase[] = [
  ['RSV1', 0x40],
  ['RSV2', 0x20],
  ['RSV3', 0x10],
  ['all three RSV bits', 0x70],
].flatMap(([name, bits]): FrameCase[] => {
  const reservedBits = Number(bits);
  return [
    [`${name} on a text frame`, '5.2', text('a', { reservedBits }), ['close 1002']],
    [`${name} on an empty binary frame`, '5.2', binary('', { reservedBits }), ['close 1002']],
    [`${name} on a ping`, '5.2', clientFrame(0x9, '', { reservedBits }), ['close 1002']],
    [
      `${name} behind a good message`,
      '5.2',
      join(text('a'), text('b', { reservedBits })),
      ['text a', 'close 1002'],
    ],
  ];
});

const OPCODES: readonly FrameCase[] = [0x3, 0x4, 0x5, 0x6, 0x7, 0xb, 0xc, 0xd, 0xe, 0xf].flatMap(
  (opcode): FrameCase[] => {
    const name = `opcode 0x${opcode.toString(16)}`;
    return [
      [name, '5.2', clientFrame(opcode), ['close 1002']],
      [`${name} with a payload`, '5.2', clientFrame(opcode, 'abc'), ['close 1002']],
    ];
  },
);

const LENGTHS: readonly FrameCase[] = [0, 1, 124, 125, 126, 127, 128, 65_535, 65_536, 100_000].map(
  (length): FrameCase => {
    const payload = Buffer.alloc(length, 'x');
    return [
      `a binary message of ${length} bytes`,
      '5.2',
      binary(payload),
      [showMessage(BINARY, payload)],
    ];
  },
);

const LONG_FORMS: readonly FrameCase[] = [
  ...[0, 1, 125].flatMap((length): FrameCase[] => {
    const payload = Buffer.alloc(length, 'x');
    const taken = [showMessage(BINARY, payload)];
    return [
      [`a length of ${length} in 16 bits`, '5.2', lengthIn(2, payload), ['close 1002'], taken],
      [`a length of ${length} in 64 bits`, '5.2', lengthIn(8, payload), ['close 1002'], taken],
    ];
  }),
  ...[126, 65_535].map((length): FrameCase => {
    const payload = Buffer.alloc(length, 'x');
    return [
      `a length of ${length} in 64 bits`,
      '5.2',
      lengthIn(8, payload),
      ['close 1002'],
      [showMessage(BINARY, payload)],
    ];
  }),
  [
    'the long form is rejected on the header, before the payload',
    '5.2',
    bytes('82 fe 007d'),
    ['close 1002'],
    ['silence'],
  ],
  ['a ping with a 16-bit length', '5.5', lengthIn(2, bytes('61'), 0x9), ['close 1002']],
  [
    'a length of 2^63, the top bit of 64',
    '5.2',
    bytes('82 ff 8000000000000000'),
    ['close 1002'],
    ['close 1009'],
  ],
  ['a length of 2^64 - 1', '5.2', bytes('82 ff ffffffffffffffff'), ['close 1002'], ['close 1009']],
];

const STREAMS: readonly FrameCase[] = [
  ['the vector of the RFC', '5.7', HELLO, ['text Hello']],
  ['a message byte by byte', '5.2', byByte(HELLO), ['text Hello']],
  [
    'a header of 16 bits byte by byte',
    '5.2',
    [
      ...byByte(binary(Buffer.alloc(200, 'x')).subarray(0, 8)),
      binary(Buffer.alloc(200, 'x')).subarray(8),
    ],
    [showMessage(BINARY, Buffer.alloc(200, 'x'))],
  ],
  [
    'a header of 64 bits byte by byte',
    '5.2',
    [
      ...byByte(binary(Buffer.alloc(70_000, 'x')).subarray(0, 14)),
      binary(Buffer.alloc(70_000, 'x')).subarray(14),
    ],
    [showMessage(BINARY, Buffer.alloc(70_000, 'x'))],
  ],
  ...[1, 2, 3, 5, 6, 7, 10].map(
    (cut): FrameCase => [
      `a message cut behind byte ${cut}`,
      '5.2',
      [HELLO.subarray(0, cut), HELLO.subarray(cut)],
      ['text Hello'],
    ],
  ),
  [
    'three messages in one segment',
    '5.2',
    join(text('a'), binary(bytes('ff')), text('b')),
    ['text a', 'binary ff', 'text b'],
  ],
  [
    'a segment that ends inside the next message',
    '5.2',
    [join(text('a'), text('bcd').subarray(0, 7)), text('bcd').subarray(7)],
    ['text a', 'text bcd'],
  ],
  [
    'two hundred messages in one segment, in order',
    '5.2',
    join(...Array.from({ length: 200 }, (_, index) => text(String(index)))),
    Array.from({ length: 200 }, (_, index) => `text ${index}`),
  ],
  ['half a frame is waited for', '5.2', HELLO.subarray(0, 8), ['silence']],
  ['one byte of a header is waited for', '5.2', bytes('81'), ['silence']],
  ['a bad first byte needs no second one', '5.2', bytes('83 80'), ['close 1002']],
  [
    'an HTTP request instead of a frame',
    '5.2, 6.4',
    Buffer.from('GET / HTTP/1.1\r\n\r\n'),
    ['close 1002'],
  ],
  ['nothing after a violation is read', '5.2', join(bytes('83 80'), text('a')), ['close 1002']],
  [
    'valid messages before a violation are answered first',
    '5.2',
    join(text('a'), text('b'), bytes('8f 80')),
    ['text a', 'text b', 'close 1002'],
  ],
  ['an idle connection is legal', '5.2', [], ['silence']],
];

runFrameCases([
  ...STREAMS,
  ...LENGTHS,
  ...LONG_FORMS,
  ...RESERVED_BITS,
  ...OPCODES,
  ['a ping needs no message before it', '5.5.2', ping('x'), ['pong x']],
]);
