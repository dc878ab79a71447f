/** The emoji of the picker and of short codes. Loaded on the first use; never imported statically. */

import table from 'virtual:emoji-table';
import { emojiStrings } from '../strings/emoji.ts';

export interface EmojiEntry {
  readonly emoji: string;
  readonly name: string;
  /** The same emoji in the five skin tones; empty if it has none. */
  readonly tones: readonly string[];
}

interface Indexed extends EmojiEntry {
  readonly group: number;
  readonly codes: readonly string[];
  /** Name, short codes and tags, each word after a space. */
  readonly words: string;
}

const FOUND_MAX = 80;
/** Skin tones alone are not chosen as emoji. */
const COMPONENTS_GROUP = 2;

const ENTRIES: readonly Indexed[] = table
  .filter(([, , group]) => group !== COMPONENTS_GROUP)
  .map(([emoji, name, group, codes, tags, tones]) => {
    const words = ` ${name} ${codes.replaceAll('_', ' ')} ${codes} ${tags}`.toLowerCase();
    return { emoji, name, group, codes: codes.split(' '), words, tones };
  });

export const GROUPS = emojiStrings.groups.flatMap((name, group) => {
  const entries = ENTRIES.filter((entry) => entry.group === group);
  return entries.length === 0 ? [] : [{ name, entries }];
});

export const SKIN_TONES = emojiStrings.skinTones.map((name, value) => {
  return { value, name, sample: ['✋', '✋🏻', '✋🏼', '✋🏽', '✋🏾', '✋🏿'][value] ?? '✋' };
});

/** Emoji whose words begin with the words of the query. */
export function findEmoji(query: string): readonly EmojiEntry[] {
  const wanted = query.trim().toLowerCase().split(/\s+/).filter(Boolean);
  if (wanted.length === 0) return [];
  const [code = ''] = wanted;
  const found = ENTRIES.filter(({ words }) => wanted.every((word) => words.includes(` ${word}`)));
  const isExact = ({ codes }: Indexed): number => (codes.includes(code) ? 0 : 1);
  return found.sort((a, b) => isExact(a) - isExact(b)).slice(0, FOUND_MAX);
}

/** Completions of a short code that is being written. */
export function completeCode(start: string, max: number) {
  const wanted = start.toLowerCase();
  return ENTRIES.flatMap(({ emoji, codes }) => {
    const code = codes.find((each) => each.startsWith(wanted));
    return code === undefined || code === '' ? [] : [{ emoji, code }];
  })
    .sort((a, b) => a.code.length - b.code.length)
    .slice(0, max);
}

export function withTone({ emoji, tones }: EmojiEntry, tone: number): string {
  return tone === 0 ? emoji : (tones[tone - 1] ?? emoji);
}
