/** Lists the login sessions of a user, and ends one of them. */

import { ChatError } from '@parley/protocol';
import type { Identity } from '../../model/identity.ts';
import { cutPage, formatTimeCursor, type Page, type PageRequest } from '../../model/page.ts';
import type { Session } from '../../model/session.ts';
import type { Clock } from '../../ports/clock.ts';
import type { Crypto } from '../../ports/crypto.ts';
import type { SessionStore } from '../../ports/session-store.ts';
import type { UserRateLimits } from '../core/user-rate-limits.ts';
import { positionAfter } from '../primitives/list-position.ts';
import { requireFullSession } from './full-session.ts';
import type { LiveSessions } from './live-sessions.ts';
import { sessionIdOf } from './session-id.ts';
import type { Sessions } from './sessions.ts';

/** Number of sessions in one page, unless the caller asks for another. */
const LISTED_DEFAULT = 100;
/** More logins than a user can make in one millisecond. */
const SAME_TIME_MAX = 50;

export interface UserSession {
  /** Digest of the session's key: reveals neither the key nor the token. */
  readonly id: string;
  readonly createdAtMs: number;
  /** Up to 5 minutes old if the session is in use on another node. */
  readonly lastActivityAtMs: number;
  /** Empty if the client sent none. */
  readonly userAgent: string;
  /** Of the login. */
  readonly address: string;
  /** Whether it is the session that asks. */
  readonly isCurrent: boolean;
}

interface UserSessionsDependencies {
  readonly sessionStore: Pick<SessionStore, 'listSessions'>;
  readonly sessions: Pick<Sessions, 'end'>;
  readonly liveSessions: Pick<LiveSessions, 'lastActivityAtMsOf'>;
  readonly userLimits: Pick<UserRateLimits, 'changes'>;
  readonly secrets: Pick<Crypto, 'digest'>;
  readonly clock: Pick<Clock, 'nowMs'>;
}

export class UserSessions {
  readonly #dependencies: UserSessionsDependencies;

  constructor(dependencies: UserSessionsDependencies) {
    this.#dependencies = dependencies;
  }

  /**
   * Returns the user's sessions, the latest login first.
   *
   * @throws {ChatError} FORBIDDEN for a token that is only for connections, VALIDATION_ERROR,
   *   UNAVAILABLE.
   */
  async list(identity: Identity, request: PageRequest = {}): Promise<Page<UserSession>> {
    requireFullSession(identity);
    const { liveSessions, clock } = this.#dependencies;
    const { items, hasMore, next } = await this.#read(identity, request);
    const sessions = items.map((session) => {
      const { key, createdAtMs, lastActivityAtMs, userAgent, address } = session;
      const isCurrent = key === identity.sessionKey;
      const latestMs = isCurrent ? clock.nowMs() : (liveSessions.lastActivityAtMsOf(key) ?? 0);
      return {
        id: this.#idOf(session),
        lastActivityAtMs: Math.max(lastActivityAtMs, latestMs),
        ...{ createdAtMs, userAgent, address, isCurrent },
      };
    });
    return { items: sessions, hasMore, next };
  }

  /**
   * Ends a session of the user, and its connections on all nodes.
   *
   * @throws {ChatError} FORBIDDEN for a token that is only for connections, NOT_FOUND if the user has
   *   no such session, RATE_LIMITED, UNAVAILABLE.
   */
  async end(identity: Identity, id: string): Promise<void> {
    requireFullSession(identity);
    const { sessions, userLimits } = this.#dependencies;
    await userLimits.changes.take(identity.user.id);
    const session = await this.#find(identity, id);
    if (session === undefined || !(await sessions.end(session.key, 'ended'))) {
      throw new ChatError('NOT_FOUND', { field: 'id' });
    }
  }

  async #find(identity: Identity, id: string): Promise<Session | undefined> {
    for (let after: string | undefined; ; ) {
      const { items, next } = await this.#read(identity, { after });
      const found = items.find((each) => this.#idOf(each) === id);
      if (found !== undefined || next === undefined) return found;
      after = next;
    }
  }

  /** Continues behind the session of the position, which the store only knows by its key. */
  async #read(
    { user }: Identity,
    { after, limit = LISTED_DEFAULT }: PageRequest,
  ): Promise<Page<Session>> {
    const { sessionStore, clock } = this.#dependencies;
    const { atMs, id } = positionAfter(after);
    const page = { nowMs: clock.nowMs(), limit: limit + 1 + SAME_TIME_MAX, fromMs: atMs };
    const rows = await sessionStore.listSessions(user.id, page);
    // -1 for the first page, and if the session has ended since.
    const index = rows.findIndex((each) => each.createdAtMs === atMs && this.#idOf(each) === id);
    return cutPage(rows.slice(index + 1), limit, (session) =>
      formatTimeCursor({ atMs: session.createdAtMs, id: this.#idOf(session) }),
    );
  }

  #idOf({ key }: Session): string {
    return sessionIdOf(this.#dependencies.secrets, key);
  }
}
