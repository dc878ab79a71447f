/**
 * Finds messages in the rooms that a user may read: what a search costs depends on the messages of these
 * rooms, and on no others. The index of the store names candidates; the text of each is compared again,
 * and its room is checked after it was read, so that a text that has changed, or a room that the user has
 * lost meanwhile, is not shown.
 */
import {
  type FoundText,
  fileTexts,
  hasContent,
  LIMITS,
  matchSearch,
  type RoomId,
  type SearchHighlight,
  type StemsOf,
} from '@parley/protocol';
import type { Message } from '../../model/message.ts';
import { countFitting, messageBytes, PAGE_BYTES_MAX } from '../../model/page-bytes.ts';
import type { Room } from '../../model/room.ts';
import type { User } from '../../model/user.ts';
import type { Clock } from '../../ports/clock.ts';
import {
  compareFound,
  SEARCHED_ROOMS_PER_STEP,
  type SearchedRoom,
  type SearchPosition,
} from '../../ports/search-store.ts';
import type { Store } from '../../ports/store.ts';
import { requireReadPermission } from '../core/read-permission.ts';
import type { UserRateLimits } from '../core/user-rate-limits.ts';
import { ConcurrencyLimiter } from '../primitives/concurrency-limiter.ts';
import type { Cursors } from '../primitives/cursors.ts';
import type { RoomDisplayNames } from '../rooms/room-display-names.ts';
import type { MessageIndex } from './message-index.ts';
import {
  openSearchCursor,
  type RankedPosition,
  type SearchCursor,
  type SearchSort,
  sealSearchCursor,
} from './search-cursor.ts';
import { type ResolvedSearch, resolveSearch, type SearchRequest } from './search-request.ts';

interface MessageSearchDependencies {
  readonly store: Pick<Store, 'accounts' | 'rooms' | 'search'>;
  readonly displayNames: Pick<RoomDisplayNames, 'findAll'>;
  readonly clock: Pick<Clock, 'nowMs'>;
  readonly cursors: Cursors;
  readonly userLimits: Pick<UserRateLimits, 'searches'>;
  readonly index: Pick<MessageIndex, 'complete'>;
  /** That of the index. */
  readonly stemsOf: StemsOf;
}

/** Latest matches that are ranked together. */
const RANKED_TOGETHER = 200;
/** Times that one page asks all rooms for candidates: texts may differ from the index. */
const ROUNDS_MAX = 5;
/**
 * UTF-16 code units of the texts that one page compares, and those between two reads of the store, in which
 * the process serves other users.
 */
const TEXT_MAX = 256 * 1024;
const TEXT_AT_ONCE = 8 * 1024;
const MESSAGES_AT_FIRST = 2;
/** Rooms that one search looks into; the user is told if there are more. */
const SEARCHED_ROOMS_MAX = 1000;
/**
 * Steps of all users that the store of a node runs at once, and one of a user: other reads wait for no
 * more than these.
 */
const STEPS_AT_ONCE_MAX = 2;
const STEPS_WAITING_MAX = 20_000;

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
  /** Names and descriptions of its files in which something was found. */
  readonly inFiles: readonly FoundText[];
}

export interface FoundPage {
  readonly results: readonly FoundMessage[];
  /** All matches, if they were read together. */
  readonly total: number | undefined;
  readonly cursor: string | undefined;
  /** Messages may be missing: the index is behind, or the user may read more rooms than are searched. */
  readonly isIncomplete: boolean;
  /** Operators of the text whose values name no user or room that the user knows. */
  readonly unknown: readonly string[];
}

const NOTHING: FoundPage = {
  ...{ results: [], total: 0, cursor: undefined, isIncomplete: false, unknown: [] },
};

interface Match extends RankedPosition {
  readonly message: Message;
  readonly highlights: readonly SearchHighlight[];
  readonly others: readonly FoundText[];
}

interface Matches {
  readonly matches: readonly Match[];
  readonly rooms: ReadonlyMap<RoomId, Room>;
  /** Of the latest candidate. */
  readonly first: SearchPosition | undefined;
  /** Where the search continues; undefined at its end. */
  readonly next: SearchPosition | undefined;
}

