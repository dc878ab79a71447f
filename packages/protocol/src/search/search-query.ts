/**
 * Parses what a user searches for: words, `"exact phrases"`, `-excluded` words, and the operators
 * `from:`, `in:`, `before:`, `after:` and `has:`, whose values may be quoted. Every text is a query;
 * whether its values make sense is checked elsewhere. Pure.
 */
import { type SearchWord, searchWords } from './search-words.ts';

/** Words that stand in the text next to each other, in this order. */
export interface SearchPhrase {
  readonly words: readonly Pick<SearchWord, 'text' | 'isRun'>[];
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
  /(?:(from|in|before|after|has):(?:"([^"]*)"?|(\S*)))|(-?)"([^"]*)"?|(-(?=\S))?(\S+)/giu;
/** Shorter beginnings would fit too many words; a syllable or character of East Asia says enough. */
const PREFIX = /^.{3}|[\u0800-\uffff]/u;

export function parseSearch(text: string): SearchQuery {
  const query = {
    phrases: [] as SearchPhrase[],
    excluded: [] as SearchPhrase[],
    ...{ from: [] as string[], in: [] as string[], has: [] as string[] },
    ...{ before: [] as string[], after: [] as string[] },
  };
  for (const part of text.matchAll(PARTS)) {
    const [whole, operator, quotedValue, value, quotedMinus, quoted, minus, word] = part;
    if (operator !== undefined) {
      const given = (quotedValue ?? value ?? '').trim();
      // The names of the operators are those of the fields.
      if (given !== '') query[operator.toLowerCase() as SearchOperator].push(given);
      continue;
    }
    const words = searchWords(quoted ?? word ?? '');
    const last = words.at(-1);
    if (last === undefined) continue;
    const isExcluded = quotedMinus === '-' || minus === '-';
    const isLast = part.index + whole.length === text.length;
    const isPrefix =
      isLast && quoted === undefined && !isExcluded && !last.isRun && PREFIX.test(last.text);
    (isExcluded ? query.excluded : query.phrases).push({ words, isPrefix });
  }
  return query;
}
