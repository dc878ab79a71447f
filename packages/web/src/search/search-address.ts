/** The search in the address of the page, with the names of the parameters of `GET /api/search`. Pure. */
import { SEARCH_PATH } from '../route.ts';

export interface Search {
  /** With its operators. */
  readonly text: string;
  readonly sort: 'relevance' | 'newest';
}

/** Of a text, in UTF-16 code units. */
export const SEARCH_LENGTH_MAX = 500;

export function searchPath({ text, sort }: Search): string {
  const query = new URLSearchParams({
    ...(text !== '' && { q: text }),
    ...(sort !== 'relevance' && { sort }),
  }).toString();
  return query === '' ? SEARCH_PATH : `${SEARCH_PATH}?${query}`;
}

export function parseSearch(query: string): Search {
  const parameters = new URLSearchParams(query);
  const sort = parameters.get('sort') === 'newest' ? 'newest' : 'relevance';
  return { text: (parameters.get('q') ?? '').slice(0, SEARCH_LENGTH_MAX), sort };
}
