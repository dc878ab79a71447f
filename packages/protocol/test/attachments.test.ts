/** Attachments at and above their limits, in each dialect. */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { decodeChannelFrame, decodeClientFrame, decodeHttpBody } from '../src/validators.ts';

const fieldsOf = (count: number) =>
  Object.fromEntries(Array.from({ length: count }, (_, index) => [`f${index}`, index]));
/** This many bytes as JSON, in texts that are short enough. */
const listOf = (bytes: number) => {
  const texts = ['a', 'b', 'c', 'd', 'e'].map((letter) => letter.repeat(1600));
  const rest = bytes - JSON.stringify([...texts, '']).length;
  return [...texts, 'x'.repeat(rest)];
};

const TAKEN: readonly [title: string, attachments: unknown][] = [
  ['none', undefined],
  ['an empty list', []],
  ['10 of them', Array.from({ length: 10 }, () => 'a')],
  ['an address of 2,048 characters', ['x'.repeat(2048)]],
  ['characters of two units each, counted as one', ['😀'.repeat(2000)]],
  ['16 fields', [fieldsOf(16)]],
  ['an object without fields', [{}]],
  ['a name of 64 characters', [{ ['n'.repeat(64)]: 1 }]],
  ['a text of 2,048 characters in a field', [{ text: 'x'.repeat(2048), empty: '' }]],
  ['all kinds of values', [{ name: 'a.png', size: 1.5e6, isImage: true, preview: null }]],
  ['the largest exact integer', [{ id: Number.MAX_SAFE_INTEGER, ratio: 0.1 }]],
  ['8 KiB in all', listOf(8192)],
  ['names that every object has', [{ constructor: 1, toString: 'x', hasOwnProperty: null }]],
  ['addresses of any other kind', ['https://a.example/b.png', '/uploads/1', 'blob:x', 'mailto:a']],
  ['an image in its address', ['data:image/png;base64,AA==', { url: 'DATA:image/webp,x' }]],
  ['a text that starts like an address', [{ title: 'data: 5 rows', note: 'data:text/html,x' }]],
  [
    'a word that is also a scheme, and a colon elsewhere',
    ['see javascript: there', 'data', '/data:x'],
  ],
];

const REJECTED: readonly [title: string, attachments: unknown][] = [
  ['null', null],
  ['a text', 'a'],
  ['an object', { url: 'a' }],
  ['11 of them', Array.from({ length: 11 }, () => 'a')],
  ['an empty address', ['']],
  ['an address of 2,049 characters', ['x'.repeat(2049)]],
  ['a number', [5]],
  ['a list in the list', [['a']]],
  ['null in the list', [null]],
  ['17 fields', [fieldsOf(17)]],
  ['a field without a name', [{ '': 1 }]],
  ['a name of 65 characters', [{ ['n'.repeat(65)]: 1 }]],
  ['a text of 2,049 characters in a field', [{ text: 'x'.repeat(2049) }]],
  ['an object in a field', [{ size: { bytes: 1 } }]],
  ['a list in a field', [{ sizes: [1] }]],
  ['NaN', [{ size: Number.NaN }]],
  ['an integer that JSON.parse rounds', [{ id: JSON.parse('9007199254740993') as number }]],
  ['an infinite number', [{ size: JSON.parse('1e400') as number }]],
  ['a byte more than 8 KiB', listOf(8193)],
  [
    'more than 8 KiB in UTF-8, not in characters',
    Array.from({ length: 2 }, () => '字'.repeat(1400)),
  ],
  ['the name of an object’s prototype', JSON.parse('[{"a":1,"__proto__":"x"}]')],
  ['a prototype in place of one', JSON.parse('[{"__proto__":{"isAdmin":true}}]')],
  ['U+0000 in an address', ['a\0']],
  ['half a character in an address', ['a\ud800']],
  ['U+0000 in a field', [{ name: 'a\0' }]],
  ['half a character in a field', [{ name: '\udc00' }]],
  ['U+0000 in a name', [{ 'a\0': 1 }]],
  ['half a character in a name', [{ '\ud800': 1 }]],
  ...[
    'javascript:alert(1)',
    'JavaScript:alert(1)',
    ' \u00a0\ufeff\u2028javascript:x',
    '\u0001\u001fjavascript:x',
    'java\tscr\r\nipt:x',
    'javascript\u0085 :x',
    'vbscript:x',
    'VBScript:x',
  ].flatMap((text): [string, unknown][] => [
    [`${JSON.stringify(text)} as an address`, [text]],
    [`${JSON.stringify(text)} in a field`, [{ any: text }]],
  ]),
  ...[
    'data:text/html,x',
    'Data:,x',
    ' data:image/png;base64,AA==',
    'd\nata:image/png;base64,AA==',
    'data:image/svg+xml,<svg/>',
    'data:image/png+x,y',
    `data:image/png;base64,${'A'.repeat(2048)}`,
  ].flatMap((text): [string, unknown][] => [
    [`${JSON.stringify(text).slice(0, 40)} as an address`, [text]],
    ...['url', 'thumbnailUrl', 'HREF', 'image_src', 'preview', 'downloadLink'].map(
      (name): [string, unknown] => [
        `${JSON.stringify(text).slice(0, 40)} in ${name}`,
        [{ [name]: text }],
      ],
    ),
  ]),
];

const DOORS: Readonly<Record<string, (attachments: unknown) => void>> = {
  'a frame of /ws': (attachments) => {
    const payload = { content: 'x', ...(attachments === undefined ? {} : { attachments }) };
    const decoded = decodeClientFrame({ type: 'chat_message', payload });
    if (decoded.kind === 'rejected') throw Object.assign(new Error(decoded.message), decoded);
  },
  'a frame of /ws/chat': (attachments) => {
    const message = { channelId: 'c', content: 'x' };
    decodeChannelFrame(
      'send_message',
      attachments === undefined ? message : { ...message, attachments },
    );
  },
  'a post': (attachments) => {
    const message = { roomId: 'r', content: 'x' };
    decodeHttpBody('message', attachments === undefined ? message : { ...message, attachments });
  },
};

for (const [door, decode] of Object.entries(DOORS)) {
  describe(`attachments at ${door}`, () => {
    for (const [title, attachments] of TAKEN) {
      test(`accept ${title}`, () => decode(attachments));
    }

    for (const [title, attachments] of REJECTED) {
      test(`reject ${title}`, () => {
        assert.throws(
          () => decode(attachments),
          (error: { code: string; field?: string; details?: { field: string } }) => {
            assert.equal(error.code, 'VALIDATION_ERROR');
            assert.equal(error.field ?? error.details?.field, 'attachments');
            return true;
          },
        );
      });
    }

    test('are not repeated in the error', () => {
      assert.throws(
        () => decode([{ 'correct horse': { battery: 'staple' } }]),
        (error: Error) => !/horse|battery|staple/.test(`${error.message} ${JSON.stringify(error)}`),
      );
    });
  });
}
