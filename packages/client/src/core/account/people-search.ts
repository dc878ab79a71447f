/** Finds users by the beginning of their name. */
import type { UserPayload } from '@parley/protocol';
import type { Http } from '../connection/http.ts';

export class PeopleSearch {
  readonly #http: Http;

  constructor(http: Http) {
    this.#http = http;
  }

  /**
   * Users whose username begins with the text; at most 20.
   *
   * @throws {ChatError} `VALIDATION_ERROR`, `UNAUTHENTICATED`, `UNAVAILABLE`.
   */
  async find(text: string): Promise<readonly UserPayload[]> {
    const wanted = text.trim();
    if (wanted === '') return [];
    const answer = await this.#http.call('GET', `/api/people?q=${encodeURIComponent(wanted)}`);
    // The server documents the answer of this route: `{users: [{id, username}]}`.
    return (answer as { readonly users: readonly UserPayload[] }).users;
  }
}
