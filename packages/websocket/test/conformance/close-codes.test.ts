/** RFC 6455 sections 5.5.1 and 7.4: the content of close frames, and their answers. */
import { binary, bytes, clientFrame, close, ping, text } from '../support/bytes.ts';
import { byByte, type FrameCase, join, runFrameCases } from './support/frame-cases.ts';

const ALLOWED = [
  1000, 1001, 1002, 1003, 1007, 1008, 1009, 1010, 1011, 1012, 1013, 1014, 3000, 3999, 4000, 4999,
];

const FORBIDDEN = [
  0, 1, 999, 1004, 1005, 1006, 1015, 1016, 1099, 1100, 2000, 2999, 5000, 9999, 65_535,
];

const CODES: readonly FrameCase[] = [
  ...ALLOWED.map(
    (code): FrameCase => [`code ${code} is echoed`, '7.4', close(code), [`close ${code}`]],
  ),
  ...FORBIDDEN.map(
    (code): FrameCase => [`code ${code} is a fault`, '7.4', close(code), ['close 1002']],
  ),
];

const PAYLOADS: readonly FrameCase[] = [
  ['an empty close frame is answered with one', '5.5.1', close(), ['close']],
  ['half a code', '5.5.1', clientFrame(0x8, bytes('03')), ['close 1002']],
  ['a code with a reason', '5.5.1', close(1000, 'bye'), ['close 1000']],
  ['a reason of 123 bytes, the longest', '5.5.1', close(1000, 'x'.repeat(123)), ['close 1000']],
  ['a reason of 124 bytes', '5.5', close(1000, 'x'.repeat(124)), ['close 1002']],
  ['a reason of many scripts', '5.5.1', close(1000, 'é€😀'), ['close 1000']],
  ['a reason that is not UTF-8', '5.5.1', close(1000, bytes('ff')), ['close 1007']],
  ['a reason with a surrogate', '5.5.1', close(1000, bytes('eda080')), ['close 1007']],
  ['a reason that ends inside a character', '5.5.1', close(1000, bytes('61e282')), ['close 1007']],
  ['a bad code goes before a bad reason', '7.4.1', close(1005, bytes('ff')), ['close 1002']],
  ['a close frame byte by byte', '5.5.1', byByte(close(3000, 'bye')), ['close 3000']],
];

const ORDER: readonly FrameCase[] = [
  [
    'the close frame follows the last answer',
    '5.5.1',
    join(text('a'), close(1000)),
    ['text a', 'close 1000'],
  ],
  [
    'text after a close frame is not answered',
    '5.5.1',
    join(close(1000), text('a')),
    ['close 1000'],
  ],
  [
    'a ping after a close frame is not answered',
    '5.5.2',
    join(close(1000), ping()),
    ['close 1000'],
  ],
  ['a second close frame is not answered', '5.5.1', join(close(1000), close(1001)), ['close 1000']],
  [
    'a violation after a close frame changes nothing',
    '5.5.1',
    join(close(1000), bytes('ff00')),
    ['close 1000'],
  ],
  [
    'a flood after a close frame is drained without a reset',
    '7.1.1',
    join(close(1000), binary(Buffer.alloc(500_000)), Buffer.alloc(500_000)),
    ['close 1000'],
  ],
];

runFrameCases([...CODES, ...PAYLOADS, ...ORDER]);
