/** Removes, bans and mutes members of a room, and gives them roles: HTTP requests of a user whose role allows it. */
import type { RoomId, RoomSettingsPayload, Timestamp, UserId } from '@parley/protocol';
import type { Http } from '../connection/http.ts';

export type RoomRole = NonNullable<RoomSettingsPayload['role']>;

/** Without `until`, it has no end. */
export interface RestrictionChoice {
  readonly until?: Date;
  /** Shown to the user; at most 500 characters. */
  readonly reason?: string;
}

/** A ban or mute that is in force. */
export interface RestrictedUser {
  readonly userId: UserId;
  readonly username: string;
  readonly displayName: string;
  readonly until?: Timestamp;
  /** Empty if none was given. */
  readonly reason: string;
  readonly createdBy: UserId;
  readonly createdAt: Timestamp;
}

interface Page {
  readonly hasMore: boolean;
  readonly next?: string;
}

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
    await this.#http.call('DELETE', pathOf(roomId, 'members', userId));
  }

  /**
   * Ends the membership of a user, who cannot join again until the ban ends.
   *
   * @throws {ChatError} As `remove`.
   */
  async ban(roomId: RoomId, userId: UserId, choice: RestrictionChoice = {}): Promise<void> {
    await this.#http.call('PUT', pathOf(roomId, 'bans', userId), choice);
  }

  /** @throws {ChatError} As `remove`. */
  async liftBan(roomId: RoomId, userId: UserId): Promise<void> {
    await this.#http.call('DELETE', pathOf(roomId, 'bans', userId));
  }

  /**
   * The user reads the room, and writes nothing in it until then.
   *
   * @throws {ChatError} As `remove`.
   */
  async mute(
    roomId: RoomId,
    userId: UserId,
    choice: RestrictionChoice & { readonly until: Date },
  ): Promise<void> {
    await this.#http.call('PUT', pathOf(roomId, 'mutes', userId), choice);
  }

  /** @throws {ChatError} As `remove`. */
  async liftMute(roomId: RoomId, userId: UserId): Promise<void> {
    await this.#http.call('DELETE', pathOf(roomId, 'mutes', userId));
  }

  /** A page, ordered by user id. @throws {ChatError} As `remove`. */
  async listBans(
    roomId: RoomId,
    after?: string,
  ): Promise<Page & { readonly bans: readonly RestrictedUser[] }> {
    return this.#list(roomId, 'bans', after);
  }

  /** A page, ordered by user id. @throws {ChatError} As `remove`. */
  async listMutes(
    roomId: RoomId,
    after?: string,
  ): Promise<Page & { readonly mutes: readonly RestrictedUser[] }> {
    return this.#list(roomId, 'mutes', after);
  }

  async #list<Answer>(roomId: RoomId, list: string, after: string | undefined): Promise<Answer> {
    const query = after === undefined ? '' : `?after=${encodeURIComponent(after)}`;
    return (await this.#http.call('GET', `${pathOf(roomId, list)}${query}`)) as Answer;
  }

  /**
   * Gives a user a role in a room, as a new member if necessary. A new owner takes the room over: the
   * former one becomes a moderator.
   *
   * @throws {ChatError} As `remove`; `CONFLICT` for the owner, without whom the room would have none.
   */
  async setRole(roomId: RoomId, userId: UserId, role: RoomRole): Promise<void> {
    await this.#http.call('PUT', pathOf(roomId, 'members', userId), { role });
  }
}

function pathOf(roomId: RoomId, list: string, userId?: UserId): string {
  const path = `/api/rooms/${encodeURIComponent(roomId)}/${list}`;
  return userId === undefined ? path : `${path}/${encodeURIComponent(userId)}`;
}
