/** Removes and bans members of a room: HTTP requests of a user whose role allows it. */
import type { RoomId, UserId } from '@parley/protocol';
import type { Http } from '../connection/http.ts';

export class ModerationApi {
  readonly #http: Pick<Http, 'call'>;

  constructor({ http }: { readonly http: Pick<Http, 'call'> }) {
    this.#http = http;
  }

  /**
   * Ends the membership of a user, who may join again.
   *
   * @throws {ChatError} `FORBIDDEN`, `NOT_FOUND`, `RATE_LIMITED`, `UNAVAILABLE`.
   */
  async remove(roomId: RoomId, userId: UserId): Promise<void> {
    await this.#http.call('DELETE', `${pathOf(roomId)}/members/${encodeURIComponent(userId)}`);
  }

  /** Ends the membership of a user, who cannot join again. @throws {ChatError} As `remove`. */
  async ban(roomId: RoomId, userId: UserId): Promise<void> {
    await this.#http.call('PUT', `${pathOf(roomId)}/bans/${encodeURIComponent(userId)}`);
  }
}

function pathOf(roomId: RoomId): string {
  return `/api/rooms/${encodeURIComponent(roomId)}`;
}
