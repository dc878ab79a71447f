import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { parseFormattedText } from '@parley/client';
import { isPlain } from '../../src/conversation/plain-content.ts';

/** Signs of the grammar, and what stands between them. */
const PIECES = [
  ...[
    '*',
    '**',
    '_',
    '~~',
    '`',
    '```',
    '\\',
    '[',
    ']',
    '(',
    ')',
    '@',
    '@bob',
    '#',
    '# ',
    '#b',
    ':bob:',
    '||',
    '|-|',
    '>',
    '> ',
    '- ',
  ],
  ...['• ', '1. ', '2) ', '1', '.', '-', ' ', '\n', '\n\n', '\t', '\u200b', '\u00a0', 'a', 'word'],
  ...['https://', 'HTTP://a.example', 'example.com', '你好', '👋', '&', '<b>', '|', '---'],
];

describe('a text without signs of the grammar', () => {
  test('is one paragraph as it is written', () => {
    let seed = 1;
    const next = (max: number): number => {
      seed = (seed * 48_271) % 2_147_483_647;
      return seed % max;
    };
    let plain = 0;
    for (let run = 0; run < 20_000; run += 1) {
      const pieces = Array.from({ length: 1 + next(6) }, () => PIECES[next(PIECES.length)] ?? '');
      const text = pieces.join('');
      if (!isPlain(text)) continue;
      plain += 1;
      const [first, ...others] = parseFormattedText(text);
      assert.equal(others.length, 0, JSON.stringify(text));
      assert(first?.kind === 'paragraph', JSON.stringify(text));
      const shown = first.content.map((each) => (each.kind === 'text' ? each.text : '\0')).join('');
      assert.equal(shown, text);
    }
    assert(plain > 1_000, `${plain} plain texts`);
  });

  for (const text of ['See you at 10.', 'a line\nand another', 'C# & <b>', '3 - 2 = 1']) {
    test(`needs no code to format it: ${JSON.stringify(text)}`, () => assert(isPlain(text)));
  }
});