export class MessageSearch {
  readonly #dependencies: MessageSearchDependencies;
  readonly #steps = new ConcurrencyLimiter({
    ...{ atOnceMax: STEPS_AT_ONCE_MAX, perKeyMax: 1, waitingMax: STEPS_WAITING_MAX },
  });

  /** The texts of one user at a time are read and compared: the process serves others in between. */
  readonly #comparing = new ConcurrencyLimiter({ atOnceMax: 1, waitingMax: STEPS_WAITING_MAX });

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
    const { cursors, userLimits, index } = this.#dependencies;
    const position = openSearchCursor(cursors, user.id, { sort, cursor });
    await userLimits.searches.take(user.id);
    const { search, unknown } = await resolveSearch(this.#dependencies, user, request);
    if (search === undefined) return { ...NOTHING, unknown };
    const isIndexed = await index.complete();
    const { rooms, areAll } = await this.#roomsOf(user, search);
    const isRanked = sort === 'relevance';
    const found = await this.#collect(search, rooms, {
      ...position,
      limit: isRanked ? RANKED_TOGETHER : limit,
    });
    const { shown: last } = position;
    const ranked = isRanked ? found.matches.toSorted(byRank) : found.matches;
    const left = last === undefined ? ranked : ranked.filter((each) => byRank(last, each) < 0);
    const fitting = countFitting(left, PAGE_BYTES_MAX, ({ message }) => messageBytes(message));
    const shown = left.slice(0, Math.min(limit, fitting));
    const end = shown.length < left.length ? rankOf(shown.at(-1)) : undefined;
    const next =
      end !== undefined && isRanked
        ? { ...windowOf(position, found), shown: end }
        : (end ?? found.next) && { after: end ?? found.next, isLater: true };
    const isIncomplete = !isIndexed || !areAll;
    const areTogether = position.isLater !== true && found.next === undefined;
    return {
      results: await this.#toResults(user, shown, found.rooms),
      total: areTogether && !isIncomplete ? ranked.length : undefined,
      cursor: next && sealSearchCursor(cursors, user.id, { sort, ...next }),
      isIncomplete,
      unknown,
    };
  }

  /** Those with the latest messages first. */
  async #roomsOf(
    { id, role }: User,
    { roomIds }: ResolvedSearch,
  ): Promise<{ readonly rooms: readonly SearchedRoom[]; readonly areAll: boolean }> {
    if (roomIds.length > 0) {
      const rooms = roomIds.map((roomId) => ({ roomId, lastMessageAtMs: Infinity }));
      return { rooms, areAll: true };
    }
    const isGuest = role === 'guest';
    const limit = SEARCHED_ROOMS_MAX + 1;
    const { clock, store } = this.#dependencies;
    const options = { isGuest, limit, nowMs: clock.nowMs() };
    const found = await store.search.listSearchedRooms(id, options);
    const rooms = found
      .slice(0, SEARCHED_ROOMS_MAX)
      .toSorted((a, b) => b.lastMessageAtMs - a.lastMessageAtMs);
    return { rooms, areAll: found.length <= SEARCHED_ROOMS_MAX };
  }

  /**
   * Matches in these rooms, as far as the user may read them, latest first: all up to the position
   * `until`, or a number of them.
   */
  async #collect(
    search: ResolvedSearch,
    searched: readonly SearchedRoom[],
    { after: begin, until, limit }: Pick<SearchCursor, 'after' | 'until'> & { limit: number },
  ): Promise<Matches> {
    const { store, stemsOf } = this.#dependencies;
    const matches: Match[] = [];
    const rooms = new Map<RoomId, Room>();
    const bounded = {
      ...search,
      fromMs: Math.max(search.fromMs, until?.createdAtMs ?? 0),
    };
    // Some of the messages may have come later, or match since an edit.
    const countMax = until === undefined ? limit : 2 * limit;
    let textLeft = TEXT_MAX;
    let after = begin;
    let first: SearchPosition | undefined;
    for (let round = 0; round < ROUNDS_MAX; round += 1) {
      const wanted = countMax - matches.length;
      const page = { after, limit: wanted };
      const candidates = await this.#candidates(bounded, searched, page);
      const found = candidates.filter(
        (each) => until === undefined || compareFound(each, until) <= 0,
      );
      first ??= found[0];
      const matching: Match[] = [];
      let compared = 0;
      for (let some = MESSAGES_AT_FIRST; compared < found.length && textLeft > 0; ) {
        const positions = found.slice(compared, compared + some);
        const messages = await this.#comparing.run(search.userId, async () => {
          const read = await store.search.readMessagesAt(positions);
          const byPlace = new Map(read.map((each) => [placeOf(each), each]));
          for (const position of positions) {
            const message = byPlace.get(placeOf(position));
            if (message !== undefined)
              matching.push(...matchOf(message, position, search, stemsOf));
          }
          return read;
        });
        const length = messages.reduce((sum, { content }) => sum + content.length, 1);
        textLeft -= length;
        compared += positions.length;
        some = Math.max(1, Math.min(limit, Math.floor((TEXT_AT_ONCE * some) / length)));
      }
      for (const room of await this.#readable(search, matching)) rooms.set(room.id, room);
      matches.push(...matching.filter(({ message }) => rooms.has(message.roomId)));
      const isEnd = found.length < wanted && compared === found.length;
      after = isEnd ? until : found[compared - 1];
      if (isEnd || textLeft <= 0 || matches.length === countMax) break;
    }
    return { matches, rooms, first, next: after };
  }

  /** The latest candidates of all rooms, some rooms at a time, so that other reads come in between. */
  async #candidates(
    search: ResolvedSearch,
    searched: readonly SearchedRoom[],
    page: { readonly after: SearchPosition | undefined; readonly limit: number },
  ): Promise<SearchPosition[]> {
    const { after, limit } = page;
    let found: SearchPosition[] = [];
    for (let index = 0; index < searched.length; index += SEARCHED_ROOMS_PER_STEP) {
      const some = searched.slice(index, index + SEARCHED_ROOMS_PER_STEP);
      const last = found[limit - 1];
      // The other rooms have older messages only.
      if (last !== undefined && last.createdAtMs > (some[0]?.lastMessageAtMs ?? 0)) break;
      const roomIds = some.map(({ roomId }) => roomId);
      const step = { ...search, roomIds, after, limit };
      const more = await this.#steps.run(search.userId, () =>
        this.#dependencies.store.search.searchMessages(step),
      );
      found = [...found, ...more].toSorted(compareFound).slice(0, limit);
    }
    return found;
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
    return matches.map(({ message, highlights, others: inFiles }) => ({
      message,
      roomName: titles.get(message.roomId)?.title ?? '',
      highlights,
      inFiles,
    }));
  }
}

