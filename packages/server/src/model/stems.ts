/**
 * The stems of words in the languages of the search, by the algorithms of Snowball. They are loaded
 * when a language is first used: each thread that indexes or compares texts does so.
 */
import { createRequire } from 'node:module';
import { mayHaveStem, type StemsOf, searchWords } from '@parley/protocol';

type Stem = (word: string) => string;

/** Common languages whose words change at their ends only, and whose algorithm takes every word. */
const STEMMERS = Object.freeze({
  da: 'danish',
  de: 'german',
  el: 'greek',
  en: 'english',
  es: 'spanish',
  fi: 'finnish',
  fr: 'french',
  hu: 'hungarian',
  hy: 'armenian',
  it: 'italian',
  lt: 'lithuanian',
  nl: 'dutch',
  no: 'norwegian',
  pt: 'portuguese',
  ro: 'romanian',
  ru: 'russian',
  sr: 'serbian',
  sv: 'swedish',
  tr: 'turkish',
  uk: 'ukrainian',
});

export type SearchLanguage = keyof typeof STEMMERS;

export const SEARCH_LANGUAGES = Object.freeze(Object.keys(STEMMERS) as SearchLanguage[]);

/** UTF-16 code units of a word that has stems: longer ones are addresses and codes. */
const LENGTH_MAX = 40;
/** A stem of one letter would be that of unrelated words. */
const STEM_LENGTH_MIN = 2;
/** Words whose stems are remembered: a few thousand words make up most texts. */
const REMEMBERED_MAX = 4096;
/** Code units of these words: V8 keeps the whole text of a longer part of it. */
const REMEMBERED_LENGTH_MAX = 12;

const load = createRequire(import.meta.url);
const known = new Map<string, StemsOf>();

/** Words share a stem if they do in one of these languages. */
export function stemsIn(languages: readonly SearchLanguage[]): StemsOf {
  const key = languages.join();
  const stemsOf = known.get(key) ?? remembering(stemsWith(languages.map(loadStemmer)));
  known.set(key, stemsOf);
  return stemsOf;
}

function loadStemmer(language: SearchLanguage): Stem {
  // The older algorithm of the collection takes `news` for a form of `new`. Both packages have these types.
  if (language === 'en') return load('wink-porter2-stemmer') as Stem;
  return (load(`@orama/stemmers/${STEMMERS[language]}`) as { readonly stemmer: Stem }).stemmer;
}

function stemsWith(stemmers: readonly Stem[]): StemsOf {
  return (written) => {
    const word = searchWords(written.slice(0, LENGTH_MAX + 1))[0]?.text ?? '';
    if (word === '' || written.length > LENGTH_MAX) return [];
    // Accents belong to the endings of some languages, but are not always written.
    const forms = new Set([written.normalize('NFC').toLowerCase(), word]);
    const stems = stemmers.flatMap((stem) => Array.from(forms, (form) => foldStem(stem, form)));
    return [...new Set(stems)].filter(
      (stem) => stem.length >= STEM_LENGTH_MIN && mayHaveStem(word, stem),
    );
  };
}

function foldStem(stem: Stem, word: string): string {
  try {
    return searchWords(stem(word))[0]?.text ?? '';
  } catch {
    // A word that breaks an algorithm must not stop the index of all messages.
    return '';
  }
}

function remembering(stemsOf: StemsOf): StemsOf {
  const remembered = new Map<string, readonly string[]>();
  return (written) => {
    if (written.length > REMEMBERED_LENGTH_MAX) return stemsOf(written);
    const earlier = remembered.get(written);
    if (earlier !== undefined) return earlier;
    const stems = stemsOf(written);
    if (remembered.size >= REMEMBERED_MAX) remembered.clear();
    remembered.set(written, stems);
    return stems;
  };
}
