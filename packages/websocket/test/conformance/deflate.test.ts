/** RFC 7692: negotiation, compressed messages, and their violations. */
import { randomBytes } from 'node:crypto';
import { constants, deflateRawSync, type ZlibOptions } from 'node:zlib';
import { binary, bytes, clientFrame, continuation, ping, text } from '../support/bytes.ts';
import { upgradeRequest } from '../support/raw-peer.ts';
import { byByte, type FrameCase, join, runFrameCases } from './support/frame-cases.ts';
import {
  type ExpectedAnswer,
  type HandshakeCase,
  runHandshakeCases,
} from './support/handshake-cases.ts';
import { showMessage } from './support/transcript.ts';

const LIMIT = 200_000;
const RSV1 = { reservedBits: 0x40 };
const firstFragment = { reservedBits: 0x40, isFinal: false };
const more = { isFinal: false };

/** "Hello", compressed as in section 7.2.3.1. */
const HELLO = bytes('f248cdc9c90700');

/** The compressed payload of a client, without the tail of the flush. */
function deflated(payload: string | Uint8Array, options: ZlibOptions = {}): Buffer {
  const flushed = deflateRawSync(payload, { finishFlush: constants.Z_SYNC_FLUSH, ...options });
  return flushed.subarray(0, flushed.length - 4);
}

const LONG = JSON.stringify(Array.from({ length: 2_000 }, (_, id) => ({ id, name: 'alice' })));
const NOISE = randomBytes(50_000);

const MESSAGES: readonly FrameCase[] = [
  ['the vector of the RFC', 'RFC 7692 7.2.3.1', text(HELLO, RSV1), ['text Hello']],
  [
    'the vector in two fragments',
    'RFC 7692 7.2.3.1',
    join(text(HELLO.subarray(0, 3), firstFragment), continuation(HELLO.subarray(3))),
    ['text Hello'],
  ],
  [
    'the vector that refers to the message before it',
    'RFC 7692 7.2.3.2',
    join(text(HELLO, RSV1), text(bytes('f200110000'), RSV1)),
    ['text Hello', 'text Hello'],
  ],
  [
    'a block without compression',
    'RFC 7692 7.2.3.3',
    text(bytes('000500faff48656c6c6f00'), RSV1),
    ['text Hello'],
  ],
  [
    'a block that says it is the last',
    'RFC 7692 7.2.3.4',
    text(bytes('f348cdc9c9070000'), RSV1),
    ['text Hello'],
  ],
  [
    'two blocks',
    'RFC 7692 7.2.3.5',
    text(bytes('f248050000 00ffff cac9c90700'), RSV1),
    ['text Hello'],
  ],
  ['an empty message', 'RFC 7692 7.2.3.6', text(bytes('00'), RSV1), ['text']],

  ['a message that is not compressed', 'RFC 7692 6', text('Hello'), ['text Hello']],
  [
    'compressed and plain ones in turn',
    'RFC 7692 6',
    join(text(HELLO, RSV1), text('plain'), text(bytes('f200110000'), RSV1)),
    ['text Hello', 'text plain', 'text Hello'],
  ],
  ['a binary message', 'RFC 7692 6', binary(deflated(NOISE), RSV1), [showMessage(0x2, NOISE)]],
  ['a long message', 'RFC 7692 6', text(deflated(LONG), RSV1), [showMessage(0x1, LONG)]],
  ['a compressed message byte by byte', 'RFC 7692 6', byByte(text(HELLO, RSV1)), ['text Hello']],
  [
    'many fragments, with pings between',
    'RFC 7692 6.1',
    join(
      text(HELLO.subarray(0, 1), firstFragment),
      ping('1'),
      ...[...HELLO.subarray(1)].flatMap((byte) => [
        continuation(Uint8Array.of(byte), more),
        ping('2'),
      ]),
      continuation(''),
    ),
    ['pong 1', 'pong 2', 'pong 2', 'pong 2', 'pong 2', 'pong 2', 'pong 2', 'text Hello'],
  ],
  [
    'a message that refers to one far before it',
    'RFC 7692 7.2.3.2',
    join(
      text(deflated(LONG.slice(0, 20_000)), RSV1),
      text(
        deflated(LONG.slice(0, 20_000), { dictionary: Buffer.from(LONG.slice(0, 20_000)) }),
        RSV1,
      ),
    ),
    [showMessage(0x1, LONG.slice(0, 20_000)), showMessage(0x1, LONG.slice(0, 20_000))],
  ],
  [
    'every level of compression',
    'RFC 7692 7.2',
    join(...[0, 1, 6, 9].map((level) => text(deflated('level', { level }), RSV1))),
    new Array(4).fill('text level'),
  ],
  [
    'a hundred messages',
    'RFC 7692 7.2',
    join(...Array.from({ length: 100 }, (_, n) => text(deflated(`message ${n}`), RSV1))),
    Array.from({ length: 100 }, (_, n) => `text message ${n}`),
  ],
  [
    'answers keep their order, large and small',
    '5.4',
    join(text(deflated(LONG), RSV1), text('a'), text(HELLO, RSV1)),
    [showMessage(0x1, LONG), 'text a', 'text Hello'],
  ],
];

