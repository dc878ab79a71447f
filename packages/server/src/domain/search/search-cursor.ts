/** How far a search has come, as a text that a client sends back. */
import { ChatError, type UserId } from '@parley/protocol';
import type { SearchPosition } from '../../ports/search-store.ts';
import type { Cursors } from '../primitives/cursors.ts';

export type SearchSort = 'relevance' | 'newest';

/** Where a match stands among those that are ranked together. */
export interface RankedPosition extends SearchPosition {
  readonly score: number;
}

/**
 * Matches that are ranked together stand between two positions in the order of time, so that they are the
 * same on each page, whatever is stored and deleted meanwhile.
 */
export interface SearchCursor {
  /** Matches after this position in the order of time. */
  readonly after?: SearchPosition | undefined;
  /** The last position of the matches that are ranked together; absent if there are no others. */
  readonly until?: SearchPosition | undefined;
  /** Ranked matches after this one. */
  readonly shown?: RankedPosition | undefined;
  /** Earlier pages had matches that are ranked before all of these. */
  readonly isLater?: boolean;
}

type Sealed = SearchCursor & { readonly sort: SearchSort };

const LIST = 'search 1';

export function sealSearchCursor(cursors: Cursors, reader: UserId, position: Sealed): string {
  return cursors.seal(LIST, reader, position);
}

/** @throws {ChatError} VALIDATION_ERROR for a text that no page of the user and this order has given. */
export function openSearchCursor(
  cursors: Cursors,
  reader: UserId,
  { sort, cursor }: { readonly sort: SearchSort; readonly cursor: string | undefined },
): SearchCursor {
  if (cursor === undefined) return {};
  const position = cursors.open<Sealed>(LIST, reader, cursor);
  if (position?.sort === sort) return position;
  const message = "'cursor' must be that of the page before, with the same 'sort'";
  throw new ChatError('VALIDATION_ERROR', { field: 'cursor', message });
}
