import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { Attachment } from '@parley/client';
import { toAttachmentLine } from '../../src/conversation/attachment-line.ts';

const ORIGIN = 'https://chat.example';

describe('an attachment as a line', () => {
  const cases: readonly [title: string, Attachment, label: string, href: string | undefined][] = [
    ['an address', 'https://a.example/b.png', 'https://a.example/b.png', 'https://a.example/b.png'],
    ['an address in capitals', 'HTTP://A.example/', 'HTTP://A.example/', 'http://a.example/'],
    ['a path of our own', '/uploads/1?x#y', '/uploads/1?x#y', `${ORIGIN}/uploads/1?x#y`],
    ['a text', 'notes.txt', 'notes.txt', undefined],
    ['a named file', { name: ' a.png ', url: '/a' }, 'a.png', `${ORIGIN}/a`],
    ['a file without a name', { url: '/a', size: 3 }, '/a', `${ORIGIN}/a`],
    ['a name without an address', { fileName: 'a.png' }, 'a.png', undefined],
    [
      'a blank name',
      { name: ' ', href: 'https://a.example/' },
      'https://a.example/',
      'https://a.example/',
    ],
    ['fields that nobody knows', { size: 3, note: 'see below' }, 'see below', undefined],
    ['nothing that could be shown', { size: 3, isImage: true, url: null }, '', undefined],
    [
      'a name that turns itself around',
      { name: 'a\u202Egnp.exe', url: '/a' },
      'a\uFFFDgnp.exe',
      `${ORIGIN}/a`,
    ],
    ['a text that does', '\u2067a', '\uFFFDa', undefined],
    ['an image in its address', { url: 'data:image/png;base64,AA==' }, 'data:image/png', undefined],
    ['a title like an address', { title: 'data: a, b; c' }, 'data: a, b; c', undefined],
    ['no field at all', {}, '', undefined],
    ['a name that every object has', { constructor: 'x' }, 'x', undefined],
  ];
  for (const [title, attachment, label, href] of cases) {
    test(`is correct for ${title}`, () => {
      assert.deepEqual(toAttachmentLine(attachment, ORIGIN), { label, href });
    });
  }

  for (const address of [
    'javascript:alert(1)',
    ' javascript:alert(1)',
    'data:text/html,x',
    'blob:https://chat.example/1',
    'mailto:bob@example.org',
    'ftp://a.example/',
    'file:///etc/passwd',
    'myapp://open',
    '//a.example/x',
    '/\\a.example/x',
    '/\t/a.example/x',
    'https://',
    'http://[',
    'uploads/1',
    '../up',
    '',
  ]) {
    test(`is text only for ${JSON.stringify(address)}`, () => {
      assert.equal(toAttachmentLine(address, ORIGIN).href, undefined);
      assert.equal(toAttachmentLine({ url: address }, ORIGIN).href, undefined);
    });
  }
});
