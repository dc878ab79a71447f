/** Pages of strangers are read in linear time. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { readPageTags } from '../../src/previews/page-tags.ts';

const LENGTH = 1_000_000;
const PIECES = [
  ...['<div>', '<p>', '</p>', '<a ', 'a=1 ', '<', '<!--', '<![CDATA[', '&', '&amp;', '&#1;', '"'],
  ...[
    '<meta name=description content=',
    '<title>',
    '<title',
    '<script>',
    '</script',
    '<svg><title>',
  ],
  ...['<table><tr><td>', '</b>', '<option>', '\0', '<form>', '<li><ul>', '<?', '<meta charset '],
];

test('whatever a page repeats', () => {
  for (const piece of PIECES) {
    const page = Buffer.from(piece.repeat(LENGTH / piece.length));
    const startMs = performance.now();
    readPageTags(page, 'text/html');
    readPageTags(page, `text/html; charset=${'x'.repeat(100)}`);
    const ms = performance.now() - startMs;
    assert.ok(ms < 2000, `${piece} takes ${ms} ms`);
  }
});

test('values are cut, and what is before a depth counts', () => {
  const long = 'x'.repeat(100_000);
  const page = `<title>${long}</title><meta name="description" content="${long}">${'<b>'.repeat(1000)}<meta property="og:title" content="deep">`;
  const { title, description } = readPageTags(Buffer.from(page), '');
  assert.deepEqual([title?.length, description?.length], [4000, 4000]);
  assert.deepEqual(readPageTags(Buffer.of(0xff, 0xfe, 0x00), 'text/html; charset=nonsense'), {
    title: undefined,
    description: undefined,
    siteName: undefined,
    pictureUrl: undefined,
  });
});
