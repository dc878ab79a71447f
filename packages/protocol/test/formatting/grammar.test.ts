import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import type { Block, Inline, ListItem } from '../../src/formatting/formatted-text.ts';
import { openMention } from '../../src/formatting/open-mention.ts';
import { parseFormattedText } from '../../src/formatting/parse-blocks.ts';
import { toPlainText } from '../../src/formatting/plain-text.ts';
import { findMentions, mentionsOneOf } from '../../src/mentions.ts';
import { assertLinear } from '../support/cost.ts';
import { GRAMMAR_ROWS } from './grammar-table.ts';

const TO_ALL = /^(?:everyone|room)[_-]*$/;

function show(blocks: readonly Block[]): string {
  return blocks.map(showBlock).join(' / ');
}

function showBlock(block: Block): string {
  switch (block.kind) {
    case 'paragraph':
      return showInlines(block.content);
    case 'heading':
      return `h${block.level}(${showInlines(block.content)})`;
    case 'quote':
      return `quote(${show(block.blocks)})`;
    case 'code':
      return `code[${block.language}](${block.text})`;
    case 'list':
      return `list[${block.start ?? '-'}](${block.items.map(showItem).join('|')})`;
    case 'table': {
      const rows = [block.header, ...block.rows].map((row) => row.map(showInlines).join('|'));
      return `table[${block.align.map((each) => each ?? '-').join()}](${rows.join(' / ')})`;
    }
  }
}

function showItem({ content, checked, blocks }: ListItem): string {
  const task = checked === undefined ? '' : checked ? '[x]' : '[ ]';
  return `${task}${showInlines(content)}${show(blocks)}`;
}

function showInlines(content: readonly Inline[]): string {
  return content.map(showInline).join('');
}

function showInline(inline: Inline): string {
  if (inline.kind === 'text') return inline.text;
  if (inline.kind === 'code') return `code(${inline.text})`;
  if (inline.kind === 'mention') return `mention(${inline.name})`;
  if (inline.kind === 'room') return `room(${inline.name})`;
  if (inline.kind === 'emoji') return `emoji(${inline.name})`;
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
        shown.some((name) => TO_ALL.test(name ?? '')),
        text,
      );
      assert.deepEqual(
        names,
        shown.filter((name) => !TO_ALL.test(name ?? '')),
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
    const marker = fc.constantFrom(
      '*',
      '_',
      '**',
      '~~',
      '||',
      '`',
      '``',
      '[',
      ']',
      '\\',
      '\\\\',
      '__',
    );
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
      ...[
        '**',
        '*',
        '_',
        '__',
        '~~',
        '||',
        '|',
        '#',
        '#room',
        '`',
        '``',
        '\\',
        '[',
        ']',
        '(',
        ')',
        '@bob',
        '>',
        '<',
        '-',
      ],
      ...['a', 'é', '名', ' ', '.', 'https://x.example', '](https://y.example)'],
    );
    const markers = /[*_~|`\\[\]()]|https:\/\/y\.example/g;
    // Around an address, which may go on behind the part of it; code loses a space at each side.
    const without = (text: string, whole: string) =>
      text
        .replaceAll(markers, '')
        .replaceAll(whole.includes('https:') ? /[<>]/g : '', '')
        .replaceAll(whole.includes('`') ? ' ' : '', '');
    fc.assert(
      fc.property(fc.array(part, { maxLength: 40 }), (parts) => {
        const text = `a${parts.join('')}`;
        const [block] = parseFormattedText(text);
        assert(block?.kind === 'paragraph');
        // Behind a text that looks like another address.
        const shown = textOf(block.content).replaceAll(' (y.example)', '');
        assert(without(shown, text) === without(text, text), `${text} is shown as ${shown}`);
        for (const [sign, count] of countOf(shown)) {
          assert(count <= (countOf(text).get(sign) ?? 0), `${sign} was invented`);
        }
      }),
      { numRuns: 1_000 },
    );
  });

  test('finds mentions of those present beside names', () => {
    const none = { everyone: false, names: [] };
    assert.deepEqual(findMentions('@Here, @alice'), { ...none, here: true, names: ['alice'] });
    assert.deepEqual(findMentions('`@here`, from here'), none);
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
    ...['https://%', 'https://x:', '[a]https://', 'https://[/]', '中.'],
  ]) {
    test(`parses ${JSON.stringify(part)} in linear time, however often it is repeated`, () => {
      assertLinear(
        (length) => {
          const text = `https://${part.repeat(Math.ceil(length / part.length))}@`;
          return () => {
            findMentions(text);
            findMentions(text.slice('https://'.length));
            openMention(text);
          };
        },
        2_500,
        20_000,
      );
    });
  }

  test('reads the host of an address that is none no further than to the next address', (t) => {
    const parse = t.mock.method(URL, 'canParse');
    const text = 'https://%'.repeat(1_000);
    parseFormattedText(text);
    const read = parse.mock.calls.reduce(
      (sum, { arguments: [url] }) => sum + String(url).length,
      0,
    );
    assert(read < 5 * text.length, `${read} characters`);
  });
});

describe('The time of the grammar', () => {
  // Signs of all blocks and styles, and what makes an automaton go back.
  const PIECES = [
    ...['*', '**', '_', '~~', '||', '|', '`', '```\n', '\\', '[', '](', ')', '<', 'a', ' ', '\t'],
    ...['\n', '\n\n', '> ', '>> ', '>', '- ', '  - ', '1. ', '- [ ] ', '# ', '#', '#a', '@', '@ab'],
    ...['a|b\n', '-|-\n', '|-', '|:-:', 'https://a.example/', 'https://', '(', '名', '\u0301', '1'],
  ];

  const assertLinearText = (textOf: (size: number) => string, small: number, large: number) =>
    assertLinear(
      (size) => {
        const text = textOf(size);
        return () => {
          toPlainText(text);
          findMentions(`${text}@`);
        };
      },
      small,
      large,
    );

  test('grows as the text does, whatever is repeated', () => {
    const unit = fc.array(fc.constantFrom(...PIECES), { minLength: 1, maxLength: 5 });
    fc.assert(
      fc.property(unit, unit, (pieces, others) => {
        const fill = (length: number): string => {
          const [first, second] = [pieces.join(''), others.join('')];
          return (
            first.repeat(length / 2 / first.length) + second.repeat(length / 2 / second.length)
          );
        };
        assertLinearText(fill, 4_000, 32_000);
      }),
      { numRuns: 60, examples: [[['*'], ['´', '*', 'https://']]] },
    );
  });

  for (const [name, textOf] of Object.entries({
    'lists within lists': (n: number) =>
      Array.from({ length: n }, (_, index) => `${' '.repeat((index * 2) % 42)}- a`).join('\n'),
    'quotes within quotes': (n: number) => `${'> '.repeat(n)}a`,
    'styles within styles': (n: number) => `${'**_~~||'.repeat(n)}a${'||~~_**'.repeat(n)}`,
    'rows of a wide table': (n: number) =>
      `${'|a'.repeat(20)}|\n${'|-'.repeat(20)}|\n${'|\n'.repeat(n)}`,
    'headers without a table': (n: number) => 'a|b\n-|-|-\n'.repeat(n),
  })) {
    test(`is linear for ${name}`, () => {
      assertLinearText(textOf, 1_000, 8_000);
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
  for (const text of [
    '`@ai`',
    '```\n@ai\n```',
    '~~~\n@ai\n~~~',
    'https://x.example/@ai',
    'a@ai',
    '@ain',
    '@aié',
  ]) {
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
