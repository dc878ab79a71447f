import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import { normalizeText } from '../src/normalized-text.ts';
import { assertLinear } from './support/cost.ts';

/** Marks of different classes, which normalization must sort. */
const alternating = (count: number) => '\u0301\u0316'.repeat(count / 2);

describe('normalizeText', () => {
  test('trims and composes', () => {
    assert.deepEqual(normalizeText('  cafe\u0301\n', 1000), { kind: 'ok', text: 'caf\u00e9' });
  });

  test('counts the code points after composition', () => {
    assert.equal(normalizeText('e\u0301'.repeat(1000), 1000).kind, 'ok');
    assert.equal(normalizeText('\u{1f44b}'.repeat(1000), 1000).kind, 'ok');
    assert.equal(normalizeText('e\u0301'.repeat(1001), 1000).kind, 'too-long');
    assert.equal(normalizeText('\u{1f44b}'.repeat(1001), 1000).kind, 'too-long');
    // One code point that is composed of three.
    assert.equal(normalizeText('\u0958'.repeat(600), 1000).kind, 'too-long');
  });

  test('accepts 30 combining marks in a row, and rejects 31', () => {
    assert.equal(normalizeText(`a${alternating(30)}b${alternating(30)}`, 1000).kind, 'ok');
    assert.equal(normalizeText(`a${alternating(30)}\u0301`, 1000).kind, 'too-many-marks');
    assert.equal(normalizeText(`a${'\u{1e8d0}'.repeat(31)}`, 1000).kind, 'too-many-marks');
  });

  test('leaves texts of every language unchanged', () => {
    const texts = [
      'Việt Nam',
      'नमस्ते, आप कैसे हैं?',
      'བོད་སྐད་ཡིག',
      'สวัสดีครับ ที่นี่',
      'السَّلَامُ عَلَيْكُمْ',
      'בְּרֵאשִׁית בָּרָא',
      '👩🏽‍🤝‍👨🏿 ❤️ 1️⃣',
    ];
    for (const text of texts) {
      const normalized = normalizeText(text, 1000);
      assert(normalized.kind === 'ok');
      assert.equal(normalized.text, text.normalize('NFC'));
    }
  });

  test('composes accepted texts, and does not change the result again', () => {
    const piece = fc.constantFrom('a', '\u0301', '\u0316', '\u1100', '\u1161', '\u11a8', '👋', ' ');
    fc.assert(
      fc.property(fc.string({ unit: piece, maxLength: 100 }), (written) => {
        const normalized = normalizeText(written, 20);
        if (normalized.kind !== 'ok') return;
        assert.equal(normalized.text, written.trim().normalize('NFC'));
        assert(normalized.text.length <= 40);
        assert.deepEqual(normalizeText(normalized.text, 20), normalized);
      }),
    );
  });

  test('rejects costly texts cheaply', () => {
    // Normalizing the second would take quadratic time, and thousands of times as long as its length allows.
    for (const [textOf, large] of [
      [(size: number) => `a${alternating(size)}`, 1_000_000],
      [(size: number) => `a${alternating(size)}`, 19_998],
      [(size: number) => `a${alternating(30)}`.repeat(size / 31), 900_000],
      [(size: number) => ' '.repeat(size), 1_000_000],
      [(size: number) => '\u1100\u1161\u11a8'.repeat(size / 3), 900_000],
    ] as const) {
      const prepare = (size: number) => {
        const text = textOf(size);
        return () => void normalizeText(text, 10_000);
      };
      assertLinear(prepare, large / 6, large);
    }
  });
});
