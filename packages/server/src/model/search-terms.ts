/**
 * The terms under which a message stands in the index of the search, and those that a search looks
 * up there. The index says which messages may match; `matchSearch` of the protocol decides.
 *
 * A word is a term, and so is each of its stems. A run of a script without spaces has a term for each
 * two characters in a row, and its last character. Room, author and content are terms, too: they begin
 * with a colon, which no word has.
 */
import {
  type Attachment,
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

interface IndexedMessage {
  readonly roomId: RoomId;
  readonly userId: UserId;
  readonly content: string;
  readonly attachments: readonly Attachment[];
}

/** Separated by spaces, each once. */
export function toIndexTerms(message: IndexedMessage, stemsOf: StemsOf): string {
  const terms = new Set([termOf.room(message.roomId), termOf.author(message.userId)]);
  for (const kind of SEARCH_CONTENTS) {
    if (hasContent(kind, message)) terms.add(termOf.content(kind));
  }
  const { content } = message;
  for (const { text, isRun, start, end } of searchWords(content)) {
    const own = isRun ? pairsOf(text) : [text, ...stemsOf(content.slice(start, end))];
    for (const term of own) terms.add(term);
  }
  return [...terms].join(' ');
}

/** The parts of a search, each of which a message must have. */
export interface IndexedSearch {
  readonly phrases: SearchQuery['phrases'];
  /** Any of them; all if empty. */
  readonly roomIds: readonly RoomId[];
  readonly authorIds: readonly UserId[];
  readonly contents: readonly SearchContent[];
}

/**
 * A condition in the notation of PostgreSQL's `tsquery`, without words that need quotes: terms consist
 * of letters, digits, `:`, `-` and `_`. Empty if there is nothing to look up.
 */
export function toIndexCondition(search: IndexedSearch): string {
  const parts = [
    ...anyOf(search.roomIds.map(termOf.room).map(quoted)),
    ...anyOf(search.authorIds.map(termOf.author).map(quoted)),
    ...search.contents.map(termOf.content).map(quoted),
    ...search.phrases.flatMap(toConditions),
  ];
  return [...new Set(parts)].join(' & ');
}

const termOf = {
  room: (id: RoomId) => `:r${id}`,
  author: (id: UserId) => `:u${id}`,
  content: (kind: SearchContent) => `:${kind}`,
};

function toConditions({ words, isPrefix }: SearchPhrase): string[] {
  return words.flatMap(({ text, isRun, stems }, index) => {
    if (!isRun) {
      const isBeginning = isPrefix && index === words.length - 1;
      const others = stems.filter(
        (stem) => stem !== text && !(isBeginning && stem.startsWith(text)),
      );
      return anyOf([`${quoted(text)}${isBeginning ? ':*' : ''}`, ...others.map(quoted)]);
    }
    const pairs = pairsOf(text).slice(0, -1);
    // A character alone is the beginning of a pair, or the last of its run.
    return pairs.length === 0 ? `'${text}':*` : pairs.map(quoted);
  });
}

function anyOf(terms: readonly string[]): string[] {
  if (terms.length < 2) return [...terms];
  return [`(${terms.join(' | ')})`];
}

function quoted(term: string): string {
  return `'${term}'`;
}

/** Each two characters in a row, and the last one. */
function pairsOf(run: string): string[] {
  const characters = [...run];
  return characters.map((character, index) => character + (characters[index + 1] ?? ''));
}
