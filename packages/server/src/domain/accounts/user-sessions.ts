/** Lists the login sessions of a user, and ends one of them. */

import { ChatError } from '@parley/protocol';
import type { Identity } from '../../model/identity.ts';
import type { Session } from '../../model/session.ts';
import type { Clock } from '../../ports/clock.ts';
import type { Crypto } from '../../ports/crypto.ts';
import type { SessionStore } from '../../ports/session-store.ts';
import type { UserRateLimits } from '../core/user-rate-limits.ts';
import { requireFullSession } from './full-session.ts';
import type { LiveSessions } from './live-sessions.ts';
import type { Sessions } from './sessions.ts';

/** Maximum number of sessions in one listing; only these can be ended individually. */
const LISTED_MAX = 100;

export interface UserSession {
  /** Digest of the session's key: reveals neither the key nor the token. */
  readonly id: string;
  readonly createdAtMs: number;
  /** Up to 5 minutes old if the session is in use on another node. */
  readonly lastActivityAtMs: number;
  /** Empty if the client sent none. */
  readonly userAgent: string;
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
   * @throws {ChatError} FORBIDDEN for a token that is only for connections, UNAVAILABLE.
   */
  async list(identity: Identity): Promise<UserSession[]> {
    requireFullSession(identity);
    const { liveSessions, clock } = this.#dependencies;
    return (await this.#stored(identity)).map((session) => {
      const { key, createdAtMs, lastActivityAtMs, userAgent } = session;
      const isCurrent = key === identity.sessionKey;
      const latestMs = isCurrent ? clock.nowMs() : (liveSessions.lastActivityAtMsOf(key) ?? 0);
      return {
        id: this.#idOf(session),
        lastActivityAtMs: Math.max(lastActivityAtMs, latestMs),
        ...{ createdAtMs, userAgent, isCurrent },
      };
    });
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
    const session = (await this.#stored(identity)).find((each) => this.#idOf(each) === id);
    if (session === undefined || !(await sessions.end(session.key, 'ended'))) {
      throw new ChatError('NOT_FOUND', { field: 'id' });
    }
  }

  #stored({ user }: Identity): Promise<Session[]> {
    const { sessionStore, clock } = this.#dependencies;
    return sessionStore.listSessions(user.id, { nowMs: clock.nowMs(), limit: LISTED_MAX });
  }

  #idOf({ key }: Session): string {
    return this.#dependencies.secrets.digest(`session ${key}`);
  }
}
