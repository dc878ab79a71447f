import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { AVATAR_TONES, avatarTone, initials } from '../../src/components/avatar-tone.ts';

const SELF = 'u-self';

describe('avatarTone', () => {
  test('is the same for the same id, and one of seven for all ids', () => {
    assert.equal(avatarTone('u-alice', SELF), avatarTone('u-alice', SELF));
    for (const id of ['', 'a', '01a1f851-223d-7acc-a5ef-ff3774675167', '🙂'.repeat(50)]) {
      const tone = avatarTone(id, SELF);
      assert(Number.isInteger(tone) && tone >= 0 && tone < AVATAR_TONES);
    }
  });

  test('of the user is that of nobody else', () => {
    const own = avatarTone(SELF, SELF);

    for (let index = 0; index < 500; index += 1) {
      assert.notEqual(avatarTone(`user-${index}`, SELF), own);
    }
  });

  test('uses all others', () => {
    const tones = Array.from({ length: 500 }, (_, index) => avatarTone(`user-${index}`, SELF));

    assert.equal(new Set(tones).size, AVATAR_TONES - 1);
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
