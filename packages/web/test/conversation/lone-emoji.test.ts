import assert from 'node:assert/strict';
import { test } from 'node:test';
import { isLoneEmoji } from '../../src/conversation/lone-emoji.ts';

for (const [text, expected] of [
  ['🎉', true],
  [' 👍🏽 ', true],
  ['👩‍👩‍👧‍👦❤️🇩🇪', true],
  ['🎉🎉🎉🎉', false],
  ['🎉 yes', false],
  ['1', false],
  ['', false],
] as const) {
  test(`isLoneEmoji of ${JSON.stringify(text)} is ${expected}`, () => {
    assert.equal(isLoneEmoji(text), expected);
  });
}
