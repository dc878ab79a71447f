/** Whether a text mentions somebody: by `@name`, or by `@everyone`. Pure. */
import { LIMITS } from '@parley/protocol';

/** Not within a word, so that an address of mail mentions nobody. */
const MENTION = new RegExp(
  `(?<![\\p{L}\\p{N}_@.-])@([A-Za-z0-9_-]{1,${LIMITS.usernameLengthMax}})`,
  'gu',
);

export function mentions(text: string, username: string): boolean {
  const wanted = [username.toLowerCase(), 'everyone'];
  return [...text.matchAll(MENTION)].some(([, name = '']) => wanted.includes(name.toLowerCase()));
}
