/**
 * How names are found by parts of them: without accents, case, invisible characters and
 * punctuation, at the beginnings of words. Server and clients use the same functions. Pure.
 */

const INVISIBLE = /\p{Default_Ignorable_Code_Point}/gu;
/** Accents of Latin, Greek and Cyrillic letters, and the vowel points of Hebrew and Arabic. */
const ACCENTS = /[\u0300-\u036f\u0591-\u05bd\u05bf-\u05c7\u064b-\u065f\u0670]/gu;
/** Letters that no decomposition takes apart. */
const LETTERS: Readonly<Record<string, string>> = {
  ß: 'ss',
  æ: 'ae',
  œ: 'oe',
  ø: 'o',
  đ: 'd',
  ð: 'd',
  þ: 'th',
  ł: 'l',
  ħ: 'h',
  ı: 'i',
};
const SPECIAL = new RegExp(`[${Object.keys(LETTERS).join('')}]`, 'gu');
const SEPARATORS = /[\p{Z}\p{P}\p{C}]+/gu;
/** Scripts written without spaces, in a class of a pattern: every character may begin a word. */
export const UNSPACED_SCRIPTS =
  '\\p{Script=Han}\\p{Script=Hiragana}\\p{Script=Katakana}\\p{Script=Thai}\\p{Script=Lao}\\p{Script=Khmer}\\p{Script=Myanmar}';
const UNSPACED = new RegExp(`[${UNSPACED_SCRIPTS}]`, 'u');
/** Maximum number of words of one name at whose beginnings it is found. */
const WORDS_MAX = 16;

/** The form in which names are compared: its words in lower case, separated by spaces. */
export function foldName(name: string): string {
  const folded = foldLetters(name);
  // A name of signs only is found by its signs.
  return folded.replaceAll(SEPARATORS, ' ').trim() || folded.trim();
}

/** Without accents, case and invisible characters. */
export function foldLetters(text: string): string {
  return text
    .normalize('NFKD')
    .replaceAll(INVISIBLE, '')
    .replaceAll(ACCENTS, '')
    .toLowerCase()
    .replaceAll(ACCENTS, '')
    .replaceAll(SPECIAL, (letter) => LETTERS[letter] ?? letter)
    .normalize('NFC');
}

/** The folded name from the beginning of each of its words on; the whole name first. */
export function wordBeginnings(name: string): readonly string[] {
  const folded = foldName(name);
  const found: string[] = [];
  let before = ' ';
  for (let at = 0; at < folded.length && found.length < WORDS_MAX; ) {
    const character = String.fromCodePoint(folded.codePointAt(at) ?? 0);
    if (character !== ' ' && (before === ' ' || UNSPACED.test(character))) {
      found.push(folded.slice(at));
    }
    before = character;
    at += character.length;
  }
  return found;
}

/**
 * How well a text names somebody or something: 0 if a name begins with it, 1 if each of its words
 * begins a word of one name, 2 if a name contains it, undefined if none does. An empty text names
 * everything.
 */
export function matchName(names: readonly string[], text: string): 0 | 1 | 2 | undefined {
  const wanted = foldName(text);
  const words = wanted.split(' ');
  let best: 1 | 2 | undefined;
  for (const name of names) {
    const folded = foldName(name);
    if (folded.startsWith(wanted)) return 0;
    const beginnings = wordBeginnings(name);
    if (words.every((word) => beginnings.some((rest) => rest.startsWith(word)))) best = 1;
    else if (folded.includes(wanted)) best ??= 2;
  }
  return best;
}
