/** How far a search has come, as a text that a client sends back. */
import { ChatError, type RoomId } from '@parley/protocol';
import type { SearchPosition } from '../../ports/search-store.ts';

export type SearchSort = 'relevance' | 'newest';

interface SearchCursor {
  /** Matches after this position in the order of time. */
  readonly after: SearchPosition | undefined;
  /** Ranked matches that earlier pages had; by time always 0. */
  readonly offset: number;
}

const CURSOR = /^(?:n|r(\d{1,4}))(?:\.(\d{1,15})\.(\d{1,7})\.(\d{1,15})\.([\w-]{0,64}))?$/;
const LETTERS = { newest: 'n', relevance: 'r' } as const;

export function formatSearchCursor(sort: SearchSort, { after, offset }: SearchCursor): string {
  const begin = sort === 'newest' ? 'n' : `r${offset}`;
  if (after === undefined) return begin;
  return [begin, after.createdAtMs, after.tie, after.sequence, after.roomId].join('.');
}

/** @throws {ChatError} VALIDATION_ERROR for a text that no page before has given. */
export function parseSearchCursor(sort: SearchSort, text: string | undefined): SearchCursor {
  if (text === undefined) return { after: undefined, offset: 0 };
  const found = text.startsWith(LETTERS[sort]) ? CURSOR.exec(text) : null;
  if (found === null) {
    const message = "'cursor' must be that of the page before, with the same 'sort'";
    throw new ChatError('VALIDATION_ERROR', { field: 'cursor', message });
  }
  const [, offset = '0', createdAtMs, tie, sequence, roomId = ''] = found;
  const after =
    createdAtMs === undefined
      ? undefined
      : // A position only: no room is looked up by it.
        {
          ...{ createdAtMs: Number(createdAtMs), tie: Number(tie), sequence: Number(sequence) },
          roomId: roomId as RoomId,
        };
  return { after, offset: Number(offset) };
}
