/** RFC 6455 section 8.1, RFC 3629: text is UTF-8 as a whole message, and fails at its first invalid byte. */
import { binary, bytes, close, continuation, ping, text } from '../support/bytes.ts';
import { byByte, type FrameCase, join, runFrameCases } from './support/frame-cases.ts';
import { showMessage } from './support/transcript.ts';

const SOURCE = '8.1';
const more = { isFinal: false };

const VALID: readonly FrameCase[] = [
  ['the last of one byte, U+007F', '7f'],
  ['the null character', '00'],
  ['the first of two bytes, U+0080', 'c280'],
  ['the last of two bytes, U+07FF', 'dfbf'],
  ['the first of three bytes, U+0800', 'e0a080'],
  ['the last before the surrogates, U+D7FF', 'ed9fbf'],
  ['the first after the surrogates, U+E000', 'ee8080'],
  ['a replacement character, U+FFFD', 'efbfbd'],
  ['a non-character, U+FFFE', 'efbfbe'],
  ['the last of three bytes, U+FFFF', 'efbfbf'],
  ['the first of four bytes, U+10000', 'f0908080'],
  ['the last of all, U+10FFFF', 'f48fbfbf'],
  ['a byte order mark, which is kept', 'efbbbf61'],
].map(([name, hex = '']) => [
  name as string,
  SOURCE,
  text(bytes(hex)),
  [showMessage(0x1, bytes(hex))],
]);

/** Each fails inside an unfinished message, without waiting for its end. */
const INVALID: readonly (readonly [name: string, hex: string])[] = [
  ['a continuation byte alone', '80'],
  ['the last continuation byte alone', 'bf'],
  ['two continuation bytes', '8080'],
  ['an overlong null in two bytes', 'c080'],
  ['an overlong slash in two bytes', 'c0af'],
  ['the lead byte c1', 'c1bf'],
  ['an overlong slash in three bytes', 'e080af'],
  ['the last overlong form of three bytes', 'e09fbf'],
  ['an overlong slash in four bytes', 'f08080af'],
  ['the last overlong form of four bytes', 'f08fbfbf'],
  ['the first high surrogate, U+D800', 'eda080'],
  ['the last high surrogate, U+DBFF', 'edafbf'],
  ['the first low surrogate, U+DC00', 'edb080'],
  ['the last low surrogate, U+DFFF', 'edbfbf'],
  ['a pair of surrogates', 'eda080edb080'],
  ['the first value above the range, U+110000', 'f4908080'],
  ['the lead byte f5', 'f5808080'],
  ['five bytes', 'f888808080'],
  ['six bytes', 'fc8480808080'],
  ['the byte fe', 'fe'],
  ['the byte ff', 'ff'],
  ['a lead byte of two before a letter', 'c361'],
  ['a lead byte of three before a letter', 'e28261'],
  ['a lead byte of four before a letter', 'f09f9861'],
  ['a lead byte after a lead byte', 'c3c3a9'],
  ['one continuation byte too many', 'c3a9a9'],
];

const FAILS: readonly FrameCase[] = INVALID.flatMap(([name, hex]): FrameCase[] => [
  [name, SOURCE, text(bytes(hex)), ['close 1007']],
  [
    `${name}, in a message that goes on`,
    '8.1',
    text(bytes(`61${hex}`), more),
    ['close 1007'],
    ['silence'],
  ],
]);

const CUT_OFF: readonly FrameCase[] = ['c3', 'e282', 'e2', 'f09f98', 'f09f', 'f0', '61f0'].map(
  (hex) => [
    `a text that ends inside a character, ${hex}`,
    SOURCE,
    text(bytes(hex)),
    ['close 1007'],
  ],
);

const EARLY: readonly FrameCase[] = [
  [
    'a character over two fragments',
    '8.1',
    join(text(bytes('c3'), more), continuation(bytes('a9'))),
    ['text é'],
  ],
  [
    'a character over four fragments with pings between',
    '8.1',
    join(
      text(bytes('f0'), more),
      ping(),
      continuation(bytes('9f'), more),
      continuation(bytes('98'), more),
      ping(),
      continuation(bytes('80')),
    ),
    ['pong', 'pong', 'text 😀'],
  ],
  ['a character byte by byte', '8.1', byByte(text('😀')), ['text 😀']],
  [
    'an invalid byte in an incomplete frame',
    '8.1',
    text(bytes('6162ff6364')).subarray(0, 9),
    ['close 1007'],
    ['silence'],
  ],
  [
    'a character that becomes invalid across two fragments',
    '8.1',
    join(text(bytes('e2'), more), continuation(bytes('28'), more)),
    ['close 1007'],
    ['silence'],
  ],
  [
    'a surrogate, detected by its second byte',
    '8.1',
    join(text(bytes('ed'), more), continuation(bytes('a0'), more)),
    ['close 1007'],
    ['silence'],
  ],
  [
    'an incomplete character at the end of the message',
    '8.1',
    join(text(bytes('61c3'), more), continuation('')),
    ['close 1007'],
  ],
  [
    'a long text with its only invalid byte in the middle',
    '8.1',
    text(
      Buffer.concat([Buffer.alloc(40_000, 'é'), bytes('ff'), Buffer.alloc(40_000, 'é')]),
    ).subarray(0, 60_000),
    ['close 1007'],
    ['silence'],
  ],
  [
    'binary messages are not validated',
    '8.1',
    join(binary(bytes('ff fe c0 80')), text('a')),
    ['binary fffec080', 'text a'],
  ],
  [
    'continuations of binary messages are not validated',
    '8.1',
    join(binary(bytes('ff'), more), continuation(bytes('c3'))),
    ['binary ffc3'],
  ],
  ['a ping is not validated', '5.5.2', join(ping('é'), text('a')), ['pong é', 'text a']],
  [
    'a valid message before an invalid one',
    '8.1',
    join(text('a'), text(bytes('ff'))),
    ['text a', 'close 1007'],
  ],
  [
    'a character does not affect the next message',
    '8.1',
    join(text('é'), text('è'), close(1000)),
    ['text é', 'text è', 'close 1000'],
  ],
  [
    'a long text of many kinds of characters',
    '8.1',
    text('aé€😀'.repeat(5_000)),
    [showMessage(0x1, 'aé€😀'.repeat(5_000))],
  ],
];

runFrameCases([...VALID, ...FAILS, ...CUT_OFF, ...EARLY]);
