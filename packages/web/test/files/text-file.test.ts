import assert from 'node:assert/strict';
import { test } from 'node:test';
import { decodeText, isTextFile } from '../../src/files/text-file.ts';

const isText = (name: string, fields: object = {}): boolean =>
  isTextFile({ fileId: '1', name, type: 'application/octet-stream', size: 3, ...fields });

test('files are shown as text by their type, and by the end of their name', () => {
  assert.equal(isText('a', { type: 'text/plain; charset=utf-8' }), true);
  for (const name of ['notes.txt', 'A.JSON', 'page.html', 'app.tsx', 'Makefile', 'a.b.yml']) {
    assert.equal(isText(name), true, name);
  }
  for (const name of ['a.exe', 'txt', 'not a makefile', 'a.docx']) {
    assert.equal(isText(name), false, name);
  }
  assert.equal(isText('a.txt', { type: 'application/zip' }), false);
  assert.equal(isText('a.txt', { size: 0 }), false);
});

test('only text in UTF-8 is shown, also if it is cut within a character', () => {
  const euro = Buffer.from('10 €');
  assert.equal(decodeText(euro), '10 €');
  assert.equal(decodeText(euro.subarray(0, -1)), '10 ');
  assert.equal(decodeText(Buffer.from('\ufeffa')), 'a');
  assert.equal(decodeText(Buffer.from([0x67, 0xfc, 0x6e])), undefined);
  assert.equal(decodeText(Buffer.from('a\0b')), undefined);
});
