/** Keys by which stores find users by their names, and names that look the same. */
import { foldName, wordBeginnings } from '@parley/protocol';
import unhomoglyph from 'unhomoglyph';
import type { User } from './user.ts';

export interface NameKeys {
  /** Equal for shown names that can be mistaken for each other. */
  readonly look: string;
  /** Equal for usernames that can be mistaken for each other. */
  readonly usernameLook: string;
  /** Both names from the beginning of each word on. */
  readonly words: readonly string[];
}

const INVISIBLE = /\p{Default_Ignorable_Code_Point}/gu;
const NOT_ASCII = /\P{ASCII}/gu;

export function nameKeysOf({
  username,
  displayName,
}: Pick<User, 'username' | 'displayName'>): NameKeys {
  const words = [...wordBeginnings(username), ...wordBeginnings(displayName)];
  return {
    look: lookOf(displayName),
    usernameLook: usernameLookOf(username),
    words: [...new Set(words)],
  };
}

/** Of a folded text with several words: the word by which a store finds the fewest names. */
export function longestWord(text: string): string {
  return text.split(' ').reduce((longest, word) => (word.length > longest.length ? word : longest));
}

export function lookOf(name: string): string {
  return foldName(toSkeleton(name));
}

/**
 * Equal for usernames that look the same in many fonts: a capital i, a small L and 1; o and 0; rn and m; vv and w; with and
 * without signs at the end.
 */
export function usernameLookOf(username: string): string {
  const letters = username.replaceAll(/[I1]/g, 'l').replaceAll('0', 'o').toLowerCase();
  return letters
    .replaceAll('rn', 'm')
    .replaceAll('vv', 'w')
    .replace(/[_-]+$/, '');
}

export function withoutInvisible(text: string): string {
  return text.replaceAll(INVISIBLE, '');
}

/** Replaces letters that look like Latin ones (UTS #39): `\u0441hat` becomes `chat`. */
export function toSkeleton(name: string): string {
  return withoutInvisible(name).replaceAll(NOT_ASCII, (character) => unhomoglyph(character));
}
