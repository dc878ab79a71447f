import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { avatarTone, initials } from '../../src/people/avatar-tone.ts';

describe('avatarTone', () => {
  const ids = ['', 'a', '01a1f851-223d-7acc-a5ef-ff3774675167', '🙂'.repeat(50)];
  for (let index = 0; index < 500; index += 1) ids.push(`user-${index}`);
  const tones = ids.map((id) => JSON.stringify(avatarTone(id)));

  test('is the same for the same id', () => {
    assert.deepEqual(
      ids.map((id) => JSON.stringify(avatarTone(id))),
      tones,
    );
  });

  test('is one of 24, and each is as frequent as the others', () => {
    const counts = new Map<string, number>();
    for (const tone of tones) counts.set(tone, (counts.get(tone) ?? 0) + 1);

    assert.equal(counts.size, 24);
    assert(Math.max(...counts.values()) < 3 * (tones.length / 24));
  });

  test('is never teal, the colour of actions', () => {
    for (const tone of tones) {
      const [hue] = /(?<=--hue":)\d+/.exec(tone) ?? [];
      assert(Number(hue) <= 145 || Number(hue) >= 230, tone);
    }
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
