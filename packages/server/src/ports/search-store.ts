/**
 * The index of the texts of messages. Texts leave it in the transaction that changes them; stored ones
 * enter it afterwards, so that no message waits for the index.
 */
import type { RoomId, UserId } from '@parley/protocol';
import type { Message } from '../model/message.ts';
import type { IndexedSearch } from '../model/search-terms.ts';
import type { SearchLanguage } from '../model/stems.ts';

/** Where a message stands in the order of a search: latest first, then by room and sequence. */
export interface SearchPosition {
  readonly createdAtMs: number;
  readonly roomId: RoomId;
  readonly sequence: number;
}

export interface SearchStep extends IndexedSearch {
  readonly userId: UserId;
  /** Messages of these times; the end is exclusive. */
  readonly fromMs: number;
  readonly beforeMs: number;
  /** Only messages after this position in the order, which are older. */
  readonly after: SearchPosition | undefined;
  /** Candidates in one step. */
  readonly limit: number;
}

export interface SearchCandidates {
  /** Messages that may match, in rooms that the user may be allowed to read. */
  readonly found: readonly SearchPosition[];
  /** Where the next step continues; undefined at the end of the search. */
  readonly next: SearchPosition | undefined;
}

/**
 * The messages that a step may have left: `new` ones, which were stored or edited meanwhile; only
 * `older` ones, from before the index or of an import; none.
 */
export type Unindexed = 'new' | 'older' | 'none';

export interface SearchStore {
  /** One step of a search: it reads a bounded number of matches. */
  searchMessages(step: SearchStep): Promise<SearchCandidates>;
  /** Messages at these positions; missing ones are omitted. */
  readMessagesAt(
    positions: readonly Pick<SearchPosition, 'roomId' | 'sequence'>[],
  ): Promise<Message[]>;
  /**
   * Adds up to `limit` messages to the index, with the stems of their words in these languages: stored
   * or edited ones first, then older ones.
   */
  indexMessages(limit: number, languages: readonly SearchLanguage[]): Promise<Unindexed>;
}