function placeOf({ roomId, sequence }: Pick<SearchPosition, 'roomId' | 'sequence'>): string {
  return `${roomId} ${sequence}`;
}

function matchOf(
  message: Message,
  position: SearchPosition,
  search: ResolvedSearch,
  stemsOf: StemsOf,
): Match[] {
  const { roomIds, authorIds, contents, fromMs, beforeMs } = search;
  const { roomId, userId, createdAtMs, content, attachments } = message;
  const fits =
    !message.isDeleted &&
    (roomIds.length === 0 || roomIds.includes(roomId)) &&
    (authorIds.length === 0 || authorIds.includes(userId)) &&
    createdAtMs >= fromMs &&
    createdAtMs < beforeMs &&
    contents.every((kind) => hasContent(kind, message));
  const others = fileTexts(attachments);
  const match = fits ? matchSearch(content, search, stemsOf, others) : undefined;
  return match === undefined ? [] : [{ ...position, message, ...match }];
}

/** Matches of the same score in the order of time. */
function byRank(a: RankedPosition, b: RankedPosition): number {
  return b.score - a.score || compareFound(a, b);
}

function rankOf(match: Match | undefined): RankedPosition | undefined {
  if (match === undefined) return undefined;
  const { score, createdAtMs, tie, roomId, sequence } = match;
  return { score, createdAtMs, tie, roomId, sequence };
}

/** The matches that the next page ranks together: from the latest match of the first page on. */
function windowOf(
  { after, isLater = false }: SearchCursor,
  { first, next }: Pick<Matches, 'first' | 'next'>,
): SearchCursor {
  const before = first && { ...first, tie: first.tie + 1, sequence: first.sequence + 1 };
  return { after: after ?? before, until: next, isLater };
}
