/** Issues Parley's own tokens and tickets: short-lived, each for one session. */

import { ChatError } from '@parley/protocol';
import type { Identity } from '../../model/identity.ts';
import type { AccessTokens, TokenPurpose } from '../../ports/access-tokens.ts';
import type { Clock } from '../../ports/clock.ts';
import type { UserRateLimits } from '../core/user-rate-limits.ts';
import type { ExternalSessions } from './external-sessions.ts';
import { requireFullSession } from './full-session.ts';

/** A token is for clients that authenticate inside a connection, and reconnect with it. */
const TOKEN_TTL_MS = 15 * 60 * 1000;
/** A ticket is part of an address: it is for the next upgrade. */
const TICKET_TTL_MS = 30 * 1000;

interface IssuedToken {
  readonly token: string;
  readonly expiresAtMs: number;
}

export class TokenIssuer {
  readonly #accessTokens: Pick<AccessTokens, 'issue'>;
  readonly #clock: Pick<Clock, 'nowMs'>;
  readonly #externalSessions: Pick<ExternalSessions, 'keeps'> | undefined;
  readonly #userLimits: Pick<UserRateLimits, 'tickets'>;

  constructor(dependencies: {
    readonly accessTokens: Pick<AccessTokens, 'issue'>;
    readonly clock: Pick<Clock, 'nowMs'>;
    readonly externalSessions: Pick<ExternalSessions, 'keeps'> | undefined;
    readonly userLimits: Pick<UserRateLimits, 'tickets'>;
  }) {
    this.#accessTokens = dependencies.accessTokens;
    this.#clock = dependencies.clock;
    this.#externalSessions = dependencies.externalSessions;
    this.#userLimits = dependencies.userLimits;
  }

  /**
   * Issues a token for a session; it ends with the session.
   *
   * @throws {ChatError} FORBIDDEN if the identity came from such a token or from another issuer's.
   */
  async issue(identity: Identity): Promise<IssuedToken> {
    return this.#issue(identity, 'connect', TOKEN_TTL_MS);
  }

  /**
   * Issues a ticket, with which one connection of the session can begin.
   *
   * @throws {ChatError} FORBIDDEN as `issue`, RATE_LIMITED.
   */
  async issueTicket(identity: Identity): Promise<IssuedToken> {
    await this.#userLimits.tickets.take(identity.user.id);
    return this.#issue(identity, 'ticket', TICKET_TTL_MS);
  }

  async #issue(identity: Identity, purpose: TokenPurpose, ttlMs: number): Promise<IssuedToken> {
    requireFullSession(identity);
    const { sessionKey, expiresAtMs, isFixed } = identity;
    const isSession = isFixed !== true || this.#externalSessions?.keeps(sessionKey) === true;
    if (!isSession) {
      throw new ChatError('FORBIDDEN', {
        message: 'The token of another issuer is used directly: its issuer renews it',
      });
    }
    const untilMs = Math.min(expiresAtMs, this.#clock.nowMs() + ttlMs);
    const token = await this.#accessTokens.issue({ sessionKey, purpose }, untilMs);
    return { token, expiresAtMs: untilMs };
  }
}
