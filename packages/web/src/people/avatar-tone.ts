/** Colour and letters of an avatar. Pure. */
import type { CSSProperties } from 'react';

/** In degrees: from blue over red to green, without teal, which is the colour of actions. */
const HUES = Array.from({ length: 12 }, (_, index) => (230 + 25 * index) % 360);
const DEPTHS = ['soft', 'deep'] as const;

/**
 * Attributes that tint an avatar or a name. A user's tint is the same for all who see it, so two users may
 * share one: there are as many tints as are told apart at a glance.
 */
export function avatarTone(userId: string) {
  let hash = 0;
  for (let index = 0; index < userId.length; index += 1) {
    hash = Math.imul(hash ^ userId.charCodeAt(index), 0x01000193);
  }
  const tint = (hash ^ (hash >>> 15)) >>> 0;
  const hue = HUES[tint % HUES.length];
  return {
    'data-tone': DEPTHS[Math.floor(tint / HUES.length) % DEPTHS.length],
    // React's type has no custom properties.
    style: { '--hue': hue } as CSSProperties,
  };
}

const WORD_BREAK = /[\s_-]+/u;
/** The username beside a name that others show too. */
const USERNAME_BESIDE = / \(@.*\)$/u;

/** First letters of the first two words; of a single word its first two letters. */
export function initials(name: string): string {
  const [first = '', second] = name
    .replace(USERNAME_BESIDE, '')
    .split(WORD_BREAK)
    .filter((word) => word !== '');
  const letters = second === undefined ? [...first].slice(0, 2) : [[...first][0], [...second][0]];
  return letters.join('').toUpperCase();
}
