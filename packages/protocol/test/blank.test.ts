import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { isBlank } from '../src/blank.ts';

describe('isBlank', () => {
  for (const [title, text] of [
    ['nothing', ''],
    ['white space', ' \t\n\u00a0\u2003\u3000'],
    ['zero-width spaces', '\u200b\u2060\ufeff'],
    ['joiners', '\u200c\u200d\u034f'],
    ['marks of direction', '\u200e\u200f\u202a\u2066\u2069\u061c'],
    ['fillers', '\u115f\u1160\u3164\uffa0'],
    ['variation selectors and tags', '\ufe0f\u{e0100}\u{e0061}'],
    ['a soft hyphen, and braille without a dot', '\u00ad\u2800'],
    ['control characters', '\u0000\u0007\u0085'],
  ] as const) {
    test(`is true of ${title}`, () => assert(isBlank(text)));
  }

  for (const [title, text] of [
    ['a letter between them', '\u200ba\u200b'],
    ['an emoji of several, with joiners', '👩\u200d👧'],
    ['a flag of tags', '🏴\u{e0067}\u{e0062}\u{e007f}'],
    ['a script that needs joiners', 'می\u200cخواهم'],
    ['a dot', '.'],
    ['a combining mark alone', '\u0301'],
    ['braille', '\u2801'],
  ] as const) {
    test(`is false of ${title}`, () => assert(!isBlank(text)));
  }

  test('takes linear time', () => {
    assert(!isBlank(`${'\u200b'.repeat(1_000_000)}a`));
  });
});
