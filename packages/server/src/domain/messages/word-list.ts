/**
 * The words that the operator does not want in messages: whole words and phrases, without regard to case
 * and accents. Pure.
 */
import { searchWords } from '@parley/protocol';

/** Characters that are compared at a time, and how far the next part reaches back into the last one. */
const PART_LENGTH = 4000;
const OVERLAP_LENGTH = 200;

/** Invisible characters and markup within a word, which readers do not see. */
const DISGUISE =
  /[\u200b\u200e\u200f\u2060-\u2064\ufeff]|(?<=[\p{L}\p{N}])[*_~|`]+(?=[\p{L}\p{N}])/gu;

interface Entry {
  /** As the operator wrote it. */
  readonly written: string;
  /** Folded; the first is its key. */
  readonly words: readonly string[];
}

export class WordList {
  readonly #byFirstWord = new Map<string, Entry[]>();
  /** Of scripts without spaces, which have no whole words. */
  readonly #runs: Entry[] = [];

  constructor(entries: readonly string[]) {
    for (const written of entries) {
      const words = searchWords(written);
      const [first] = words;
      if (first === undefined) continue;
      const entry = { written, words: words.map(({ text }) => text) };
      if (words.length === 1 && first.isRun) this.#runs.push(entry);
      else this.#byFirstWord.set(first.text, [...(this.#byFirstWord.get(first.text) ?? []), entry]);
    }
  }

  /** The first entry that the text contains, as the operator wrote it. */
  find(text: string): string | undefined {
    const shown = text.replace(DISGUISE, '');
    return this.#findIn(text) ?? (shown === text ? undefined : this.#findIn(shown));
  }

  #findIn(text: string): string | undefined {
    for (let start = 0; start < text.length; start += PART_LENGTH - OVERLAP_LENGTH) {
      const words = searchWords(text.slice(start, start + PART_LENGTH));
      const found = words.findIndex((_, index) => this.#entryAt(words, index) !== undefined);
      if (found !== -1) return this.#entryAt(words, found)?.written;
    }
    return undefined;
  }

  #entryAt(words: ReturnType<typeof searchWords>, index: number): Entry | undefined {
    const word = words[index];
    if (word === undefined) return undefined;
    if (word.isRun) {
      const run = this.#runs.find((entry) => word.text.includes(entry.words[0] ?? ''));
      if (run !== undefined) return run;
    }
    return this.#byFirstWord
      .get(word.text)
      ?.find((entry) => entry.words.every((each, offset) => words[index + offset]?.text === each));
  }
}