const FAULTS: readonly FrameCase[] = [
  // An empty message has one byte, 00 (section 7.2.3.6); zero bytes do not end a block.
  ['zero bytes', 'RFC 7692 7.2.2', text('', RSV1), ['close 1007'], ['text']],
  ['RSV1 on a ping', 'RFC 7692 6', clientFrame(0x9, '', RSV1), ['close 1002']],
  ['RSV1 on a pong', 'RFC 7692 6', clientFrame(0xa, '', RSV1), ['close 1002']],
  ['RSV1 on a close frame', 'RFC 7692 6', clientFrame(0x8, '', RSV1), ['close 1002']],
  ['RSV2 on a message', '5.2', text('a', { reservedBits: 0x20 }), ['close 1002']],
  ['RSV3 with RSV1', '5.2', text(HELLO, { reservedBits: 0x50 }), ['close 1002']],
  [
    'RSV1 on a continuation',
    'RFC 7692 6.1',
    join(text(HELLO.subarray(0, 3), firstFragment), continuation(HELLO.subarray(3), RSV1)),
    ['close 1002'],
  ],
  [
    'RSV1 on a continuation of a plain message',
    'RFC 7692 6.1',
    join(text('a', more), continuation(HELLO, RSV1)),
    ['close 1002'],
  ],
  [
    'a block of a kind that does not exist',
    'RFC 7692 7.2.2',
    text(bytes('ff'), RSV1),
    ['close 1007'],
  ],
  [
    'a reference to data that was never sent',
    'RFC 7692 7.2.2',
    text(bytes('f200110000'), RSV1),
    ['close 1007'],
  ],
  [
    'a stored block with a wrong length',
    'RFC 7692 7.2.2',
    text(bytes('000500ffff48656c6c6f00'), RSV1),
    ['close 1007'],
  ],
  [
    'text that is not UTF-8 after inflating',
    '8.1',
    text(deflated(bytes('61ff')), RSV1),
    ['close 1007'],
  ],
  [
    'text that ends inside a character after inflating',
    '8.1',
    text(deflated(bytes('61e282')), RSV1),
    ['close 1007'],
  ],
  [
    'a valid message before an invalid one',
    '8.1',
    join(text(HELLO, RSV1), text(bytes('ff'), RSV1)),
    ['text Hello', 'close 1007'],
  ],
];

const LIMITS: readonly FrameCase[] = [
  [
    'a message that inflates to the limit',
    '10.4',
    binary(deflated(Buffer.alloc(LIMIT)), RSV1),
    [showMessage(0x2, Buffer.alloc(LIMIT))],
  ],
  ['one byte more', '6.2', binary(deflated(Buffer.alloc(LIMIT + 1)), RSV1), ['close 1009']],
  ['a bomb', '6.2', binary(deflated(Buffer.alloc(100_000_000)), RSV1), ['close 1009']],
  [
    'a bomb in fragments, before its end',
    '6.2',
    join(...pieces(deflated(Buffer.alloc(100_000_000)))),
    ['close 1009'],
  ],
  [
    'compressed bytes above the limit, from the header',
    '10.4',
    bytes('c2 ff 0000000000030d41'),
    ['close 1009'],
  ],
];

/** The start of a message in fragments of 1,000 bytes. */
function pieces(payload: Uint8Array): Buffer[] {
  return [0, 1, 2].map((index) => {
    const piece = payload.subarray(index * 30_000, (index + 1) * 30_000);
    return index === 0
      ? binary(piece, firstFragment)
      : continuation(piece, index === 2 ? {} : more);
  });
}

runFrameCases([...MESSAGES, ...FAULTS, ...LIMITS], {
  messageBytesMax: LIMIT,
  hasDeflate: true,
  request: { 'Sec-WebSocket-Extensions': 'permessage-deflate' },
});

