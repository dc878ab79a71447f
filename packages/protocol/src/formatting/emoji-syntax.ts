/** Where the name of a custom emoji begins and ends in a text. Pure. */
import { characterAt, characterBefore, isWord, matchAt } from './characters.ts';

const NAME = /:[a-z\d_-]{2,30}:/y;

/** Returns `:name:` at the index; empty if there is none. `10:30:45` is a time. */
export function emojiNameAt(line: string, at: number): string {
  if (isWord(characterBefore(line, at))) return '';
  const name = matchAt(NAME, line, at);
  return isWord(characterAt(line, at + name.length)) ? '' : name;
}
