import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import type { Block, Inline } from '../../src/formatting/formatted-text.ts';
import { parseFormattedText } from '../../src/formatting/parse-blocks.ts';
import { toPlainText } from '../../src/formatting/plain-text.ts';

/** A short notation: `strong(…)`, `code(…)`, `link(href|text)`. */
function show(blocks: readonly Block[]): string {
  return blocks.map(showBlock).join(' / ');
}

function showBlock(block: Block): string {
  switch (block.kind) {
    case 'paragraph':
      return showInlines(block.content);
    case 'quote':
      return `quote(${show(block.blocks)})`;
    case 'code':
      return `code[${block.language}](${block.text})`;
    case 'list':
      return `list[${block.start ?? '-'}](${block.items.map(showInlines).join('|')})`;
  }
}

function showInlines(content: readonly Inline[]): string {
  return content
    .map((each) => {
      if (each.kind === 'text') return each.text;
      if (each.kind === 'code') return `code(${each.text})`;
      if (each.kind === 'mention') return `mention(${each.name})`;
      if (each.kind === 'link') return `link(${each.href}|${each.text})`;
      return `${each.kind}(${showInlines(each.content)})`;
    })
    .join('');
}

const CASES: readonly (readonly [text: string, shown: string])[] = [
  ['plain', 'plain'],
  ['one\ntwo\n\nthree', 'one\ntwo / three'],
  [
    '**bold** and *it* and _it_ and ~~gone~~',
    'strong(bold) and emphasis(it) and emphasis(it) and strike(gone)',
  ],
  ['**a *b* c**', 'strong(a emphasis(b) c)'],
  ['***both***', 'strong(emphasis(both))'],
  ['*a **b***', 'emphasis(a strong(b))'],
  ['2*3*4 snake_case_name a * b * c', '2*3*4 snake_case_name a * b * c'],
  ['**never closed', '**never closed'],
  ['a ** b ** c', 'a ** b ** c'],
  ['**one\ntwo**', '**one\ntwo**'],
  ['****', '****'],
  ['`**code**` and `', 'code(**code**) and `'],
  ['``', '``'],
  ['\\*not\\* it', '*not* it'],
  [
    'see https://a.example/b_c_d?x=1.',
    'see link(https://a.example/b_c_d?x=1|https://a.example/b_c_d?x=1).',
  ],
  ['(https://a.example/x_(y))', '(link(https://a.example/x_(y)|https://a.example/x_(y)))'],
  ['[docs](https://a.example)', 'link(https://a.example|docs)'],
  [
    '[https://bank.example](https://evil.example)',
    '[link(https://bank.example|https://bank.example)](link(https://evil.example|https://evil.example))',
  ],
  ['[x](javascript:alert)', '[x](javascript:alert)'],
  ['javascript:alert(1)', 'javascript:alert(1)'],
  ['https://', 'https://'],
  ['hi @Jun-Mori, mail a@b.example', 'hi mention(jun-mori), mail a@b.example'],
  ['**@ines**', 'strong(mention(ines))'],
  ['> quoted *x*\n> > twice\nanswer', 'quote(quoted emphasis(x) / quote(twice)) / answer'],
  ['- one\n- two\n1. a\n2. b', 'list[-](one|two) / list[1](a|b)'],
  ['2026. A good year', '2026. A good year'],
  ['-5 degrees', '-5 degrees'],
  ['```ts\nlet *a*;\n\n> b\n```\nafter', 'code[ts](let *a*;\n\n> b) / after'],
  ['```\nopen', 'code[](open)'],
  ['<b>x</b>', '<b>x</b>'],
];

describe('parseFormattedText', () => {
  for (const [text, shown] of CASES) {
    test(`parses ${JSON.stringify(text)}`, () => {
      assert.equal(show(parseFormattedText(text)), shown);
    });
  }

  test('invents no character, and keeps every letter and digit', () => {
    const texts = fc.array(
      fc.constantFrom(
        '**',
        '*',
        '_',
        '~~',
        '`',
        '```',
        '\n',
        '> ',
        '- ',
        '1. ',
        'a',
        'é',
        ' ',
        '@bob',
        'https://x.example',
        '[',
        '](',
        ')',
        '\\',
      ),
      { maxLength: 60 },
    );
    const letters = (text: string): string => text.replace(/[^\p{L}]/gu, '');
    fc.assert(
      fc.property(texts, (parts) => {
        const text = parts.join('');
        const plain = toPlainText(text);
        for (const character of plain) assert(text.includes(character) || character === ' ');
        // The language of a code block is not part of its text.
        if (!text.includes('```') && !text.includes(']('))
          assert.equal(letters(plain), letters(text));
      }),
    );
  });

  for (const part of [
    '**a ',
    '*a',
    '_a ',
    '`',
    '[',
    '> ',
    '~~x',
    '[a](',
    'https://x(',
    '- ',
    '@abc ',
    '```\n',
  ]) {
    test(`parses 10,000 characters of ${JSON.stringify(part)} at once`, () => {
      const text = part.repeat(Math.ceil(10_000 / part.length));
      const before = process.cpuUsage();
      parseFormattedText(text);
      // Quadratic work would take seconds.
      assert(process.cpuUsage(before).user < 250_000);
    });
  }
});

test('toPlainText replaces mentions, except in code', () => {
  const nameOf = (username: string) => (username === 'alice' ? '@Alice Liddell' : undefined);
  const text = '> **@Alice**, @bob\n- a@alice.org `@alice`';
  assert.equal(toPlainText(text, nameOf), '@Alice Liddell, @bob a@alice.org @alice');
});

test('toPlainText joins all blocks in one line without markup', () => {
  assert.equal(toPlainText('> why?\n**Because** `it`\n- is\n- so'), 'why? Because it is so');
});
