/** How far a search has come, as a text that a client sends back. */
import { ChatError, type UserId } from '@parley/protocol';
import type { SearchPosition } from '../../ports/search-store.ts';
import type { Cursors } from '../primitives/cursors.ts';

export type SearchSort = 'relevance' | 'newest';

interface SearchCursor {
  /** Matches after this position in the order of time. */
  readonly after: SearchPosition | undefined;
  /** Ranked matches that earlier pages had; by time always 0. */
  readonly offset: number;
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
  if (cursor === undefined) return { after: undefined, offset: 0 };
  const position = cursors.open<Sealed>(LIST, reader, cursor);
  if (position?.sort === sort) return position;
  const message = "'cursor' must be that of the page before, with the same 'sort'";
  throw new ChatError('VALIDATION_ERROR', { field: 'cursor', message });
}
