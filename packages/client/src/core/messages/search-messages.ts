/** Searches the messages of all rooms. Outside of the classes, so that pages load it when they need it. */
import type { SearchResultPayload } from '@parley/protocol';
import type { Http } from '../connection/http.ts';

export interface MessageSearchRequest {
  /** Words, `"phrases"`, `-excluded` words and operators such as `from:ana in:general has:link`. */
  readonly q?: string | undefined;
  /** Id or name. */
  readonly room?: string | undefined;
  /** Username, or the name that a user shows. */
  readonly from?: string | undefined;
  /** Dates or times in ISO 8601: `before` is exclusive, `after` inclusive. */
  readonly before?: string | undefined;
  readonly after?: string | undefined;
  /** Zone of the dates, such as `Europe/Berlin`; default UTC. */
  readonly timeZone?: string | undefined;
  readonly has?: 'link' | 'file' | 'code' | undefined;
  /** Default: `relevance`. */
  readonly sort?: 'relevance' | 'newest' | undefined;
  /** From the page before, with the same fields. */
  readonly cursor?: string | undefined;
  /** At most 50; default 20. */
  readonly limit?: number | undefined;
}

export interface FoundMessages {
  readonly results: readonly SearchResultPayload[];
  /** All matches; absent if there are more than the server has read at once. */
  readonly total?: number;
  /** Continues the search; absent at its end. A page may have no results and a cursor. */
  readonly cursor?: string;
  /** Messages may be missing: the server's index is behind, or not all rooms were searched. */
  readonly incomplete?: boolean;
  /** Operators whose values name no user or room that the user knows, as `from:ana`. */
  readonly unknown?: readonly string[];
}

/**
 * A page of the messages in rooms that the user may read now.
 *
 * @throws {ChatError} `VALIDATION_ERROR`, `NOT_FOUND` for the room, `RATE_LIMITED`, `UNAVAILABLE`.
 */
export async function searchMessages(
  { http }: { readonly http: Pick<Http, 'call'> },
  request: MessageSearchRequest,
): Promise<FoundMessages> {
  const query = Object.entries(request)
    .filter(([, value]) => value !== undefined && value !== '')
    .map(([name, value]) => `${name}=${encodeURIComponent(String(value))}`);
  // The server documents the answer of this route.
  return (await http.call('GET', `/api/search?${query.join('&')}`)) as FoundMessages;
}
