/**
 * The terms under which a message stands in the index of the search, and those that a search looks
 * up there. The index says which messages may match; `matchSearch` of the protocol decides.
 *
 * A word is a term. A run of a script without spaces has a term for each two characters in a row, and
 * its last character. Room, author and content are terms, too: they begin with a colon, which no word has.
 */
import {
  type Attachment,
  type RoomId,
  type SearchPhrase,
  type SearchQuery,
  searchWords,
  type UserId,
} from '@parley/protocol';

export type SearchContent = 'link' | 'file' | 'code';

interface IndexedMessage {
  readonly roomId: RoomId;
  readonly userId: UserId;
  readonly content: string;
  readonly attachments: readonly Attachment[];
}

const LINK = /https?:\/\/\S/i;
const CODE = /`[^`]+`|^```/m;

export function hasContent(
  kind: SearchContent,
  { content, attachments }: Pick<IndexedMessage, 'content' | 'attachments'>,
): boolean {
  if (kind === 'file') return attachments.length > 0;
  return (kind === 'link' ? LINK : CODE).test(content);
}

/** Separated by spaces, each once. */
export function toIndexTerms(message: IndexedMessage): string {
  const terms = new Set([termOf.room(message.roomId), termOf.author(message.userId)]);
  for (const kind of ['link', 'file', 'code'] as const) {
    if (hasContent(kind, message)) terms.add(termOf.content(kind));
  }
  for (const { text, isRun } of searchWords(message.content)) {
    if (isRun) for (const term of pairsOf(text)) terms.add(term);
    else terms.add(text);
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
  const anyOf = (terms: readonly string[]) =>
    terms.length === 0 ? [] : [`(${terms.map((term) => `'${term}'`).join(' | ')})`];
  const parts = [
    ...anyOf(search.roomIds.map(termOf.room)),
    ...anyOf(search.authorIds.map(termOf.author)),
    ...search.contents.flatMap((kind) => anyOf([termOf.content(kind)])),
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
  return words.flatMap(({ text, isRun }, index) => {
    if (!isRun) return `'${text}'${isPrefix && index === words.length - 1 ? ':*' : ''}`;
    const pairs = pairsOf(text).slice(0, -1);
    // A character alone is the beginning of a pair, or the last of its run.
    return pairs.length === 0 ? `'${text}':*` : pairs.map((pair) => `'${pair}'`);
  });
}

/** Each two characters in a row, and the last one. */
function pairsOf(run: string): string[] {
  const characters = [...run];
  return characters.map((character, index) => character + (characters[index + 1] ?? ''));
}
