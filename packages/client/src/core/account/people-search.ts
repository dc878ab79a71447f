/** Finds users by the beginning of their name. */
import type { RoomId, UserId, UserPayload } from '@parley/protocol';
import type { Http } from '../connection/http.ts';

/** A user who was found; `isMember` only if a room was given. */
export type FoundUser = UserPayload & { readonly isMember?: boolean };

export class PeopleSearch {
  readonly #http: Http;

  constructor(http: Http) {
    this.#http = http;
  }

  /**
   * Users whose names have words that begin with the text; at most 20. With a room, its members come
   * first, also for an empty text.
   *
   * @throws {ChatError} `VALIDATION_ERROR`, `UNAUTHENTICATED`, `UNAVAILABLE`.
   */
  async find(
    text: string,
    { roomId }: { readonly roomId?: RoomId } = {},
  ): Promise<readonly FoundUser[]> {
    const wanted = text.trim();
    if (wanted === '' && roomId === undefined) return [];
    const room = roomId === undefined ? '' : `&roomId=${roomId}`;
    const answer = await this.#http.call(
      'GET',
      `/api/people?q=${encodeURIComponent(wanted)}${room}`,
    );
    return usersOf(answer);
  }

  /**
   * The users with these ids, of Parley or of the application that authenticates them; at most 50.
   *
   * @throws {ChatError} As `find`.
   */
  async list(ids: readonly (UserId | string)[]): Promise<readonly UserPayload[]> {
    const listed = ids.map(encodeURIComponent).join(',');
    return usersOf(await this.#http.call('GET', `/api/users?ids=${listed}`));
  }
}

function usersOf(answer: unknown): readonly FoundUser[] {
  // The server documents the answer of these routes: `{users: [{id, username}]}`.
  return (answer as { readonly users: readonly FoundUser[] }).users;
}
