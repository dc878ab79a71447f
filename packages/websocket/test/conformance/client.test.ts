/** RFC 6455 sections 4.1 and 5 to 7, from the client: the answers and frames that it accepts. */
import { bytes, text, uint } from '../support/bytes.ts';
import {
  type AnswerCase,
  type ClientFrameCase,
  runAnswerCases,
  runClientFrameCases,
  serverFrame,
} from './support/client-cases.ts';
import { byByte, join } from './support/frame-cases.ts';

const more = { isFinal: false };

const ANSWERS: readonly AnswerCase[] = [
  ['a good answer', '4.1', {}, 'open'],
  ['status 200', '4.1', { statusLine: 'HTTP/1.1 200 OK' }, 'rejected'],
  ['status 204', '4.1', { statusLine: 'HTTP/1.1 204 No Content' }, 'rejected'],
  [
    'a redirect',
    '4.1',
    { statusLine: 'HTTP/1.1 302 Found', headers: { Location: '/' } },
    'rejected',
  ],
  ['status 401', '4.1', { statusLine: 'HTTP/1.1 401 Unauthorized' }, 'rejected'],
  ['status 503', '4.1', { statusLine: 'HTTP/1.1 503 Service Unavailable' }, 'rejected'],
  ['HTTP/1.0', '4.1', { statusLine: 'HTTP/1.0 101 Switching Protocols' }, 'rejected', 'open'],
  [
    'HTTP/2.0',
    'RFC 9113 8.6',
    { statusLine: 'HTTP/2.0 101 Switching Protocols' },
    'rejected',
    'open',
  ],
  ['a line that is not HTTP', '4.1', { statusLine: 'hello' }, 'rejected'],
  ['a missing accept value', '4.1', { headers: { 'Sec-WebSocket-Accept': undefined } }, 'rejected'],
  ['an empty accept value', '4.1', { headers: { 'Sec-WebSocket-Accept': '' } }, 'rejected'],
  [
    'the accept value of another key',
    '4.1',
    { headers: { 'Sec-WebSocket-Accept': 's3pPLMBiTxaQ9kYGzzhZRbK+xOo=' } },
    'rejected',
  ],
  [
    'the accept value with a suffix',
    '4.1',
    { headers: { 'Sec-WebSocket-Accept': 'accept=' } },
    'rejected',
  ],
  [
    'two accept values',
    '11.3.3',
    { headers: { 'Sec-WebSocket-Accept': ['accept', 'accept'] } },
    'rejected',
  ],
  [
    'blanks around the accept value',
    'RFC 9110 5.5',
    { headers: { 'Sec-WebSocket-Accept': ' accept ' } },
    'open',
  ],
  ['a missing Upgrade', '4.1', { headers: { Upgrade: undefined } }, 'rejected'],
  ['Upgrade to another protocol', '4.1', { headers: { Upgrade: 'h2c' } }, 'rejected'],
  ['Upgrade in capitals', '4.1', { headers: { Upgrade: 'WebSocket' } }, 'open'],
  ['a missing Connection', '4.1', { headers: { Connection: undefined } }, 'rejected'],
  ['Connection without the token', '4.1', { headers: { Connection: 'keep-alive' } }, 'rejected'],
  ['Connection as a list', '4.1', { headers: { Connection: 'keep-alive, Upgrade' } }, 'open'],
  [
    'an extension that was not offered',
    '4.1',
    { headers: { 'Sec-WebSocket-Extensions': 'x-foo' } },
    'rejected',
  ],
  [
    'a malformed extension header',
    '9.1',
    { headers: { 'Sec-WebSocket-Extensions': 'permessage-deflate;' } },
    'rejected',
  ],
  [
    'compression',
    'RFC 7692 5.1',
    { headers: { 'Sec-WebSocket-Extensions': 'permessage-deflate' } },
    'open',
  ],
  [
    'compression twice',
    'RFC 7692 5.1',
    { headers: { 'Sec-WebSocket-Extensions': 'permessage-deflate, permessage-deflate' } },
    'rejected',
    'open',
  ],
  [
    'compression with an unknown parameter',
    'RFC 7692 7.1',
    { headers: { 'Sec-WebSocket-Extensions': 'permessage-deflate; foo' } },
    'rejected',
  ],
  [
    'compression with a window of 16',
    'RFC 7692 7.1',
    { headers: { 'Sec-WebSocket-Extensions': 'permessage-deflate; client_max_window_bits=16' } },
    'rejected',
  ],
  [
    'compression with a window of 010',
    'RFC 7692 7.1',
    { headers: { 'Sec-WebSocket-Extensions': 'permessage-deflate; client_max_window_bits=010' } },
    'rejected',
    'open',
  ],
  [
    'compression with a window without a value',
    'RFC 7692 7.1',
    { headers: { 'Sec-WebSocket-Extensions': 'permessage-deflate; client_max_window_bits' } },
    'rejected',
  ],
  [
    'a subprotocol that was not offered',
    '4.1',
    { headers: { 'Sec-WebSocket-Protocol': 'soap' } },
    'rejected',
  ],
  [
    'no subprotocol although one was offered',
    '4.1',
    { headers: { 'Sec-WebSocket-Protocol': undefined } },
    'rejected',
  ],
  [
    'two subprotocols',
    '4.1',
    { headers: { 'Sec-WebSocket-Protocol': ['chat', 'chat'] } },
    'rejected',
  ],
];

