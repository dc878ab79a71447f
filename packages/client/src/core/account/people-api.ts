/** Finds people, and blocks them: HTTP requests of the logged-in user. */
import type { UserId, UserPayload } from '@parley/protocol';
import type { Http } from '../connection/http.ts';

export class PeopleApi {
  readonly #http: Http;

  constructor(http: Http) {
    this.#http = http;
  }

  /**
   * Users whose username begins with the text; at most 20.
   *
   * @throws {ChatError} `VALIDATION_ERROR`, `UNAUTHENTICATED`, `UNAVAILABLE`.
   */
  async search(text: string): Promise<readonly UserPayload[]> {
    const wanted = text.trim();
    if (wanted === '') return [];
    return usersOf(await this.#http.call('GET', `/api/people?q=${encodeURIComponent(wanted)}`));
  }

  /** Users whom the user has blocked, latest first. @throws {ChatError} As `search`. */
  async listBlocked(): Promise<readonly UserPayload[]> {
    return usersOf(await this.#http.call('GET', '/api/blocks'));
  }

  /**
   * Neither of the two sees the presence of the other, or can write to the other directly.
   *
   * @throws {ChatError} `NOT_FOUND`, `RATE_LIMITED`, `UNAVAILABLE`.
   */
  async block(userId: UserId): Promise<void> {
    await this.#http.call('PUT', `/api/blocks/${encodeURIComponent(userId)}`);
  }

  /** @throws {ChatError} `NOT_FOUND` if the user was not blocked, `UNAVAILABLE`. */
  async unblock(userId: UserId): Promise<void> {
    await this.#http.call('DELETE', `/api/blocks/${encodeURIComponent(userId)}`);
  }
}

function usersOf(answer: unknown): readonly UserPayload[] {
  // The server documents the answer of these routes: `{users: [{id, username}]}`.
  return (answer as { readonly users: readonly UserPayload[] }).users;
}
