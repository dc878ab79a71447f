/** Sizes are rejected by their headers, before memory is allocated (RFC 6455 section 10.4). */
import { binary, bytes, continuation, ping, text } from '../support/bytes.ts';
import { type FrameCase, join, runFrameCases } from './support/frame-cases.ts';
import { showMessage } from './support/transcript.ts';

const LIMIT = 1_000;
const FRAGMENTS = 10;
const more = { isFinal: false };
const full = Buffer.alloc(LIMIT, 'x');

const SIZES: readonly FrameCase[] = [
  [
    'one byte below the limit',
    '10.4',
    binary(full.subarray(1)),
    [showMessage(0x2, full.subarray(1))],
  ],
  ['exactly the limit', '10.4', binary(full), [showMessage(0x2, full)]],
  ['one byte above, from the header', '10.4', bytes('82 fe 03e9'), ['close 1009']],
  ['text above, from the header', '10.4', bytes('81 fe 03e9'), ['close 1009']],
  ['65,536 bytes, from the header', '10.4', bytes('82 ff 0000000000010000'), ['close 1009']],
  ['4 GiB, from the header', '10.4', bytes('82 ff 0000000100000000'), ['close 1009']],
  ['2^53 - 1, from the header', '10.4', bytes('82 ff 001fffffffffffff'), ['close 1009']],
  ['2^53, from the header', '10.4', bytes('82 ff 0020000000000000'), ['close 1009']],
  ['2^53 + 1000, which no number holds', '10.4', bytes('82 ff 00200000000003e8'), ['close 1009']],
  ['2^63 - 1, from the header', '10.4', bytes('82 ff 7fffffffffffffff'), ['close 1009']],
  [
    'two messages at the limit',
    '5.4',
    join(binary(full), binary(full)),
    [showMessage(0x2, full), showMessage(0x2, full)],
  ],
  [
    'fragments that reach the limit',
    '10.4',
    join(binary(full.subarray(0, 400), more), continuation(full.subarray(400))),
    [showMessage(0x2, full)],
  ],
  [
    'a fragment that exceeds it, on its header',
    '10.4',
    join(binary(full.subarray(0, 400), more), bytes('80 fe 0259 00000000')),
    ['close 1009'],
  ],
  [
    'an incomplete fragment that exceeds it',
    '10.4',
    join(binary(full, more), bytes('00 81 00000000')),
    ['close 1009'],
  ],
  [
    'pings do not count',
    '10.4',
    join(
      binary(full.subarray(0, 500), more),
      ping('x'.repeat(100)),
      continuation(full.subarray(500)),
    ),
    ['pong of 100 bytes', showMessage(0x2, full)],
  ],
  [
    'a valid message before one that is too long',
    '10.4',
    join(text('a'), bytes('82 fe 03e9')),
    ['text a', 'close 1009'],
  ],
];

const COUNTS: readonly FrameCase[] = [
  [
    'as many fragments as are allowed',
    '10.4',
    join(
      text('a', more),
      ...new Array(FRAGMENTS - 2).fill(continuation('b', more)),
      continuation('c'),
    ),
    ['text abbbbbbbbc'],
  ],
  [
    'one fragment more',
    '10.4',
    join(text('a', more), ...new Array(FRAGMENTS).fill(continuation('b', more))),
    ['close 1008'],
  ],
  [
    'empty fragments count too',
    '10.4',
    join(text('', more), ...new Array(FRAGMENTS).fill(continuation('', more))),
    ['close 1008'],
  ],
  [
    'the count restarts with each message',
    '10.4',
    join(
      ...new Array(3).fill(
        join(
          text('a', more),
          ...new Array(FRAGMENTS - 2).fill(continuation('', more)),
          continuation(''),
        ),
      ),
    ),
    ['text a', 'text a', 'text a'],
  ],
];

const LAST_WORDS: readonly FrameCase[] = [
  [
    'a rejected peer that continues to send can read the reason',
    '7.1.7, 6.2',
    join(bytes('82 fe 03e9 00000000'), Buffer.alloc(1_000_000)),
    ['close 1009'],
  ],
  [
    'a flood after a violation is drained without a reset',
    '7.1.7, 6.2',
    join(bytes('ff 00'), Buffer.alloc(1_000_000)),
    ['close 1002'],
  ],
];

runFrameCases([...SIZES, ...COUNTS, ...LAST_WORDS], {
  messageBytesMax: LIMIT,
  fragmentCountMax: FRAGMENTS,
});