const MESSAGES: readonly ClientFrameCase[] = [
  ['text', '5.6', serverFrame(0x1, 'Hello'), ['text Hello']],
  ['binary', '5.6', serverFrame(0x2, bytes('00ff')), ['binary 00ff']],
  ['an empty message', '5.6', serverFrame(0x1), ['text']],
  ['text byte by byte', '5.2', byByte(serverFrame(0x1, 'Hello')), ['text Hello']],
  [
    'three fragments',
    '5.4',
    join(serverFrame(0x1, 'a', more), serverFrame(0x0, 'b', more), serverFrame(0x0, 'c')),
    ['text abc'],
  ],
  [
    'a ping between fragments',
    '5.4',
    join(serverFrame(0x1, 'a', more), serverFrame(0x9, 'p'), serverFrame(0x0, 'b')),
    ['pong p', 'text ab'],
  ],
  ['an unsolicited pong', '5.5.3', join(serverFrame(0xa, 'x'), serverFrame(0x1, 'a')), ['text a']],
  ['a ping of 125 bytes', '5.5', serverFrame(0x9, 'p'.repeat(125)), ['pong of 125 bytes']],
  [
    'a character over two fragments',
    '8.1',
    join(serverFrame(0x1, bytes('c3'), more), serverFrame(0x0, bytes('a9'))),
    ['text é'],
  ],
  [
    'messages in one segment, in order',
    '5.2',
    join(serverFrame(0x1, 'a'), serverFrame(0x2, 'b'), serverFrame(0x1, 'c')),
    ['text a', 'binary 62', 'text c'],
  ],
];

const FAULTS: readonly ClientFrameCase[] = [
  ['a masked frame', '5.1', text('a'), ['close 1002']],
  ['a masked ping', '5.1', bytes('8980 00000000'), ['close 1002']],
  ...[0x40, 0x20, 0x10].map(
    (reservedBits): ClientFrameCase => [
      `the reserved bit 0x${reservedBits.toString(16)}`,
      '5.2',
      serverFrame(0x1, 'a', { reservedBits }),
      ['close 1002'],
    ],
  ),
  ...[0x3, 0x7, 0xb, 0xf].map(
    (opcode): ClientFrameCase => [
      `opcode 0x${opcode.toString(16)}`,
      '5.2',
      serverFrame(opcode),
      ['close 1002'],
    ],
  ),
  ['a continuation of nothing', '5.4', serverFrame(0x0, 'a'), ['close 1002']],
  [
    'a message inside another',
    '5.4',
    join(serverFrame(0x1, 'a', more), serverFrame(0x1, 'b')),
    ['close 1002'],
  ],
  ['a ping of 126 bytes', '5.5', serverFrame(0x9, Buffer.alloc(126)), ['close 1002']],
  ['a ping in fragments', '5.5', serverFrame(0x9, '', more), ['close 1002']],
  ['a length of 1 in 16 bits', '5.2', bytes('827e 0001 61'), ['close 1002'], ['binary 61']],
  [
    'a length of 1 in 64 bits',
    '5.2',
    bytes('827f 0000000000000001 61'),
    ['close 1002'],
    ['binary 61'],
  ],
  ['a length of 2^63', '5.2', bytes('827f 8000000000000000'), ['close 1002'], ['close 1009']],
  ['text that is not UTF-8', '8.1', serverFrame(0x1, bytes('61ff')), ['close 1007']],
  [
    'invalid text in an unfinished message',
    '8.1',
    serverFrame(0x1, bytes('61ff'), more),
    ['close 1007'],
    ['silence'],
  ],
  ['text that ends inside a character', '8.1', serverFrame(0x1, bytes('e282')), ['close 1007']],
  ['a message above the limit, from its header', '10.4', bytes('827e 03e9'), ['close 1009']],
  [
    'fragments above the limit',
    '10.4',
    join(serverFrame(0x2, Buffer.alloc(600), more), serverFrame(0x0, Buffer.alloc(600))),
    ['close 1009'],
  ],
  [
    'a valid message before a violation',
    '5.4',
    join(serverFrame(0x1, 'a'), bytes('8300')),
    ['text a', 'close 1002'],
  ],
];

const closing = (code: number, reason: string | Uint8Array = '') =>
  serverFrame(0x8, Buffer.concat([uint(code, 2), Buffer.from(reason)]));

const CLOSES: readonly ClientFrameCase[] = [
  ...[1000, 1001, 1003, 1008, 1011, 1012, 1013, 1014, 3000, 4999].map(
    (code): ClientFrameCase => [`close code ${code}`, '7.4', closing(code), [`close ${code}`]],
  ),
  ['close code 1010, which only clients send, is accepted', '7.4.1', closing(1010), ['close 1010']],
  ...[0, 999, 1004, 1005, 1006, 1015, 1016, 2999, 5000].map(
    (code): ClientFrameCase => [`close code ${code}`, '7.4', closing(code), ['close 1002']],
  ),
  ['an empty close frame', '5.5.1', serverFrame(0x8), ['close']],
  ['half a close code', '5.5.1', serverFrame(0x8, bytes('03')), ['close 1002']],
  ['a reason that is not UTF-8', '5.5.1', closing(1000, bytes('ff')), ['close 1007']],
  [
    'a message after a close frame',
    '5.5.1',
    join(closing(1000), serverFrame(0x1, 'a')),
    ['close 1000'],
  ],
];

runAnswerCases(ANSWERS);
runClientFrameCases([...MESSAGES, ...FAULTS, ...CLOSES]);
