import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { AVATAR_TONES, avatarTone } from '../../src/components/avatar-tone.ts';

describe('avatarTone', () => {
  test('is the same for the same id, and one of twelve for all ids', () => {
    assert.equal(avatarTone('u-alice'), avatarTone('u-alice'));
    for (const id of ['', 'a', '01a1f851-223d-7acc-a5ef-ff3774675167', '🙂'.repeat(50)]) {
      const tone = avatarTone(id);
      assert(Number.isInteger(tone) && tone >= 0 && tone < AVATAR_TONES);
    }
  });

  test('uses all twelve', () => {
    const tones = Array.from({ length: 500 }, (_, index) => avatarTone(`user-${index}`));

    assert.equal(new Set(tones).size, AVATAR_TONES);
  });
});
