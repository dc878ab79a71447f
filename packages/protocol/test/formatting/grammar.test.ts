import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import type { Block, Inline } from '../../src/formatting/formatted-text.ts';
import { openMention } from '../../src/formatting/open-mention.ts';
import { parseFormattedText } from '../../src/formatting/parse-blocks.ts';
import { toPlainText } from '../../src/formatting/plain-text.ts';
import { findMentions, mentionsOneOf } from '../../src/mentions.ts';
import { GRAMMAR_ROWS } from './grammar-table.ts';

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
  return content.map(showInline).join('');
}

function showInline(inline: Inline): string {
  if (inline.kind === 'text') return inline.text;
  if (inline.kind === 'code') return `code(${inline.text})`;
  if (inline.kind === 'mention') return `mention(${inline.name})`;
  if ('content' in inline) return `${inline.kind}(${showInlines(inline.content)})`;
  const { href, text } = inline;
  return href === text ? `link(${href})` : `link(${href}|${text})`;
}

describe('The grammar of messages', () => {
  for (const [text, structure] of GRAMMAR_ROWS) {
    test(`parses ${JSON.stringify(text)}`, () => {
      assert.equal(show(parseFormattedText(text)), structure);
    });
  }

  test('finds exactly the mentions that are shown', () => {
    for (const [text, structure] of GRAMMAR_ROWS) {
      const found = structure.matchAll(/mention\(([\w-]+)\)/g);
      const shown = [...new Set(Array.from(found, ([, name]) => name))];
      const { everyone, names } = findMentions(text);
      assert.equal(
        everyone,
        shown.some((name) => name?.startsWith('everyone')),
        text,
      );
      assert.deepEqual(
        names,
        shown.filter((name) => !name?.startsWith('everyone')),
        text,
      );
    }
  });

  test('shows a text without paired markers unchanged', () => {
    // Each marker at most once, and no line begins with the sign of a block.
    const words = fc.constantFrom(
      'a',
      'é',
      '名',
      '5',
      '(',
      ')',
      '.',
      '<',
      '>',
      '😀',
      '-',
      ' ',
      '/',
    );
    const marker = fc.constantFrom('*', '_', '**', '~~', '`', '``', '[', ']', '\\', '\\\\', '__');
    const texts = fc
      .tuple(fc.array(words, { maxLength: 12 }), marker, fc.array(words, { maxLength: 12 }))
      .map(([before, sign, after]) => `a${before.join('')}${sign}${after.join('')}b`);
    fc.assert(
      fc.property(texts, (text) => {
        assert.equal(show(parseFormattedText(text)), text);
      }),
      { numRuns: 500 },
    );
  });

  test('loses no character but those that format', () => {
    const part = fc.constantFrom(
      ...['**', '*', '_', '__', '~~', '`', '``', '\\', '[', ']', '(', ')', '@bob', '>', '<', '-'],
      ...['a', 'é', '名', ' ', '.', 'https://x.example', '](https://y.example)'],
    );
    const markers = /[*_~`\\[\]()]|https:\/\/y\.example/g;
    fc.assert(
      fc.property(fc.array(part, { maxLength: 40 }), (parts) => {
        const text = `a${parts.join('')}`;
        const [block] = parseFormattedText(text);
        assert(block?.kind === 'paragraph');
        const shown = textOf(block.content);
        const isSame = (one: string, other: string) =>
          one.replaceAll(markers, '') === other.replaceAll(markers, '');
        assert(isSame(shown, text), `${text} is shown as ${shown}`);
        for (const [sign, count] of countOf(shown)) {
          assert(count <= (countOf(text).get(sign) ?? 0), `${sign} was invented`);
        }
      }),
      { numRuns: 1_000 },
    );
  });

  test('has the same mentions with and without other text after them', () => {
    const name = fc.constantFrom('@alice', '@bob_', '`@alice`', '_@alice_', 'x@alice', '@everyone');
    fc.assert(
      fc.property(fc.array(name, { maxLength: 5 }), (parts) => {
        const line = parts.join(' ');
        assert.deepEqual(findMentions(`${line}\n\nend`), findMentions(line));
      }),
    );
  });

  for (const part of [
    ...[
      '**a ',
      '*a',
      '_a ',
      '*_',
      '***a',
      '~~x',
      '`',
      '`` ` ',
      '```\n',
      '[',
      '[a](',
      '[[a]](',
      '> ',
      '>\n',
    ],
    ...[
      'https://x(',
      'https://x[',
      'https://',
      '[a](https://x',
      'h',
      '- ',
      '1. a\n',
      '\\',
      '\\*',
      '\\`',
      '\\_a',
    ],
    ...['@', '@-', 'a@-', '@abc ', '@ab_', '@abc@', '/@', 'x.y/@abc', '“', 'https://x.中.'],
  ]) {
    test(`parses 10,000 characters of ${JSON.stringify(part)} at once`, () => {
      const text = part.repeat(Math.ceil(10_000 / part.length));
      const before = process.cpuUsage();
      findMentions(`${text}@`);
      openMention(`${text}@`);
      // Quadratic work would take seconds.
      assert(process.cpuUsage(before).user < 400_000);
    });
  }
});

