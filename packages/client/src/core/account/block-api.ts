/** Blocks and unblocks users: HTTP requests of the logged-in user. */
import type { UserId, UserPayload } from '@parley/protocol';
import type { Http } from '../connection/http.ts';

export class BlockApi {
  readonly #http: Http;

  constructor(http: Http) {
    this.#http = http;
  }

  /** Users whom the user has blocked, latest first. @throws {ChatError} `UNAUTHENTICATED`, `UNAVAILABLE`. */
  async list(): Promise<readonly UserPayload[]> {
    const answer = await this.#http.call('GET', '/api/blocks');
    // The server documents the answer of this route: `{users: [{id, username}]}`.
    return (answer as { readonly users: readonly UserPayload[] }).users;
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
