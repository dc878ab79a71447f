/** Lists the members of a room. Outside of the classes, so that pages load it when they need it. */
import type { MemberPayload, RoomId, UserId } from '@parley/protocol';
import type { Http } from '../connection/http.ts';

export interface MembersPage {
  /** By username; with the role in the room. */
  readonly members: readonly MemberPayload[];
  /** All who belong to the room, those who are not found included. */
  readonly memberTotal: number;
  readonly hasMore: boolean;
  /** Continues the list. Absent although `hasMore`: the text fits more members than a search lists. */
  readonly next?: UserId;
}

/**
 * A page of the users who belong to a room, whether or not they have it open; at most 200.
 *
 * @param q Only those one of whose names has words that begin with its words.
 * @param after From the page before.
 * @throws {ChatError} `NOT_FOUND`, `FORBIDDEN`, `VALIDATION_ERROR`, `RATE_LIMITED`, `UNAVAILABLE`.
 */
export async function listMembers(
  { http }: { readonly http: Pick<Http, 'call'> },
  roomId: RoomId,
  { q, after }: { readonly q?: string | undefined; readonly after?: UserId | undefined } = {},
): Promise<MembersPage> {
  const query = Object.entries({ q, after })
    .filter(([, value]) => value !== undefined && value !== '')
    .map(([name, value]) => `${name}=${encodeURIComponent(String(value))}`);
  const parameters = query.length === 0 ? '' : `?${query.join('&')}`;
  const path = `/api/rooms/${encodeURIComponent(roomId)}/members${parameters}`;
  // The server documents the answer of this route.
  return (await http.call('GET', path)) as MembersPage;
}
