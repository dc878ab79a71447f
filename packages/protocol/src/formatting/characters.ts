/** Classes of characters that decide where names, addresses and styles begin and end. Pure. */

/**
 * Letters of scripts that are written without spaces, and of Hangul, whose particles follow a name
 * without a space.
 */
const UNSPACED =
  /^[\p{scx=Han}\p{scx=Hira}\p{scx=Kana}\p{scx=Hang}\p{scx=Thai}\p{scx=Laoo}\p{scx=Khmr}\p{scx=Mymr}\p{scx=Tibt}\p{scx=Yiii}\p{scx=Java}]/u;
const LETTER = /^[\p{L}\p{M}\p{N}]/u;
/** Selectors of emoji are marks, but belong to no word. */
const EMOJI_PART = /^[\uFE00-\uFE0F\u20E3]/;

/** The character that ends before the index; empty at the beginning. */
export function characterBefore(text: string, index: number): string {
  const code = text.charCodeAt(index - 1);
  return code >= 0xdc00 && code <= 0xdfff
    ? text.slice(Math.max(0, index - 2), index)
    : text.charAt(index - 1);
}

/** The character at the index; empty at the end. */
export function characterAt(text: string, index: number): string {
  const code = text.codePointAt(index);
  return code === undefined ? '' : String.fromCodePoint(code);
}

export function isUnspaced(character: string): boolean {
  return character > '\u007f' && UNSPACED.test(character);
}

/** Whether the character continues a word: scripts without spaces have no words in this sense. */
export function isWord(character: string): boolean {
  return LETTER.test(character) && !isUnspaced(character) && !EMOJI_PART.test(character);
}

/** Matches a sticky pattern at the index. */
export function matchAt(pattern: RegExp, text: string, index: number): string {
  pattern.lastIndex = index;
  return pattern.exec(text)?.[0] ?? '';
}
