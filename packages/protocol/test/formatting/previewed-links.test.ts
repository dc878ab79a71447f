import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { parseFormattedText, previewedLinks, withoutPreview } from '../../src/index.ts';

const CASES: readonly (readonly [about: string, text: string, links: readonly string[]])[] = [
  ['no address', 'hello http world', []],
  ['an address', 'see https://example.com/a?b=1.', ['https://example.com/a?b=1']],
  ['the same address twice', 'https://a.example https://a.example', ['https://a.example']],
  [
    'at most three',
    'https://a.example https://b.example https://c.example https://d.example',
    ['https://a.example', 'https://b.example', 'https://c.example'],
  ],
  [
    'in a style, a heading, a list',
    '# **https://a.example**\n- https://b.example',
    ['https://a.example', 'https://b.example'],
  ],
  ['in angle brackets', 'see <https://example.com/a>', []],
  ['with a label', '[label](https://example.com/a)', []],
  ['in a quote', '> https://example.com/a', []],
  ['in code', '`https://example.com/a`', []],
  ['in a spoiler', '||https://example.com/a||', []],
  ['another scheme', 'ftp://example.com file:///etc/passwd', []],
];

for (const [about, text, links] of CASES) {
  test(`links with a preview: ${about}`, () => {
    assert.deepEqual(previewedLinks(text), links);
  });
}

test('an address in angle brackets is a link without them', () => {
  const [block] = parseFormattedText('a <https://example.com/a> b <https:// c> <b>');
  assert.deepEqual(block?.kind === 'paragraph' && block.content.slice(0, 3), [
    { kind: 'text', text: 'a ' },
    {
      kind: 'link',
      href: 'https://example.com/a',
      text: 'https://example.com/a',
      isQuiet: true,
    },
    { kind: 'text', text: ' b <https:// c> <b>' },
  ]);
});

test('a preview is removed by angle brackets, and only that of the address', () => {
  const text =
    'a https://x.example, [l](https://x.example) https://x.example/b (https://x.example)';
  const written = withoutPreview(text, 'https://x.example');
  assert.equal(
    written,
    'a <https://x.example>, [l](https://x.example) https://x.example/b (<https://x.example>)',
  );
  assert.deepEqual(previewedLinks(written), ['https://x.example/b']);
  assert.equal(withoutPreview(written, 'https://x.example'), written);
});

test('text of any kind is searched for links in linear time', () => {
  const piece = fc.constantFrom(
    '<',
    '>',
    'https://',
    'a.example',
    '[',
    '](',
    ')',
    '|',
    '*',
    ' ',
    '\n',
  );
  fc.assert(
    fc.property(fc.array(piece, { maxLength: 6 }), (pieces) => {
      const text = pieces.join('').repeat(2_000);
      const startMs = performance.now();
      previewedLinks(`${text} ://`);
      assert.ok(performance.now() - startMs < 2_000);
    }),
    { numRuns: 30 },
  );
});
