/**
 * Finds messages in the rooms that a user may read. The index of the store names candidates; the text
 * of each is compared again, and its room is checked after it was read, so that a text that has
 * changed, or a room that the user has lost meanwhile, is not shown.
 */
import {
  hasContent,
  LIMITS,
  matchSearch,
  type RoomId,
  type SearchHighlight,
  type StemsOf,
} from '@parley/protocol';
import type { Message } from '../../model/message.ts';
import type { Room } from '../../model/room.ts';
import type { User } from '../../model/user.ts';
import type { SearchPosition } from '../../ports/search-store.ts';
import type { Store } from '../../ports/store.ts';
import { requireReadPermission } from '../core/read-permission.ts';
import type { UserRateLimits } from '../core/user-rate-limits.ts';
import type { RoomDisplayNames } from '../rooms/room-display-names.ts';
import type { MessageIndex } from './message-index.ts';
import { formatSearchCursor, parseSearchCursor, type SearchSort } from './search-cursor.ts';
import { type ResolvedSearch, resolveSearch, type SearchRequest } from './search-request.ts';

interface MessageSearchDependencies {
  readonly store: Pick<Store, 'accounts' | 'rooms' | 'search'>;
  readonly displayNames: Pick<RoomDisplayNames, 'findAll'>;
  readonly userLimits: Pick<UserRateLimits, 'searches'>;
  readonly index: Pick<MessageIndex, 'complete'>;
  /** That of the index. */
  readonly stemsOf: StemsOf;
}

/** Latest matches that are ranked together. */
const RANKED_TOGETHER = 200;
/** Steps of the store in one page; each reads a bounded number of candidates. */
const STEPS_MAX = 5;

interface SearchPageRequest extends SearchRequest {
  readonly sort?: SearchSort | undefined;
  readonly cursor?: string | undefined;
  readonly limit?: number | undefined;
}

interface FoundMessage {
  readonly message: Message;
  /** As the user sees it. */
  readonly roomName: string;
  readonly highlights: readonly SearchHighlight[];
}

export interface FoundPage {
  readonly results: readonly FoundMessage[];
  /** All matches, if they were read together. */
  readonly total: number | undefined;
  readonly cursor: string | undefined;
}

interface Match {
  readonly message: Message;
  readonly highlights: readonly SearchHighlight[];
  readonly score: number;
}

interface Matches {
  readonly matches: readonly Match[];
  readonly rooms: ReadonlyMap<RoomId, Room>;
  /** Where the search continues; undefined at its end. */
  readonly next: SearchPosition | undefined;
}

export class MessageSearch {
  readonly #dependencies: MessageSearchDependencies;

  constructor(dependencies: MessageSearchDependencies) {
    this.#dependencies = dependencies;
  }

  /**
   * A page of the messages that match; one that had to search long may have fewer results than the
   * limit, or none, and a cursor.
   *
   * @throws {ChatError} VALIDATION_ERROR, RATE_LIMITED, UNAVAILABLE; NOT_FOUND or FORBIDDEN for the
   *   field `room`.
   */
  async search(
    user: User,
    {
      sort = 'relevance',
      cursor,
      limit = LIMITS.searchResultsDefault,
      ...request
    }: SearchPageRequest,
  ): Promise<FoundPage> {
    const { userLimits, index } = this.#dependencies;
    const { after, offset } = parseSearchCursor(sort, cursor);
    await userLimits.searches.take(user.id);
    const search = await resolveSearch(this.#dependencies, user, request);
    if (search === undefined) return { results: [], total: 0, cursor: undefined };
    // The pages after the first one go back in time.
    if (after === undefined) await index.complete();
    const isRanked = sort === 'relevance';
    const found = await this.#collect(search, after, isRanked ? RANKED_TOGETHER : limit);
    const ranked = isRanked ? found.matches.toSorted(byScore) : found.matches;
    const shown = ranked.slice(offset, offset + limit);
    const end = offset + limit;
    const rest = end < ranked.length ? { after, offset: end } : undefined;
    const later = found.next && { after: found.next, offset: 0 };
    const next = rest ?? later;
    return {
      results: await this.#toResults(user, shown, found.rooms),
      total: after === undefined && later === undefined ? ranked.length : undefined,
      cursor: next && formatSearchCursor(sort, next),
    };
  }

  /** Matches in rooms that the user may read, latest first, up to a number of them. */
  async #collect(
    search: ResolvedSearch,
    begin: SearchPosition | undefined,
    limit: number,
  ): Promise<Matches> {
    const { store, stemsOf } = this.#dependencies;
    const matches: Match[] = [];
    const rooms = new Map<RoomId, Room>();
    let after = begin;
    for (let step = 0; step < STEPS_MAX; step += 1) {
      const wanted = limit - matches.length;
      const { found, next } = await store.search.searchMessages({
        ...search,
        after,
        limit: wanted,
      });
      const messages = found.length === 0 ? [] : await store.search.readMessagesAt(found);
      const places = new Map(found.map((each, index) => [placeOf(each), index]));
      const inOrder = messages.toSorted(
        (a, b) => (places.get(placeOf(a)) ?? 0) - (places.get(placeOf(b)) ?? 0),
      );
      const matching = inOrder.flatMap((message) => matchOf(message, search, stemsOf));
      for (const room of await this.#readable(search, matching)) rooms.set(room.id, room);
      matches.push(...matching.filter(({ message }) => rooms.has(message.roomId)));
      after = next;
      if (next === undefined || matches.length === limit) break;
    }
    return { matches, rooms, next: after };
  }

  /** Read after the messages: a user who has lost access meanwhile gets nothing stored since. */
  async #readable({ userId }: ResolvedSearch, matches: readonly Match[]): Promise<Room[]> {
    const { rooms } = this.#dependencies.store;
    const ids = [...new Set(matches.map(({ message }) => message.roomId))];
    const found = await Promise.all(ids.map((id) => rooms.findRoom({ kind: 'id', id }, userId)));
    return found.flatMap((each) => {
      try {
        return [requireReadPermission(each).room];
      } catch {
        return [];
      }
    });
  }

  async #toResults(
    user: User,
    matches: readonly Match[],
    rooms: ReadonlyMap<RoomId, Room>,
  ): Promise<FoundMessage[]> {
    const shown = new Set(matches.map(({ message }) => message.roomId));
    const titled = [...rooms.values()].filter(({ id }) => shown.has(id));
    const titles = await this.#dependencies.displayNames.findAll(user.id, titled);
    return matches.map(({ message, highlights }) => ({
      message,
      roomName: titles.get(message.roomId)?.title ?? '',
      highlights,
    }));
  }
}

function placeOf({ roomId, sequence }: Pick<SearchPosition, 'roomId' | 'sequence'>): string {
  return `${roomId} ${sequence}`;
}

function matchOf(message: Message, search: ResolvedSearch, stemsOf: StemsOf): Match[] {
  const { roomIds, authorIds, contents, fromMs, beforeMs } = search;
  const { roomId, userId, createdAtMs, content } = message;
  const fits =
    !message.isDeleted &&
    (roomIds.length === 0 || roomIds.includes(roomId)) &&
    (authorIds.length === 0 || authorIds.includes(userId)) &&
    createdAtMs >= fromMs &&
    createdAtMs < beforeMs &&
    contents.every((kind) => hasContent(kind, message));
  const match = fits ? matchSearch(content, search, stemsOf) : undefined;
  return match === undefined ? [] : [{ message, ...match }];
}

/** Matches of the same score keep their order. */
function byScore(a: Match, b: Match): number {
  return b.score - a.score;
}
