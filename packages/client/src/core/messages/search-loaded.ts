/**
 * Searches the messages that this client has: those of open rooms, also without a connection. Reads
 * what the user has written as the server does, but knows no other forms of words. Outside of the classes, as `searchMessages`.
 */
import {
  type FoundText,
  fileTexts,
  foldName,
  hasContent,
  matchSearch,
  parseSearch,
  type RoomId,
  SEARCH_CONTENTS,
  type SearchContent,
  type SearchHighlight,
  type UserId,
} from '@parley/protocol';
import type { ClientSnapshot } from '../snapshot.ts';
import type { Message } from './message.ts';
import type { MessageSearchRequest } from './search-messages.ts';

type Searched = Pick<ClientSnapshot, 'conversations' | 'directory' | 'rooms'>;

export interface LoadedMatch {
  readonly message: Message;
  /** Places of the matches, as `searchMessages` has them. */
  readonly highlights: readonly SearchHighlight[];
  /** Names and descriptions of its files in which something was found. */
  readonly others: readonly FoundText[];
}

/**
 * All that match, in the order of `sort`. An operator with a value that nothing has, such as a time
 * that is none, finds nothing.
 */
export function searchLoaded(
  snapshot: Searched,
  { q, sort = 'relevance' }: Pick<MessageSearchRequest, 'sort'> & { readonly q: string },
  { userId }: { readonly userId: UserId },
): readonly LoadedMatch[] {
  const query = parseSearch(q);
  const wanted = [query.phrases, query.from, query.in, query.has];
  if (wanted.every((terms) => terms.length === 0)) return [];
  const fromMs = Math.max(...[0, ...query.after].map((time) => toMs(time)));
  const beforeMs = Math.min(
    Number.MAX_SAFE_INTEGER,
    // The same date for both is this day.
    ...query.before.map((time) => toMs(time, query.after.includes(time) ? 1 : 0)),
  );
  const fits = (message: Message): boolean =>
    message.isDeleted !== true &&
    message.sentAtMs >= fromMs &&
    message.sentAtMs < beforeMs &&
    isAnyOf(query.from, (name) => isFrom(message, name, userId)) &&
    query.has.every((kind) => hasKind(kind.toLowerCase(), message));
  const found = [...snapshot.rooms.values()]
    .filter((room) => room.kind === 'open')
    .filter(({ id }) => isAnyOf(query.in, (name) => isNamed(snapshot, id, name)))
    .flatMap(({ log }) => log.messages)
    .filter(fits)
    .flatMap((message) => {
      const others = fileTexts(message.attachments);
      const match = matchSearch(message.content, query, undefined, others);
      return match === undefined ? [] : [{ message, ...match }];
    })
    .toSorted((a, b) => b.message.sentAtMs - a.message.sentAtMs);
  // Matches of the same score keep their order.
  return sort === 'newest' ? found : found.toSorted((a, b) => b.score - a.score);
}

/**
 * Not a number, which no time is before or after, if it is not one. A date is a day of this device.
 *
 * @param daysLater Of a date.
 */
function toMs(time: number | string, daysLater = 0): number {
  if (typeof time === 'number') return time;
  if (!/^\d{4}-\d\d-\d\d$/.test(time)) return Date.parse(time);
  const day = new Date(`${time}T00:00`);
  return day.setDate(day.getDate() + daysLater);
}

function isAnyOf(values: readonly string[], fits: (value: string) => boolean): boolean {
  return values.length === 0 || values.some(fits);
}

function isFrom(
  message: Pick<Message, 'userId' | 'sender'>,
  written: string,
  userId: UserId,
): boolean {
  const name = written.replace(/^@/, '').toLowerCase();
  return name === 'me' ? message.userId === userId : message.sender.toLowerCase() === name;
}

function hasKind(kind: string, message: Message): boolean {
  // Of the list, it is of its type.
  return (
    (SEARCH_CONTENTS as readonly string[]).includes(kind) &&
    hasContent(kind as SearchContent, message)
  );
}

function isNamed({ conversations, directory, rooms }: Searched, id: RoomId, name: string): boolean {
  const conversation = conversations.get(id);
  const listed = directory.rooms.find((room) => room.id === id);
  const room = rooms.get(id);
  const names = [conversation?.name, conversation?.person?.username, listed?.name];
  if (room?.kind === 'open') names.push(room.name);
  const wanted = foldName(name.replace(/^[#@]/, ''));
  return names.some((each) => each !== undefined && foldName(each) === wanted);
}
