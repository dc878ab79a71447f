/** Removes and bans members of a room, and gives them roles: HTTP requests of a user whose role allows it. */
import type { RoomId, RoomSettingsPayload, UserId } from '@parley/protocol';
import type { Http } from '../connection/http.ts';

export type RoomRole = NonNullable<RoomSettingsPayload['role']>;

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

  /**
   * Gives a user a role in a room, as a new member if necessary. A new owner takes the room over: the
   * former one becomes a moderator.
   *
   * @throws {ChatError} As `remove`; `CONFLICT` for the owner, without whom the room would have none.
   */
  async setRole(roomId: RoomId, userId: UserId, role: RoomRole): Promise<void> {
    const path = `${pathOf(roomId)}/members/${encodeURIComponent(userId)}`;
    await this.#http.call('PUT', path, { role });
  }
}

function pathOf(roomId: RoomId): string {
  return `/api/rooms/${encodeURIComponent(roomId)}`;
}
