/** Finds the users that a text mentions: `@name`, and `@everyone` for all members of the room. Pure. */
import { CORE_LIMITS } from './core-limits.ts';

/** Users that a text mentions, as written. Membership is checked elsewhere. */
export interface Mentions {
  readonly everyone: boolean;
  /** Usernames in lower case, each once. */
  readonly names: readonly string[];
}

const { usernameLengthMin: min, usernameLengthMax: max } = CORE_LIMITS;
/** Not within a word, so that an email address is not a mention. */
const MENTION = new RegExp(`(?<![\\p{L}\\p{N}_@.-])@([A-Za-z0-9_-]{${min},${max}})`, 'gu');
const EVERYONE = 'everyone';

export interface LocatedMention {
  readonly index: number;
  /** As written, with the `@`. */
  readonly text: string;
  /** In lower case. */
  readonly name: string;
}

/** Every mention in the order of the text, also of `@everyone`. */
export function locateMentions(text: string): readonly LocatedMention[] {
  return Array.from(text.matchAll(MENTION), ({ 0: found, 1: name = '', index }) => {
    return { index, text: found, name: name.toLowerCase() };
  });
}

export function findMentions(text: string): Mentions {
  // Most texts: `matchAll` compiles its expression each time.
  if (!text.includes('@')) return { everyone: false, names: [] };
  const names = new Set<string>();
  for (const [, name = ''] of text.matchAll(MENTION)) names.add(name.toLowerCase());
  const everyone = names.delete(EVERYONE);
  return { everyone, names: [...names].slice(0, CORE_LIMITS.mentionsPerMessageMax) };
}
