/** Blocks and unblocks users: HTTP requests of the logged-in user. */
import type { UserId, UserPayload } from '@parley/protocol';
import { type Http, readAll } from '../connection/http.ts';

export class BlockApi {
  readonly #http: Pick<Http, 'call'>;

  constructor({ http }: { readonly http: Pick<Http, 'call'> }) {
    this.#http = http;
  }

  /** Users whom the user has blocked, latest first. @throws {ChatError} `UNAUTHENTICATED`, `UNAVAILABLE`. */
  list(): Promise<readonly UserPayload[]> {
    return readAll(this.#http, '/api/blocks', 'users');
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
