/** Colour and letters of an avatar. Pure. */
export const AVATAR_TONES = 7;
/** Of the user: nobody else has it, so that the two of a direct conversation never look the same. */
const OWN_TONE = 0;

/** From 0 to 6; another user's id always gets the same colour. */
export function avatarTone(userId: string, selfId: string): number {
  if (userId === selfId) return OWN_TONE;
  let hash = 0;
  for (let index = 0; index < userId.length; index += 1) {
    hash = (hash * 31 + userId.charCodeAt(index)) >>> 0;
  }
  return OWN_TONE + 1 + (hash % (AVATAR_TONES - 1));
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