function textOf(content: readonly Inline[]): string {
  return content
    .map((each) => {
      if ('content' in each) return textOf(each.content);
      // The host beside the text of a link.
      return each.kind === 'link' ? each.text.replace(/ \(.*\)$/, '') : each.text;
    })
    .join('');
}

function countOf(text: string): ReadonlyMap<string, number> {
  const counts = new Map<string, number>();
  for (const sign of text) counts.set(sign, (counts.get(sign) ?? 0) + 1);
  return counts;
}

test('findMentions returns each name once, and at most fifty', () => {
  const text = Array.from({ length: 60 }, (_, index) => `@name${index} @Name${index}`).join(' ');
  assert.equal(findMentions(text).names.length, 50);
});

describe('openMention', () => {
  for (const [before, query] of [
    ['hi @al', 'al'],
    ['@', ''],
    ['(@bo', 'bo'],
    ['@José', 'José'],
    ['@léa', 'léa'],
    ['@عمر', 'عمر'],
    ['@名', '名'],
    ['@สม', 'สม'],
    ['你好@zed', 'zed'],
    ['.@bo', 'bo'],
    ['@@bo', 'bo'],
    ['@bo-', 'bo-'],
    ['_@bo', 'bo'],
    ['**@bo', 'bo'],
    ['- @bo', 'bo'],
    ['> @bo', 'bo'],
    ['`code` @bo', 'bo'],
    ['```\ncode\n```\n@bo', 'bo'],
    ['https://x.example @bo', 'bo'],
    ['mail a@bo', undefined],
    ['é@bo', undefined],
    ['@bo ', undefined],
    ['@bo!', undefined],
    ['`a @bo`', undefined],
    ['```\n@bo', undefined],
    ['https://x.example/@bo', undefined],
    ['x.example/@bo', undefined],
    ['[a](https://x.example/@bo', undefined],
    ['no', undefined],
  ] as const) {
    test(`of ${JSON.stringify(before)}`, () => {
      const start = before.lastIndexOf('@');
      assert.deepEqual(openMention(before), query === undefined ? undefined : { start, query });
    });
  }
});

test('mentionsOneOf follows the same grammar for a name of any length', () => {
  for (const text of ['@ai why?', '@AI', '你好@ai', '_@ai_', '@ai- x', '@ai你好']) {
    assert(mentionsOneOf(text, ['AI']), text);
  }
  for (const text of ['`@ai`', '```\n@ai\n```', 'https://x.example/@ai', 'a@ai', '@ain', '@aié']) {
    assert(!mentionsOneOf(text, ['AI']), text);
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
