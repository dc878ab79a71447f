import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { type MarkupNode, markdownOf } from '../../src/conversation/markdown-of-html.ts';

type Child = MarkupNode | string;

/** Elements as the DOM has them, by `name` or `name attribute=value …`. */
function h(written: string, ...children: readonly Child[]): MarkupNode {
  const [name = '', ...pairs] = written.split(' ');
  const attributes = new Map(
    pairs.map((each) => each.split(/=(.*)/).slice(0, 2) as [string, string]),
  );
  const childNodes = children.map((child) => (typeof child === 'string' ? textNode(child) : child));
  return {
    nodeName: name.toUpperCase(),
    nodeValue: null,
    textContent: childNodes.map(({ textContent }) => textContent ?? '').join(''),
    childNodes,
    getAttribute: (attribute) => attributes.get(attribute) ?? null,
  };
}

function textNode(text: string): MarkupNode {
  return { nodeName: '#text', nodeValue: text, textContent: text, childNodes: [] };
}

describe('pasted markup', () => {
  for (const [name, nodes, expected] of [
    [
      'styles',
      [h('p', 'A ', h('b', 'bold '), h('em', 'and'), ' ', h('del', 'gone'), ' ', h('code', 'x'))],
      'A **bold** _and_ ~~gone~~ `x`',
    ],
    [
      'blocks',
      [h('h2', 'Title'), '\n ', h('p', 'one'), ' ', h('p', 'two', h('br'), 'lines')],
      '## Title\n\none\n\ntwo\nlines',
    ],
    [
      'lists',
      [
        h(
          'ul',
          h('li', 'a', h('ol', h('li', 'x'), h('li', 'y'))),
          '\n',
          h('li', h('p', 'b'), h('p', 'more')),
        ),
      ],
      '- a\n   1. x\n   2. y\n- b more',
    ],
    [
      'tasks',
      [
        h(
          'ul',
          h('li', h('input type=checkbox checked='), ' done'),
          h('li', h('input type=checkbox'), 'open'),
        ),
      ],
      '- [x] done\n- [ ] open',
    ],
    [
      'tables',
      [h('table', h('tbody', h('tr', h('th', 'a'), h('th', 'b|c')), h('tr', h('td', '1'))))],
      '| a | b\\|c |\n| --- | --- |\n| 1 |  |',
    ],
    ['quotes', [h('blockquote', h('p', 'a'), h('blockquote', h('p', 'b')))], '> a\n>\n> > b'],
    ['code', [h('pre', h('code', 'if (a) {\n  b();\n}\n'))], '```\nif (a) {\n  b();\n}\n```'],
    [
      'links',
      [
        h('a href=https://a.example', 'docs'),
        ' ',
        h('a href=https://b.example', 'https://b.example'),
      ],
      '[docs](https://a.example) https://b.example',
    ],
    ['links that run code', [h('a href=javascript:alert(1)', 'press')], 'press'],
    ['scripts and styles', [h('style', 'p {}'), h('script', 'alert(1)'), h('p', 'text')], 'text'],
    [
      'styles of word processors',
      [
        h(
          'b style=font-weight:normal',
          h('span style=font-weight:700', 'bold'),
          ' ',
          h('span style=font-style:italic', 'italic'),
        ),
      ],
      '**bold** _italic_',
    ],
    ['lines', [h('div', 'one'), h('div', 'two'), h('div', h('br'))], 'one\ntwo'],
    ['a style over lines', [h('strong', 'one', h('br'), 'two')], '**one**\n**two**'],
  ] as const) {
    test(`become text: ${name}`, () => {
      assert.equal(markdownOf(h('body', ...nodes)), expected);
    });
  }

  test('of any depth becomes text', () => {
    let node = h('p', 'deep');
    for (let depth = 0; depth < 5_000; depth += 1) node = h('div', node);
    assert.equal(markdownOf(node), 'deep');
  });
});
