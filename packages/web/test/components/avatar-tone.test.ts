import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { AVATAR_TONES, avatarTone, initials } from '../../src/components/avatar-tone.ts';

describe('avatarTone', () => {
  test('is the same for the same id, and one of seven for all ids', () => {
    assert.equal(avatarTone('u-alice'), avatarTone('u-alice'));
    for (const id of ['', 'a', '01a1f851-223d-7acc-a5ef-ff3774675167', '🙂'.repeat(50)]) {
      const tone = avatarTone(id);
      assert(Number.isInteger(tone) && tone >= 0 && tone < AVATAR_TONES);
    }
  });

  test('uses all seven', () => {
    const tones = Array.from({ length: 500 }, (_, index) => avatarTone(`user-${index}`));

    assert.equal(new Set(tones).size, AVATAR_TONES);
  });
});

describe('initials', () => {
  for (const [name, expected] of [
    ['ines', 'IN'],
    ['jun-mori', 'JM'],
    ['a_b_c', 'AB'],
    ['x', 'X'],
    ['-', ''],
    ['Ana Silva (@ana)', 'AS'],
    ['Ana (@ana)', 'AN'],
    ['(o_o)', '(O'],
  ] as const) {
    test(`of ${name} are "${expected}"`, () => {
      assert.equal(initials(name), expected);
    });
  }
});
