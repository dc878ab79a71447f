/** RFC 6455 section 5.4: messages in fragments, and the frames between them. */
import {
  binary,
  bytes,
  clientFrame,
  close,
  continuation,
  ping,
  pong,
  text,
} from '../support/bytes.ts';
import { byByte, type FrameCase, join, runFrameCases } from './support/frame-cases.ts';

const more = { isFinal: false };

const WHOLE: readonly FrameCase[] = [
  ['two fragments of text', '5.4', join(text('Hel', more), continuation('lo')), ['text Hello']],
  [
    'three fragments',
    '5.4, 8.3',
    join(text('Hel', more), continuation('lo ', more), continuation('World')),
    ['text Hello World'],
  ],
  [
    'the type comes from the first fragment',
    '5.4',
    join(binary('a', more), continuation('b')),
    ['binary 6162'],
  ],
  [
    'all fragments empty',
    '5.4',
    join(text('', more), continuation('', more), continuation('')),
    ['text'],
  ],
  ['an empty first fragment', '5.4', join(text('', more), continuation('a')), ['text a']],
  ['an empty last fragment', '5.4', join(text('a', more), continuation('')), ['text a']],
  [
    'an empty fragment in the middle',
    '5.4',
    join(text('a', more), continuation('', more), continuation('b')),
    ['text ab'],
  ],
  [
    'a hundred fragments of a byte',
    '5.4',
    join(text('', more), ...new Array(50).fill(continuation('a', more)), continuation('')),
    [`text ${'a'.repeat(50)}`],
  ],
  [
    'fragments byte by byte',
    '5.4',
    byByte(join(text('ab', more), continuation('c', more), continuation('d'))),
    ['text abcd'],
  ],
  [
    'two messages in fragments, one after the other',
    '5.4',
    join(text('a', more), continuation('b'), binary('c', more), continuation('d')),
    ['text ab', 'binary 6364'],
  ],
  [
    'a whole message after one in fragments',
    '5.4',
    join(text('a', more), continuation('b'), text('c')),
    ['text ab', 'text c'],
  ],
  ['an unfinished message is not delivered', '5.4', text('a', more), ['silence']],
  [
    'an unfinished message is dropped at the close',
    '5.4',
    join(text('a', more), close(1000)),
    ['close 1000'],
  ],
];

const BETWEEN: readonly FrameCase[] = [
  [
    'a ping between two fragments is answered first',
    '5.4',
    join(text('a', more), ping('p'), continuation('b')),
    ['pong p', 'text ab'],
  ],
  [
    'a ping inside an unfinished message is answered immediately',
    '5.4',
    join(text('a', more), ping('p')),
    ['pong p', 'silence'],
  ],
  [
    'a pong between two fragments',
    '5.4',
    join(text('a', more), pong('p'), continuation('b')),
    ['text ab'],
  ],
  [
    'pings between all fragments',
    '5.4',
    join(
      ping('1'),
      text('a', more),
      ping('2'),
      continuation('b', more),
      ping('3'),
      continuation('c'),
      ping('4'),
    ),
    ['pong 1', 'pong 2', 'pong 3', 'text abc', 'pong 4'],
  ],
  [
    'a close frame between two fragments',
    '5.4',
    join(text('a', more), close(1000), continuation('b')),
    ['close 1000'],
  ],
];

const FAULTS: readonly FrameCase[] = [
  ['a continuation of nothing', '5.4', continuation('a'), ['close 1002']],
  ['an open continuation of nothing', '5.4', continuation('a', more), ['close 1002']],
  ['an empty continuation of nothing', '5.4', continuation(''), ['close 1002']],
  [
    'a continuation after a whole message',
    '5.4',
    join(text('a'), continuation('b')),
    ['text a', 'close 1002'],
  ],
  [
    'a continuation after the last fragment',
    '5.4',
    join(text('a', more), continuation('b'), continuation('c')),
    ['text ab', 'close 1002'],
  ],
  ['text inside a message', '5.4', join(text('a', more), text('b')), ['close 1002']],
  ['binary inside a text message', '5.4', join(text('a', more), binary('b')), ['close 1002']],
  ['text inside a binary message', '5.4', join(binary('a', more), text('b')), ['close 1002']],
  [
    'an open text frame inside a message',
    '5.4',
    join(text('a', more), text('b', more)),
    ['close 1002'],
  ],
  [
    'a new message after a ping inside the old one',
    '5.4',
    join(text('a', more), ping(), text('b')),
    ['pong', 'close 1002'],
  ],
  [
    'the header of a nested message is enough',
    '5.4',
    join(text('a', more), bytes('82 fe 0100 00000000')),
    ['close 1002'],
  ],
  [
    'a reserved bit on a continuation',
    '5.2',
    join(text('a', more), continuation('b', { reservedBits: 0x40 })),
    ['close 1002'],
  ],
  [
    'a reserved opcode inside a message',
    '5.2',
    join(text('a', more), clientFrame(0x3)),
    ['close 1002'],
  ],
];

runFrameCases([...WHOLE, ...BETWEEN, ...FAULTS]);
