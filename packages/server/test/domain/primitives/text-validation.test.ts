import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { toMessageText } from '../../../src/domain/primitives/text-validation.ts';

describe('toMessageText', () => {
  test('trims and composes', () => {
    assert.equal(toMessageText('  cafe\u0301\n', 1000), 'café');
  });

  test('keeps markup as text', () => {
    const text = '<script>alert(1)</script> & "quotes"';

    assert.equal(toMessageText(text, 1000), text);
  });

  for (const [title, content] of [
    ['empty', ''],
    ['blank', ' \n\t\u00a0 '],
    ['invisible', '\u200b\u2060\ufeff'],
  ] as const) {
    test(`rejects ${title} text`, () => {
      assert.throws(() => toMessageText(content, 1000), {
        code: 'VALIDATION_ERROR',
        message: 'The message is empty',
      });
    });
  }

  test('counts code points: 1000 emoji are as long as 1000 letters', () => {
    assert.equal([...toMessageText('👋'.repeat(1000), 1000)].length, 1000);
    assert.throws(() => toMessageText('👋'.repeat(1001), 1000), { code: 'VALIDATION_ERROR' });
    assert.throws(() => toMessageText('x'.repeat(1001), 1000), { code: 'VALIDATION_ERROR' });
  });

  test('counts what is left after trimming and composing', () => {
    assert.equal(toMessageText(`${'e\u0301'.repeat(1000)}   `, 1000).length, 1000);
  });

  test('rejects a text that is far too long without composing it', () => {
    assert.throws(() => toMessageText('e\u0301'.repeat(500_000), 1000), {
      code: 'VALIDATION_ERROR',
    });
  });

  for (const [title, content] of [
    ['a lone surrogate', 'a\ud800b'],
    ['a NUL', 'a\0b'],
  ] as const) {
    test(`rejects ${title}, which not every store can keep`, () => {
      assert.throws(() => toMessageText(content, 1000), { code: 'VALIDATION_ERROR' });
    });
  }
});
