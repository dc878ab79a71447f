/**
 * Parses what a user searches for: words, `"exact phrases"`, `-excluded` words (a minus before a letter: `-5`
 * and `--force`, as in pasted text, are words), and the operators
 * `from:`, `in:`, `before:`, `after:` and `has:`, whose values may be quoted. Every text is a query;
 * whether its values make sense is checked elsewhere. Pure.
 */
import { NO_STEMS, type SearchWord, type StemsOf, searchWords } from './search-words.ts';

interface SoughtWord extends Pick<SearchWord, 'text' | 'isRun'> {
  /** A word of the text with one of them is this word, too. None in quotes and of excluded words. */
  readonly stems: readonly string[];
}

/** Words that stand in the text next to each other, in this order. */
export interface SearchPhrase {
  readonly words: readonly SoughtWord[];
  /** The last word may be the beginning of a word. */
  readonly isPrefix: boolean;
}

export interface SearchQuery {
  readonly phrases: readonly SearchPhrase[];
  /** None of these is in the text. */
  readonly excluded: readonly SearchPhrase[];
  /** Values of the operators, as written. */
  readonly from: readonly string[];
  readonly in: readonly string[];
  readonly before: readonly string[];
  readonly after: readonly string[];
  readonly has: readonly string[];
}

type SearchOperator = 'from' | 'in' | 'before' | 'after' | 'has';

const PARTS =
  /(?:(from|in|before|after|has):(?:"([^"]*)"?|(\S*)))|(-?)"([^"]*)"?|(-(?=[\p{L}\p{M}\p{Extended_Pictographic}]))?(\S+)/giu;
/** Shorter beginnings would fit too many words; a syllable or character of East Asia says enough. */
const PREFIX = /^.{3}|[\u0800-\uffff]/u;

/** @param stemsOf Of the languages of the texts. */
export function parseSearch(text: string, stemsOf = NO_STEMS): SearchQuery {
  const query = {
    phrases: [] as SearchPhrase[],
    excluded: [] as SearchPhrase[],
    ...{ from: [] as string[], in: [] as string[], has: [] as string[] },
    ...{ before: [] as string[], after: [] as string[] },
  };
  for (const part of text.matchAll(PARTS)) {
    const [, operator, quotedValue, value, quotedMinus, quoted, minus, word] = part;
    if (operator !== undefined) {
      const given = (quotedValue ?? value ?? '').trim();
      // The names of the operators are those of the fields.
      if (given !== '') query[operator.toLowerCase() as SearchOperator].push(given);
      continue;
    }
    const isExcluded = quotedMinus === '-' || minus === '-';
    // `deploy -deployment` would exclude what it finds.
    const isExact = quoted !== undefined || isExcluded;
    const words = wordsOf(quoted ?? word ?? '', isExact ? NO_STEMS : stemsOf);
    const last = words.at(-1);
    if (last === undefined) continue;
    // Of every word: what is found must not depend on their order, or on what follows them.
    const isPrefix = quoted === undefined && !isExcluded && !last.isRun && PREFIX.test(last.text);
    (isExcluded ? query.excluded : query.phrases).push({ words, isPrefix });
  }
  return query;
}

function wordsOf(text: string, stemsOf: StemsOf): SoughtWord[] {
  return searchWords(text).map(({ text: word, isRun, start, end }) => {
    const stems = isRun ? [] : stemsOf(text.slice(start, end));
    return { text: word, isRun, stems };
  });
}
