/** Issues Parley's own tokens: short-lived, each for one session. */

import { ChatError } from '@parley/protocol';
import type { Identity } from '../../model/identity.ts';
import type { AccessTokens } from '../../ports/access-tokens.ts';
import type { Clock } from '../../ports/clock.ts';
import type { ExternalSessions } from './external-sessions.ts';

/** Lifetime of a token: long enough to connect, too short to be worth stealing. */
const TOKEN_TTL_MS = 15 * 60 * 1000;

export interface IssuedToken {
  readonly token: string;
  readonly expiresAtMs: number;
}

export class TokenIssuer {
  readonly #accessTokens: Pick<AccessTokens, 'issue'>;
  readonly #clock: Pick<Clock, 'nowMs'>;
  readonly #externalSessions: Pick<ExternalSessions, 'keeps'> | undefined;

  constructor(dependencies: {
    readonly accessTokens: Pick<AccessTokens, 'issue'>;
    readonly clock: Pick<Clock, 'nowMs'>;
    readonly externalSessions: Pick<ExternalSessions, 'keeps'> | undefined;
  }) {
    this.#accessTokens = dependencies.accessTokens;
    this.#clock = dependencies.clock;
    this.#externalSessions = dependencies.externalSessions;
  }

  /**
   * Issues a token for a session; it ends with the session.
   *
   * @throws {ChatError} FORBIDDEN if the identity came from another issuer's token.
   */
  async issue({ sessionKey, expiresAtMs, isFixed }: Identity): Promise<IssuedToken> {
    const isSession = isFixed !== true || this.#externalSessions?.keeps(sessionKey) === true;
    if (!isSession) throw new ChatError('FORBIDDEN');
    const untilMs = Math.min(expiresAtMs, this.#clock.nowMs() + TOKEN_TTL_MS);
    return { token: await this.#accessTokens.issue(sessionKey, untilMs), expiresAtMs: untilMs };
  }
}
