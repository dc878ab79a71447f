import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { checkContent, sendableContent } from '../../../src/core/messages/content-validation.ts';

describe('checkContent', () => {
  test('trims, and composes combining marks', () => {
    assert.deepEqual(checkContent('  cafe\u0301 \n'), { kind: 'ok', content: 'caf\u00e9' });
  });

  test('leaves markup and inner white space as they are', () => {
    const content = '<b>a</b>\n  b';
    assert.deepEqual(checkContent(content), { kind: 'ok', content });
  });

  test('counts code points: at the limit, and one above', () => {
    assert.equal(checkContent('😀'.repeat(10_000)).kind, 'ok');
    assert.deepEqual(checkContent('😀'.repeat(10_001)), { kind: 'too_long', length: 10_001 });
  });

  for (const text of ['', ' ', '\n\t', '\u200b\u2060\ufeff']) {
    test(`treats ${JSON.stringify(text)} as empty`, () => {
      assert.deepEqual(checkContent(text), { kind: 'empty' });
    });
  }
});

describe('sendableContent', () => {
  test('says what is wrong with a text', () => {
    for (const [text, lengthMax, message] of [
      ['\u200b', undefined, 'A message needs a text'],
      ['x'.repeat(10_001), undefined, 'A message has at most 10000 characters'],
      ['x'.repeat(8), 7, 'A message has at most 7 characters'],
      [`x${'\u0301'.repeat(40)}`, 700, 'Too many combining marks in a row'],
    ] as const) {
      const wanted = { code: 'VALIDATION_ERROR', details: { field: 'content', message } };
      assert.throws(() => sendableContent(text, lengthMax), wanted);
    }
    assert.equal(sendableContent(' 1234567 ', 7), '1234567');
  });
});
