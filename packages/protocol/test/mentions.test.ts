import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { findMentions } from '../src/mentions.ts';

describe('findMentions', () => {
  const cases: readonly [text: string, names: string[], everyone?: boolean][] = [
    ['hello', []],
    ['@alice', ['alice']],
    ['hi @Alice, and @alice!', ['alice']],
    ['(@bob_1) @car-ol', ['bob_1', 'car-ol']],
    ['write to bob@example.org', []],
    ['@al is too short', []],
    ['@everyone come, @bob too', ['bob'], true],
    ['@ alice', []],
  ];
  for (const [text, names, everyone = false] of cases) {
    test(`finds ${names.join(' and ') || 'no name'} in '${text}'`, () => {
      assert.deepEqual(findMentions(text), { everyone, names });
    });
  }

  test('returns at most fifty names', () => {
    const text = Array.from({ length: 60 }, (_, index) => `@name${index}`).join(' ');

    assert.equal(findMentions(text).names.length, 50);
  });
});
