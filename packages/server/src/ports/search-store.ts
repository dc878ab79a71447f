/**
 * The index of the texts of messages. Texts leave it in the transaction that changes them; stored ones
 * enter it afterwards, so that no message waits for the index.
 */
import type { RoomId, UserId } from '@parley/protocol';
import type { Message } from '../model/message.ts';
import type { IndexedSearch } from '../model/search-terms.ts';
import type { SearchLanguage } from '../model/stems.ts';

/** Where a message stands in the order of a search: latest first, then as `compareFound`. */
export interface SearchPosition {
  readonly createdAtMs: number;
  readonly roomId: RoomId;
  readonly sequence: number;
  /** Orders messages of the same time, before room and sequence; 0 if the store has no such order. */
  readonly tie: number;
}

/** Negative if `a` is before `b`. */
export function compareFound(a: SearchPosition, b: SearchPosition): number {
  const byTime = b.createdAtMs - a.createdAtMs || b.tie - a.tie;
  if (byTime !== 0) return byTime;
  if (a.roomId !== b.roomId) return a.roomId < b.roomId ? 1 : -1;
  return b.sequence - a.sequence;
}

/** Rooms of one step of a search: each has terms of its own in the index. */
export const SEARCHED_ROOMS_PER_STEP = 50;

export interface SearchStep extends IndexedSearch {
  /** The rooms that are searched, up to `SEARCHED_ROOMS_PER_STEP`. */
  readonly roomIds: readonly RoomId[];
  /** Messages of these times; the end is exclusive. */
  readonly fromMs: number;
  readonly beforeMs: number;
  /** Only messages after this position in the order, which are older. */
  readonly after: SearchPosition | undefined;
  /** Candidates in one step. */
  readonly limit: number;
}

/** A room that a user may be allowed to read. */
export interface SearchedRoom {
  readonly roomId: RoomId;
  /** No message of the room is later. */
  readonly lastMessageAtMs: number;
}

/**
 * The messages that a step may have left: `new` ones, which were stored or edited meanwhile; only
 * `older` ones, from before the index or of an import; none.
 */
export type Unindexed = 'new' | 'older' | 'none';

export interface SearchStore {
  /**
   * Up to `limit` rooms in which a search of the user looks for messages: those of the user, and public
   * ones if `isGuest` is false, of which others are left out first; none in which the user is banned now.
   */
  listSearchedRooms(
    userId: UserId,
    options: { readonly isGuest: boolean; readonly limit: number; readonly nowMs: number },
  ): Promise<SearchedRoom[]>;
  /** Messages of these rooms that may match, in order. Fewer than the limit are all. */
  searchMessages(step: SearchStep): Promise<SearchPosition[]>;
  /** Messages at these positions; missing ones are omitted. */
  readMessagesAt(
    positions: readonly Pick<SearchPosition, 'roomId' | 'sequence'>[],
  ): Promise<Message[]>;
  /**
   * Adds up to `limit` messages to the index, with the stems of their words in these languages: stored
   * or edited ones first, then older ones, unless `newOnly` is true.
   */
  indexMessages(
    limit: number,
    languages: readonly SearchLanguage[],
    newOnly?: boolean,
  ): Promise<Unindexed>;
}
