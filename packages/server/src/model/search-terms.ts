/**
 * The terms under which a message stands in the index of the search, and those that a search looks
 * up there. The index says which messages may match; `matchSearch` of the protocol decides.
 *
 * A word is a term, and so is each of its stems. A run of a script without spaces has a term for each
 * two characters in a row, and its last character. Author and content are terms, too: they begin with a
 * colon, which no word has. Each term begins with a mark of the room: what a search reads in the index,
 * beginnings of words included, is of the rooms that it names.
 */
import {
  type Attachment,
  fileTexts,
  hasContent,
  type RoomId,
  SEARCH_CONTENTS,
  type SearchContent,
  type SearchPhrase,
  type SearchQuery,
  type StemsOf,
  searchWords,
  type UserId,
} from '@parley/protocol';

const MARK_LENGTH = 8;
/** UTF-16 code units of the terms of a message: PostgreSQL keeps 1 MiB of UTF-8. */
const TERMS_LENGTH_MAX = 250_000;

interface IndexedMessage {
  readonly roomId: RoomId;
  readonly userId: UserId;
  readonly content: string;
  readonly attachments: readonly Attachment[];
}

/** Separated by spaces, each once. */
export function toIndexTerms(message: IndexedMessage, stemsOf: StemsOf): string {
  const terms = new Set([termOf.all, termOf.author(message.userId)]);
  for (const kind of SEARCH_CONTENTS) {
    if (hasContent(kind, message)) terms.add(termOf.content(kind));
  }
  for (const written of [message.content, ...fileTexts(message.attachments)]) {
    for (const { text, isRun, start, end } of searchWords(written)) {
      const own = isRun ? pairsOf(text) : [text, ...stemsOf(written.slice(start, end))];
      for (const term of own) terms.add(term);
    }
  }
  const mark = markOf(message.roomId);
  const marked = [...terms].map((term) => mark + term).join(' ');
  if (marked.length <= TERMS_LENGTH_MAX) return marked;
  const end = marked.lastIndexOf(' ', TERMS_LENGTH_MAX);
  return `${marked.slice(0, end)} ${mark}${termOf.cut}`;
}

/** The parts of a search, each of which a message must have. */
export interface IndexedSearch {
  readonly phrases: SearchQuery['phrases'];
  /** Any of them; all if empty. */
  readonly authorIds: readonly UserId[];
  readonly contents: readonly SearchContent[];
}

/**
 * The condition for the messages of a room, in the notation of PostgreSQL's `tsquery`, without words that
 * need quotes: terms consist of letters, digits, `:`, `-` and `_`.
 */
export function toIndexCondition(search: IndexedSearch, roomId: RoomId): string {
  const mark = markOf(roomId);
  const parts = [
    ...anyOf(search.authorIds.map((id) => quoted(mark, termOf.author(id)))),
    ...search.contents.map((kind) => quoted(mark, termOf.content(kind))),
    ...search.phrases.flatMap((phrase) => toConditions(mark, phrase)),
  ];
  if (parts.length === 0) return quoted(mark, termOf.all);
  return `(${[...new Set(parts)].join(' & ')}) | ${quoted(mark, termOf.cut)}`;
}

/** The random end of the id. Rooms may share it, so the room of each match is compared. */
function markOf(roomId: RoomId): string {
  return `${roomId.slice(-MARK_LENGTH).toLowerCase()}:`;
}

const termOf = {
  all: ':',
  /** Not all terms are in the index: the message is compared in each search of its room. */
  cut: ':-cut',
  author: (id: UserId) => `:u${id}`,
  content: (kind: SearchContent) => `:${kind}`,
};

function toConditions(mark: string, { words, isPrefix }: SearchPhrase): string[] {
  return words.flatMap(({ text, isRun, stems }, index) => {
    if (!isRun) {
      const isBeginning = isPrefix && index === words.length - 1;
      const others = stems.filter(
        (stem) => stem !== text && !(isBeginning && stem.startsWith(text)),
      );
      const own = `${quoted(mark, text)}${isBeginning ? ':*' : ''}`;
      return anyOf([own, ...others.map((stem) => quoted(mark, stem))]);
    }
    const pairs = pairsOf(text).slice(0, -1);
    // A character alone is the beginning of a pair, or the last of its run.
    if (pairs.length === 0) return `${quoted(mark, text)}:*`;
    return pairs.map((pair) => quoted(mark, pair));
  });
}

function anyOf(terms: readonly string[]): string[] {
  if (terms.length < 2) return [...terms];
  return [`(${terms.join(' | ')})`];
}

function quoted(mark: string, term: string): string {
  return `'${mark}${term}'`;
}

/** Each two characters in a row, and the last one. */
function pairsOf(run: string): string[] {
  const characters = [...run];
  return characters.map((character, index) => character + (characters[index + 1] ?? ''));
}
