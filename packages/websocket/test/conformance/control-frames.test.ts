/** RFC 6455 section 5.5: control frames are short, unfragmented, and answered immediately. */
import { bytes, clientFrame, ping, pong, text } from '../support/bytes.ts';
import { byByte, type FrameCase, join, runFrameCases } from './support/frame-cases.ts';

const more = { isFinal: false };
const LONGEST = Buffer.alloc(125, 'p');

const ANSWERS: readonly FrameCase[] = [
  ['an empty ping', '5.5.2', ping(), ['pong']],
  ['a pong carries what the ping did', '5.5.3', ping('are you there'), ['pong are you there']],
  ['a ping of 125 bytes, the longest', '5.5', ping(LONGEST), ['pong of 125 bytes']],
  ['a ping byte by byte', '5.5.2', byByte(ping('ab')), ['pong ab']],
  [
    'ten pings in one segment',
    '5.5.2',
    join(...new Array(10).fill(ping('x'))),
    new Array(10).fill('pong x'),
  ],
  ['an unsolicited pong is legal', '5.5.3', join(pong('x'), text('a')), ['text a']],
  ['a thousand unsolicited pongs', '5.5.3', join(...new Array(1_000).fill(pong())), []],
  [
    'answers keep the order of the pings',
    '5.5.2',
    join(text('a'), ping(), text('b')),
    ['text a', 'pong', 'text b'],
  ],
];

const FAULTS: readonly FrameCase[] = [
  ['ping', 0x9],
  ['pong', 0xa],
  ['close frame', 0x8],
].flatMap(([name, opcode]): FrameCase[] => [
  [`a ${name} of 126 bytes`, '5.5', clientFrame(Number(opcode), Buffer.alloc(126)), ['close 1002']],
  [
    `a ${name} of 70,000 bytes, from two bytes of its header`,
    '5.5',
    Buffer.from([0x80 | Number(opcode), 0xff]),
    ['close 1002'],
  ],
  [`a ${name} in fragments`, '5.5', clientFrame(Number(opcode), '', more), ['close 1002']],
]);

const AMONG: readonly FrameCase[] = [
  [
    'a ping in fragments inside a message',
    '5.5',
    join(text('a', more), clientFrame(0x9, 'a', more)),
    ['close 1002'],
  ],
  [
    'a pong of 126 bytes after a valid ping',
    '5.5',
    join(ping('a'), bytes('8a fe 007e')),
    ['pong a', 'close 1002'],
  ],
];

runFrameCases([...ANSWERS, ...FAULTS, ...AMONG]);
