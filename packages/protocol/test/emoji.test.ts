import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import { customEmojiName, normalizeEmoji } from '../src/emoji.ts';

/** Fully qualified, of every kind in Unicode. */
const EMOJI: readonly string[] = [
  '👍',
  '👍🏽',
  '☝🏿',
  '❤️',
  '☺️',
  '©️',
  '1️⃣',
  '#️⃣',
  '🇩🇪',
  '🇺🇳',
  '🏴\u{e0067}\u{e0062}\u{e0073}\u{e0063}\u{e0074}\u{e007f}',
  '🏳️‍🌈',
  '👁️‍🗨️',
  '🕵🏽‍♀️',
  '👩‍❤️‍💋‍👨',
  '🧑🏽‍🤝‍🧑🏿',
  '👨‍👩‍👧‍👦',
];

describe('normalizeEmoji', () => {
  for (const emoji of EMOJI) {
    test(`accepts ${emoji} unchanged`, () => {
      assert.equal(normalizeEmoji(emoji), emoji);
      assert.equal(normalizeEmoji(` ${emoji}\n`), emoji);
    });
  }

  for (const [unqualified, emoji] of [
    ['\u2764', '\u2764\ufe0f'],
    ['\u{1f44d}\ufe0f', '\u{1f44d}'],
    ['1\u20e3', '1\ufe0f\u20e3'],
    ['\u{1f3f3}\u200d\u{1f308}', '\u{1f3f3}\ufe0f\u200d\u{1f308}'],
  ] as const) {
    test(`qualifies ${unqualified}`, () => {
      assert.equal(normalizeEmoji(unqualified), emoji);
    });
  }

  const rejected = [
    '',
    ' ',
    'x',
    '1',
    '+1',
    'thumbsup',
    '<svg/onload=alert(1)>',
    '👍👍',
    '👍 👍',
    '👍x',
    'x👍',
    '🇩',
    '\ufe0f',
    '\u200d',
    '❤\ufe0e',
    '👩‍👍',
    '\ud83d',
    '👍'.repeat(100_000),
    `1${'\u0301\u0316'.repeat(100_000)}`,
  ];
  for (const text of rejected) {
    test(`rejects ${JSON.stringify(text.slice(0, 24))}`, () => {
      assert.equal(normalizeEmoji(text), undefined);
    });
  }

  test('leaves the names of custom emoji as they are', () => {
    for (const name of ['party-parrot', 'our_logo2', '100', 'x'.repeat(30)]) {
      assert.equal(normalizeEmoji(` :${name}: `), `:${name}:`);
      assert.equal(customEmojiName(`:${name}:`), name);
    }
    for (const text of [
      ':x:',
      ':Loud:',
      ':a b:',
      `:${'x'.repeat(31)}:`,
      ':a::b:',
      'parrot',
      '👍',
    ]) {
      if (text !== '👍') assert.equal(normalizeEmoji(text), undefined, text);
      assert.equal(customEmojiName(text), undefined, text);
    }
  });

  test('returns one form, wherever U+FE0F was written', () => {
    const anywhere = fc.array(fc.boolean(), { minLength: 12, maxLength: 12 });
    fc.assert(
      fc.property(fc.constantFrom(...EMOJI), anywhere, (emoji, isAdded) => {
        const points = [...emoji.replaceAll('\ufe0f', '')];
        const written = points.map((point, index) => point + (isAdded[index] ? '\ufe0f' : ''));
        assert.equal(normalizeEmoji(written.join('')), emoji);
      }),
    );
  });

  test('returns a form that it accepts unchanged, for every accepted emoji', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary', maxLength: 3 }), (written) => {
        const emoji = normalizeEmoji(written);
        if (emoji !== undefined) assert.equal(normalizeEmoji(emoji), emoji);
      }),
    );
  });
});
