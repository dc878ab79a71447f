/** From the token that somebody shows to who they are: sessions, and signed tokens. */

import { ChatError } from '@parley/protocol';
import type { Identity } from '../../model/identity.ts';
import type { User } from '../../model/user.ts';
import type { AccessTokens, ExternalClaims } from '../../ports/access-tokens.ts';
import type { AccountStore } from '../../ports/account-store.ts';
import type { Clock } from '../../ports/clock.ts';
import type { Crypto } from '../../ports/crypto.ts';
import { toChatError, unavailable } from '../errors.ts';
import { isStorable } from '../primitives/storable-text.ts';
import { EndedTokens } from './ended-tokens.ts';
import type { ExternalSessions } from './external-sessions.ts';
import { findOrCreateExternalUser, toUsername } from './external-users.ts';
import type { Sessions } from './sessions.ts';

/** Of a token of ours: long enough to connect with, too short to be worth stealing. */
const TOKEN_TTL_MS = 15 * 60 * 1000;
/** What the session key of another issuer's token begins with. */
const EXTERNAL = 'external ';
const ISSUER_AND_SUBJECT_LENGTH_MAX = 512;

export interface IssuedToken {
  readonly token: string;
  readonly expiresAtMs: number;
}

export class Authenticator {
  readonly #sessions: Sessions;
  readonly #accounts: AccountStore;
  readonly #accessTokens: AccessTokens;
  readonly #secrets: Crypto;
  readonly #clock: Clock;
  readonly #platform: ExternalSessions | undefined;
  readonly #ended: EndedTokens;

  constructor(parts: {
    readonly sessions: Sessions;
    readonly accounts: AccountStore;
    readonly accessTokens: AccessTokens;
    readonly secrets: Crypto;
    readonly clock: Clock;
    readonly platform: ExternalSessions | undefined;
  }) {
    this.#platform = parts.platform;
    this.#sessions = parts.sessions;
    this.#accounts = parts.accounts;
    this.#accessTokens = parts.accessTokens;
    this.#secrets = parts.secrets;
    this.#clock = parts.clock;
    this.#ended = new EndedTokens(parts.clock);
  }

  /** Whose session the signed cookie names. */
  async authenticateCookie(id: string): Promise<Identity | undefined> {
    const platform = this.#platform;
    if (platform === undefined) return this.#sessions.authenticate(id);
    return lookUp(() => platform.authenticate(id));
  }

  /** Whose token this is; undefined for one that is unknown, over, or not to be trusted. */
  async authenticate(token: string): Promise<Identity | undefined> {
    // A session's id has no dots, a signed token has two. The platform's ids count as cookies only: who signed them shows.
    if (!token.includes('.')) {
      return this.#platform === undefined ? this.#sessions.authenticate(token) : undefined;
    }
    const claims = await this.#verify(token);
    if (claims === undefined) return undefined;
    if (claims.kind === 'own') return this.#authenticateKey(claims.sessionKey);
    if (!isPerson(claims) || claims.expiresAtMs <= this.#clock.nowMs()) return undefined;
    const sessionKey = `${EXTERNAL}${this.#secrets.digest(token)}`;
    if (this.#ended.has(sessionKey)) return undefined;
    return {
      user: await this.#findOrMakeUser(claims),
      sessionKey,
      expiresAtMs: claims.expiresAtMs,
      isFixed: true,
    };
  }

  /** Refuses a token of another issuer from now on, as logout ends a session. */
  end({ sessionKey, expiresAtMs }: Identity): void {
    if (sessionKey.startsWith(EXTERNAL)) this.#ended.add(sessionKey, expiresAtMs);
  }

  /**
   * A token for whoever has a session, ended with it.
   *
   * @throws {ChatError} FORBIDDEN for one who came with another issuer's token.
   */
  async issue({ sessionKey, expiresAtMs, isFixed }: Identity): Promise<IssuedToken> {
    const isSession = isFixed !== true || this.#platform?.keeps(sessionKey) === true;
    if (!isSession) throw new ChatError('FORBIDDEN');
    const untilMs = Math.min(expiresAtMs, this.#clock.nowMs() + TOKEN_TTL_MS);
    return { token: await this.#accessTokens.issue(sessionKey, untilMs), expiresAtMs: untilMs };
  }

  /** Of those who keep the sessions: the platform, or else we ourselves. */
  async #authenticateKey(sessionKey: string): Promise<Identity | undefined> {
    const platform = this.#platform;
    if (platform === undefined) return this.#sessions.authenticateKey(sessionKey);
    return lookUp(() => platform.authenticateKey(sessionKey));
  }

  async #verify(token: string): ReturnType<AccessTokens['verify']> {
    try {
      return await this.#accessTokens.verify(token);
    } catch (error) {
      throw unavailable(error); // The issuer's keys are out of reach.
    }
  }

  #findOrMakeUser({ issuer, subject, username }: ExternalClaims): Promise<User> {
    const name = toUsername(username ?? subject);
    return findOrCreateExternalUser(
      { accounts: this.#accounts, secrets: this.#secrets, clock: this.#clock },
      { issuer, subject, username: name, displayName: username ?? name },
    );
  }
}

/** Whether a store keeps the name as it is. */
function isPerson({ issuer, subject }: ExternalClaims): boolean {
  const isShort = issuer.length + subject.length <= ISSUER_AND_SUBJECT_LENGTH_MAX;
  return isShort && isStorable(subject);
}

/** Who cannot be looked up is not told that they are nobody. */
async function lookUp(find: () => Promise<Identity | undefined>): Promise<Identity | undefined> {
  try {
    return await find();
  } catch (error) {
    throw toChatError(error);
  }
}
