/**
 * Sessions of the external application, which creates and keeps them; Parley only reads them.
 * Sessions that have connections here are read periodically: sessions that end there end here.
 */

import type { Identity } from '../../model/identity.ts';
import type { Clock } from '../../ports/clock.ts';
import type { ExternalSession, ExternalSessionStore } from '../../ports/external-session-store.ts';
import { isStorable } from '../primitives/text-validation.ts';
import type { ExternalUsers } from './external-users.ts';
import type { LiveSessions } from './live-sessions.ts';

/** The issuer under which the application's users are stored. */
const ISSUER = 'session-store';
const KEY_PREFIX = 'platform ';
/** Longer ids are not made by any session library. */
const ID_LENGTH_MAX = 256;
const USER_ID_LENGTH_MAX = 256;
/** Maximum number of records in one read. */
const PAGE = 200;
/**
 * A session is read again this long before its end; longer than the interval between two checks.
 */
const ENDING_MS = 2500;

export class ExternalSessions {
  readonly #records: ExternalSessionStore;
  readonly #liveSessions: Pick<LiveSessions, 'cut' | 'keysExpiringBefore' | 'renew'>;
  readonly #users: ExternalUsers;
  readonly #clock: Clock;

  constructor(dependencies: {
    readonly records: ExternalSessionStore;
    readonly liveSessions: Pick<LiveSessions, 'cut' | 'keysExpiringBefore' | 'renew'>;
    readonly users: ExternalUsers;
    readonly clock: Clock;
  }) {
    this.#records = dependencies.records;
    this.#liveSessions = dependencies.liveSessions;
    this.#users = dependencies.users;
    this.#clock = dependencies.clock;
  }

  get isUp(): boolean {
    return this.#records.isUp;
  }

  /**
   * Finds the identity of a session; undefined if it is unknown, over, or belongs to another user
   * than `whose`.
   *
   * @throws {ChatError} UNAVAILABLE.
   */
  async authenticate(id: string, whose?: string): Promise<Identity | undefined> {
    if (id.length > ID_LENGTH_MAX) return undefined;
    const [record] = await this.#records.read([id]);
    if (!this.#holds(record)) return undefined;
    const { userId: subject, role: externalRole, expiresAtMs } = record;
    if (whose !== undefined && whose !== subject) return undefined;
    const { username, displayName, avatarUrl } = record;
    const claims = { issuer: ISSUER, subject, username, displayName, avatarUrl };
    const user = await this.#users.findOrCreate(claims);
    return { user, sessionKey: toKey(id, subject), expiresAtMs, isFixed: true, externalRole };
  }

  /** As `authenticate`, by the session key that one of Parley's tokens contains. */
  async authenticateKey(sessionKey: string): Promise<Identity | undefined> {
    if (!isOurs(sessionKey)) return undefined;
    const { id, userId } = fromKey(sessionKey);
    return this.authenticate(id, userId);
  }

  /** Whether the application keeps the session of this key. */
  keeps(sessionKey: string): boolean {
    return isOurs(sessionKey);
  }

  /** Ends the session for the application too. @throws {ChatError} UNAVAILABLE. */
  async end(sessionKey: string): Promise<void> {
    if (!isOurs(sessionKey)) return;
    await this.#records.delete(fromKey(sessionKey).id);
    this.#liveSessions.cut(sessionKey, 'logout');
  }

  /**
   * Ends the connections of all sessions that are over or belong to another user by now. While
   * sessions cannot be read, each lasts until its last known end.
   */
  check(): Promise<void> {
    return this.#check(this.#liveSessions.keysExpiringBefore(Number.POSITIVE_INFINITY));
  }

  /** As `check`, for sessions that are about to end: the application may have renewed them. */
  checkEnding(): Promise<void> {
    return this.#check(this.#liveSessions.keysExpiringBefore(this.#clock.nowMs() + ENDING_MS));
  }

  async #check(live: readonly string[]): Promise<void> {
    const keys = live.filter(isOurs);
    for (let first = 0; first < keys.length; first += PAGE) {
      const page = keys.slice(first, first + PAGE);
      const records = await this.#records.read(page.map((key) => fromKey(key).id));
      for (const [index, key] of page.entries()) {
        const record = records[index];
        if (this.#holds(record) && record.userId === fromKey(key).userId) {
          this.#liveSessions.renew(key, record.expiresAtMs);
        } else {
          this.#liveSessions.cut(key, 'ended');
        }
      }
    }
  }

  #holds(record: ExternalSession | undefined): record is ExternalSession {
    if (record === undefined || record.userId.length > USER_ID_LENGTH_MAX) return false;
    return isStorable(record.userId) && record.expiresAtMs > this.#clock.nowMs();
  }
}

/**
 * Identifies one session of one user: if another user logs in under the same id, it is another
 * session.
 */
function toKey(id: string, userId: string): string {
  return `${KEY_PREFIX}${JSON.stringify([id, userId])}`;
}

function isOurs(key: string): boolean {
  return key.startsWith(KEY_PREFIX);
}

function fromKey(key: string): { readonly id: string; readonly userId: string } {
  // Created by `toKey`.
  const [id, userId] = JSON.parse(key.slice(KEY_PREFIX.length)) as [string, string];
  return { id, userId };
}
