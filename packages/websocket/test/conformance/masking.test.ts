/** RFC 6455 section 5.3: every frame of a client is masked, each with its own key. */
import { binary, bytes, clientFrame, continuation, ping, text } from '../support/bytes.ts';
import { byByte, type FrameCase, join, runFrameCases } from './support/frame-cases.ts';
import { showMessage } from './support/transcript.ts';

const LONG = Buffer.from(Array.from({ length: 1_001 }, (_, index) => index % 251));

const UNMASKED: readonly FrameCase[] = [
  ['text', bytes('81 05 48656c6c6f')],
  ['empty text', bytes('81 00')],
  ['binary', bytes('82 01 ff')],
  ['a long message, from two bytes of its header', bytes('82 7e')],
  ['a continuation', join(text('a', { isFinal: false }), bytes('80 01 61'))],
  ['a ping', bytes('89 00')],
  ['a pong', bytes('8a 00')],
  ['a close frame', bytes('88 02 03e8')],
].map(([name, sent]) => [`${name} without a mask`, '5.1', sent as Buffer, ['close 1002']]);

const KEYS: readonly FrameCase[] = [
  ['zero', 0],
  ['all ones', 0xffff_ffff],
  ['only the first byte set', 0xff00_0000],
  ['only the last byte set', 0xff],
  ['the top bit of each byte', 0x8080_8080],
].map(([name, key]) => [
  `a key of ${name}`,
  '5.3',
  binary(LONG, { key: Number(key) }),
  [showMessage(0x2, LONG)],
]);

const PHASES: readonly FrameCase[] = [
  ...[1, 2, 3, 5, 8].map(
    (cut): FrameCase => [
      `the key goes on where the payload is cut behind byte ${cut}`,
      '5.3',
      [binary(LONG).subarray(0, 8 + cut), binary(LONG).subarray(8 + cut)],
      [showMessage(0x2, LONG)],
    ],
  ),
  ['the key goes on byte by byte', '5.3', byByte(text('masked text')), ['text masked text']],
  [
    'each frame of a message has a key of its own',
    '5.3',
    join(
      text('ab', { isFinal: false, key: 0x0102_0304 }),
      continuation('cd', { isFinal: false, key: 0 }),
      continuation('ef', { key: 0xf0f1_f2f3 }),
    ),
    ['text abcdef'],
  ],
  [
    'control frames are unmasked with their own key',
    '5.3',
    join(text('a', { isFinal: false, key: 1 }), ping('p'), clientFrame(0x0, 'b', { key: 2 })),
    ['pong p', 'text ab'],
  ],
];

runFrameCases([...UNMASKED, ...KEYS, ...PHASES]);
