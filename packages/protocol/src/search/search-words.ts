/**
 * The words of a text as the search compares them: without accents, case and punctuation, with their
 * places in the text. Scripts that are written without spaces form runs, which are found from any of
 * their characters on. Server and clients use the same functions. Pure.
 */
import { foldLetters, UNSPACED_SCRIPTS } from '../folded-name.ts';

export interface SearchWord {
  /** Folded. */
  readonly text: string;
  /** Of a script without spaces. */
  readonly isRun: boolean;
  /** In UTF-16 code units of the text; the end is exclusive. */
  readonly start: number;
  readonly end: number;
}

/**
 * The stems of a word as it is written, folded: words that share one are forms of one word. Each is such
 * that `mayHaveStem`.
 */
export type StemsOf = (written: string) => readonly string[];

/** For searches and texts whose languages are not known. */
export const NO_STEMS: StemsOf = () => [];

/** The end in which a stem differs from its word: `study` has the stem `studi`, `dying` has `die`. */
const STEM_END = /(?:(?<=.)ie|(?<=..).)$/u;

/** UTF-16 code units of a folded word; the rest of a longer one is not compared. */
const WORD_LENGTH_MAX = 64;

/** With the marks that belong to several scripts. */
const RUN = `[${UNSPACED_SCRIPTS}\\u3099\\u309a\\u30fc\\uff70\\uff9e\\uff9f]`;
/** With characters that join letters, and are invisible. */
const LETTER = '[\\p{L}\\p{N}\\p{M}\\u00ad\\u200c\\u200d]';
const WORDS = new RegExp(`(${RUN}+)|(?:(?!${RUN})${LETTER})+|\\p{Extended_Pictographic}`, 'gu');
/** Characters of a run with the marks that follow them: each is folded alone, and has its place. */
const CLUSTERS = /\P{M}?[\p{M}\uff9e\uff9f]*/gu;
/** A Han character or an emoji alone, of which a text may have thousands of different ones. */
const IS_FOLDED =
  /^(?:[\u4e00-\u9fff]|[\u{1f300}-\u{1f5ff}\u{1f600}-\u{1f64f}\u{1f680}-\u{1f6ff}])$/u;
const ASCII = /^[\0-\x7f]*$/;
const ASCII_WORDS = /[A-Za-z0-9]+/g;
const NOT_IN_WORDS = /[^\p{L}\p{N}\p{M}\p{Extended_Pictographic}]/gu;
const IN_WORDS = /[\p{L}\p{N}\p{Extended_Pictographic}]/u;

export function searchWords(text: string): SearchWord[] {
  if (ASCII.test(text)) {
    return Array.from(text.matchAll(ASCII_WORDS), ({ 0: word, index: start }) => {
      const folded = word.toLowerCase().slice(0, WORD_LENGTH_MAX);
      return { text: folded, isRun: false, start, end: start + word.length };
    });
  }
  const fold = newFold();
  return Array.from(text.matchAll(WORDS), ({ 0: word, 1: run, index: start }) => {
    const isRun = run !== undefined;
    const folded = isRun ? clustersOf(word, fold).map((each) => each.folded) : [cut(fold(word))];
    return { text: folded.join(''), isRun, start, end: start + word.length };
  }).filter((word) => IN_WORDS.test(word.text));
}

/** The place in the text of a part of a run, which is given by its place in the folded run. */
export function placeInRun(
  text: string,
  { start, end }: SearchWord,
  part: { readonly start: number; readonly end: number },
): readonly [start: number, end: number] {
  let from = start;
  let to = end;
  let folded = 0;
  let at = start;
  for (const cluster of clustersOf(text.slice(start, end), newFold())) {
    const foldedEnd = folded + cluster.folded.length;
    if (folded <= part.start && part.start < foldedEnd) from = at;
    at += cluster.length;
    if (folded < part.end && part.end <= foldedEnd) to = at;
    folded = foldedEnd;
  }
  return [from, to];
}

/** Whether this folded word begins as the stem does. */
export function mayHaveStem(word: string, stem: string): boolean {
  return word.startsWith(stem.replace(STEM_END, ''));
}

type Fold = (word: string) => string;

function clustersOf(
  run: string,
  fold: Fold,
): { readonly folded: string; readonly length: number }[] {
  return Array.from(run.matchAll(CLUSTERS), ([cluster]) => ({
    folded: fold(cluster),
    length: cluster.length,
  })).filter(({ length }) => length > 0);
}

/** Remembers what it has folded: few different characters make up a text of single ones. */
function newFold(): Fold {
  const known = new Map<string, string>();
  return (word) => {
    if (IS_FOLDED.test(word)) return word;
    const folded = known.get(word) ?? foldLetters(word).replaceAll(NOT_IN_WORDS, '');
    known.set(word, folded);
    return folded;
  };
}

/** Not between the halves of a character. */
function cut(word: string): string {
  return word.slice(0, WORD_LENGTH_MAX).replace(/[\ud800-\udbff]$/u, '');
}
