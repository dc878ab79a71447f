/** Whether a text is what a user searches for, where its matches are, and how good they are. Pure. */
import type { SearchPhrase, SearchQuery } from './search-query.ts';
import {
  mayHaveStem,
  NO_STEMS,
  placeInRun,
  type SearchWord,
  type StemsOf,
  searchWords,
} from './search-words.ts';

/** Start and exclusive end, in UTF-16 code units of the text. */
export type SearchHighlight = readonly [start: number, end: number];

export interface SearchMatch {
  /** In order, without overlaps. */
  readonly highlights: readonly SearchHighlight[];
  /** The other texts in which something was found. */
  readonly others: readonly FoundText[];
  /**
   * Higher is better: the logarithm of how often each phrase occurs, in proportion to the length of
   * the text; the word itself counts more than another form or the beginning of one.
   */
  readonly score: number;
}

export interface FoundText {
  readonly text: string;
  /** In order, without overlaps. */
  readonly highlights: readonly SearchHighlight[];
}

const INEXACT_WEIGHT = 0.6;

/** A text that is compared. */
interface ReadText {
  readonly text: string;
  readonly words: readonly SearchWord[];
  readonly stemsOf: StemsOf;
}

/**
 * Undefined if the text does not match. Without phrases, every text without excluded ones does.
 *
 * @param stemsOf That with which the search was parsed.
 * @param others Texts that belong to it, as names of files: each phrase is in one of all texts.
 */
export function matchSearch(
  text: string,
  { phrases, excluded }: Pick<SearchQuery, 'phrases' | 'excluded'>,
  stemsOf = NO_STEMS,
  others: readonly string[] = [],
): SearchMatch | undefined {
  const texts = [text, ...others].map((each) => ({
    read: { text: each, words: searchWords(each), stemsOf } satisfies ReadText,
    places: [] as SearchHighlight[],
  }));
  const occursIn = (phrase: SearchPhrase) => texts.map(({ read }) => occurrencesOf(read, phrase));
  if (excluded.some((phrase) => occursIn(phrase).flat().length > 0)) return undefined;
  let score = 0;
  for (const phrase of phrases) {
    const occurrences = occursIn(phrase);
    const all = occurrences.flat();
    if (all.length === 0) return undefined;
    const exact = all.filter(({ isExact }) => isExact).length;
    score += 1 + Math.log(INEXACT_WEIGHT * (all.length - exact) + exact);
    for (const [index, found] of occurrences.entries()) {
      texts[index]?.places.push(...found.map(({ place }) => place));
    }
  }
  const wordCount = texts.reduce((sum, { read }) => sum + read.words.length, 0);
  const [highlights = [], ...otherHighlights] = texts.map(({ places }) => merged(places));
  return {
    highlights,
    others: others.flatMap((each, index) => {
      const found = otherHighlights[index] ?? [];
      return found.length === 0 ? [] : [{ text: each, highlights: found }];
    }),
    score: score / Math.sqrt(8 + wordCount),
  };
}

interface Occurrence {
  readonly place: SearchHighlight;
  /** No word is another form, or only the beginning, of one. */
  readonly isExact: boolean;
}

function occurrencesOf(read: ReadText, phrase: SearchPhrase): Occurrence[] {
  const { text, words } = read;
  const [first] = phrase.words;
  if (first === undefined) return [];
  if (phrase.words.length === 1 && first.isRun)
    return words.flatMap((word) => inRun(text, word, first.text));
  return words.flatMap((_, at) => phraseAt(read, at, phrase) ?? []);
}

/** All places of a part of a run. */
function inRun(text: string, word: SearchWord, part: string): Occurrence[] {
  const found: Occurrence[] = [];
  if (!word.isRun) return found;
  for (
    let start = word.text.indexOf(part);
    start >= 0;
    start = word.text.indexOf(part, start + 1)
  ) {
    const place = placeInRun(text, word, { start, end: start + part.length });
    found.push({ place, isExact: true });
  }
  return found;
}

function phraseAt(
  read: ReadText,
  at: number,
  { words: wanted, isPrefix }: SearchPhrase,
): Occurrence | undefined {
  const { text, words } = read;
  let [from, to] = [0, 0];
  let isExact = true;
  for (const [index, each] of wanted.entries()) {
    const word = words[at + index];
    if (word === undefined || word.isRun !== each.isRun) return undefined;
    const isLast = index === wanted.length - 1;
    const { length } = each.text;
    let [start, end] = [word.start, word.end];
    if (word.text !== each.text) {
      // The ends of a phrase may be parts of a run.
      if (each.isRun && index === 0 && word.text.endsWith(each.text)) {
        const part = { start: word.text.length - length, end: word.text.length };
        [start, end] = placeInRun(text, word, part);
      } else if (isLast && (each.isRun || isPrefix) && word.text.startsWith(each.text)) {
        if (each.isRun) [start, end] = placeInRun(text, word, { start: 0, end: length });
        else isExact = false;
      } else if (isFormOf(read, word, each)) {
        isExact = false;
      } else return undefined;
    }
    if (index === 0) from = start;
    to = end;
  }
  return { place: [from, to], isExact };
}

function isFormOf(
  { text, stemsOf }: ReadText,
  word: SearchWord,
  { stems }: SearchPhrase['words'][number],
): boolean {
  // Few words of a text are stemmed.
  if (word.isRun || !stems.some((stem) => mayHaveStem(word.text, stem))) return false;
  return stemsOf(text.slice(word.start, word.end)).some((stem) => stems.includes(stem));
}

function merged(places: readonly SearchHighlight[]): SearchHighlight[] {
  const result: [number, number][] = [];
  for (const [start, end] of places.toSorted((a, b) => a[0] - b[0] || a[1] - b[1])) {
    const last = result.at(-1);
    if (last !== undefined && start < last[1]) last[1] = Math.max(last[1], end);
    else result.push([start, end]);
  }
  return result;
}