/** If negotiated, each message is compressed alone: a reference to another message is a violation. */
runFrameCases(
  [
    [
      'without takeover, each message is compressed alone',
      'RFC 7692 7.1.1',
      join(text(HELLO, RSV1), text(HELLO, RSV1)),
      ['text Hello', 'text Hello'],
    ],
  ],
  {
    hasDeflate: true,
    request: {
      'Sec-WebSocket-Extensions':
        'permessage-deflate; client_no_context_takeover; server_no_context_takeover',
    },
  },
);

const NAME = 'permessage-deflate';

type Offer = readonly [
  title: string,
  offer: string | readonly string[],
  answer: string | undefined,
  wsAnswer?: ExpectedAnswer,
];

const answer = (header: string | undefined): ExpectedAnswer => [
  101,
  { 'Sec-WebSocket-Extensions': header },
];

const BITS = 'server_max_window_bits';
const CLIENT_BITS = 'client_max_window_bits';

const OFFERS: readonly Offer[] = [
  ['no parameters', NAME, NAME],
  [
    'server_no_context_takeover',
    `${NAME}; server_no_context_takeover`,
    `${NAME}; server_no_context_takeover`,
  ],
  [
    'client_no_context_takeover',
    `${NAME}; client_no_context_takeover`,
    `${NAME}; client_no_context_takeover`,
  ],
  ['the server’s window', `${NAME}; ${BITS}=10`, `${NAME}; ${BITS}=10`],
  ['the server’s window in quotes', `${NAME}; ${BITS}="10"`, `${NAME}; ${BITS}=10`],
  ['the largest window', `${NAME}; ${BITS}=15`, `${NAME}; ${BITS}=15`],
  ['the client’s window with a value', `${NAME}; ${CLIENT_BITS}=10`, `${NAME}; ${CLIENT_BITS}=10`],
  ['the client’s window as a hint', `${NAME}; ${CLIENT_BITS}`, NAME],
  ['blanks around everything', `${NAME} ;\t${BITS} = 10`, `${NAME}; ${BITS}=10`, 400],
  ['after another extension', `x-foo, ${NAME}`, NAME],
  ['in a field of its own', ['x-foo', NAME], NAME],
  ['in two offers, the first one counts', `${NAME}; ${BITS}=12, ${NAME}`, `${NAME}; ${BITS}=12`],
  ['under a name in capitals', 'Permessage-Deflate', undefined],
  ['under its old name', 'x-webkit-deflate-frame', undefined],
  // zlib silently uses 9 instead of 8, which would violate a negotiated 8.
  ['the server’s window of 8', `${NAME}; ${BITS}=8`, undefined, answer(`${NAME}; ${BITS}=8`)],
  ['the server’s window without a value', `${NAME}; ${BITS}`, undefined, 400],
  [
    'a value for a parameter without one',
    `${NAME}; server_no_context_takeover=true`,
    undefined,
    400,
  ],
  ['a value for the client’s takeover', `${NAME}; client_no_context_takeover=1`, undefined, 400],
  ['a parameter twice', `${NAME}; ${BITS}=10; ${BITS}=10`, undefined, 400],
  [
    'a flag twice',
    `${NAME}; server_no_context_takeover; server_no_context_takeover`,
    undefined,
    400,
  ],
  ['a parameter that is unknown', `${NAME}; foo`, undefined, 400],
  ['a parameter in capitals', `${NAME}; Server_Max_Window_Bits=10`, undefined, 400],
  ['an offer that is wrong and one that is right', `${NAME}; foo, ${NAME}`, NAME, 400],
  [
    'a wrong window and a right one',
    `${NAME}; ${BITS}=99, ${NAME}; ${BITS}=11`,
    `${NAME}; ${BITS}=11`,
    400,
  ],
  ['two that are wrong', `${NAME}; foo, ${NAME}; bar`, undefined, 400],
  ...[BITS, CLIENT_BITS].flatMap((name): Offer[] => [
    ...['7', '16', '0', '-10', '1000', 'ten'].map(
      (value): Offer => [`${name}=${value}`, `${NAME}; ${name}=${value}`, undefined, 400],
    ),
    ...['010', '+10', '0xa', '10.0', '1e1'].map(
      (value): Offer => [
        `${name}=${value}`,
        `${NAME}; ${name}=${value}`,
        undefined,
        answer(`${NAME}; ${name}=10`),
      ],
    ),
  ]),
];

runHandshakeCases(
  OFFERS.map(
    ([title, offer, expected, wsAnswer]): HandshakeCase => [
      `offer: ${title}`,
      'RFC 7692 7.1',
      upgradeRequest({ 'Sec-WebSocket-Extensions': offer }),
      answer(expected),
      ...(wsAnswer === undefined ? ([] as const) : ([wsAnswer] as const)),
    ],
  ),
  { hasDeflate: true },
);
