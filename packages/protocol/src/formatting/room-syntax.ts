/** Where the name of a room begins and ends in a text, and how names are compared. Pure. */
import { characterAt, characterBefore, isUnspaced, isWord, matchAt } from './characters.ts';

/** As long as the name of a room may be. */
const NAME = /#[\p{L}\p{M}\p{Nd}_-]{0,49}[\p{L}\p{M}\p{Nd}]/uy;
/** Not within a word, an address or an entity of HTML. */
const BEFORE = /^[\s\p{Ps}\p{Pi}"'*_~|,;:\u2013\u2014]?$/u;
const NOT_IN_KEYS = /[^\p{L}\p{M}\p{Nd}_-]/gu;

/** Returns `#name` at the index; empty if there is none. */
export function roomNameAt(line: string, at: number): string {
  const before = characterBefore(line, at);
  if (!BEFORE.test(before) && !isUnspaced(before)) return '';
  const name = matchAt(NAME, line, at);
  return isWord(characterAt(line, at + name.length)) ? '' : name;
}

/** The name by which a room is found: what `#` is written before. */
export function roomKey(name: string): string {
  return name.normalize('NFKC').trim().toLowerCase().replace(NOT_IN_KEYS, '-');
}
