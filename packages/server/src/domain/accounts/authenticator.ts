/** Finds the user of a token: of a session id or of a signed token. */

import type { Identity } from '../../model/identity.ts';
import { isDisabled, userAt } from '../../model/user.ts';
import type { AccessTokens, ExternalClaims, OwnClaims } from '../../ports/access-tokens.ts';
import type { AccountStore } from '../../ports/account-store.ts';
import type { Clock } from '../../ports/clock.ts';
import type { Crypto } from '../../ports/crypto.ts';
import type { Logger, RefusedToken } from '../../ports/logger.ts';
import type { SessionStore } from '../../ports/session-store.ts';
import { toChatError, unavailable } from '../errors.ts';
import type { BackgroundTasks } from '../primitives/background-tasks.ts';
import { isStorable } from '../primitives/text-validation.ts';
import type { ExternalSessions } from './external-sessions.ts';
import { type ExternalTokenDenylist, externalTokenKey } from './external-token-denylist.ts';
import type { ExternalUsers } from './external-users.ts';
import type { RequiredSignIn } from './required-sign-in.ts';
import type { Sessions } from './sessions.ts';

const ISSUER_AND_SUBJECT_LENGTH_MAX = 512;
/** Much longer than a ticket is valid, whatever the difference between the clocks of two nodes. */
const TICKET_REMEMBERED_MS = 10 * 60 * 1000;

export class Authenticator {
  readonly #sessions: Sessions;
  readonly #accounts: AccountStore;
  readonly #accessTokens: AccessTokens;
  readonly #secrets: Crypto;
  readonly #clock: Clock;
  readonly #externalSessions: ExternalSessions | undefined;
  readonly #externalUsers: ExternalUsers;
  readonly #denylist: ExternalTokenDenylist;
  readonly #logger: Logger;
  readonly #sessionStore: Pick<SessionStore, 'endSuspension'>;
  readonly #background: BackgroundTasks;
  readonly #requiredSignIn: Pick<RequiredSignIn, 'complete'>;

  constructor(dependencies: {
    readonly sessions: Sessions;
    readonly accounts: AccountStore;
    readonly accessTokens: AccessTokens;
    readonly secrets: Crypto;
    readonly clock: Clock;
    readonly externalSessions: ExternalSessions | undefined;
    readonly externalUsers: ExternalUsers;
    readonly denylist: ExternalTokenDenylist;
    readonly logger: Logger;
    readonly sessionStore: Pick<SessionStore, 'endSuspension'>;
    readonly background: BackgroundTasks;
    readonly requiredSignIn: Pick<RequiredSignIn, 'complete'>;
  }) {
    this.#sessionStore = dependencies.sessionStore;
    this.#background = dependencies.background;
    this.#requiredSignIn = dependencies.requiredSignIn;
    this.#logger = dependencies.logger;
    this.#externalSessions = dependencies.externalSessions;
    this.#sessions = dependencies.sessions;
    this.#accounts = dependencies.accounts;
    this.#accessTokens = dependencies.accessTokens;
    this.#secrets = dependencies.secrets;
    this.#clock = dependencies.clock;
    this.#denylist = dependencies.denylist;
    this.#externalUsers = dependencies.externalUsers;
  }

  /** Authenticates the session id of a signed cookie. */
  async authenticateCookie(id: string): Promise<Identity | undefined> {
    const externalSessions = this.#externalSessions;
    return this.#enabled(
      externalSessions === undefined
        ? await this.#sessions.authenticate(id)
        : await lookUp(() => externalSessions.authenticate(id)),
    );
  }

  /** Authenticates a token; undefined if it is unknown, expired or not trusted, or its user is disabled. */
  async authenticate(token: string): Promise<Identity | undefined> {
    return this.#enabled(await this.#identify(token));
  }

  async #identify(token: string): Promise<Identity | undefined> {
    // Session ids have no dots, signed tokens have two. Session ids of the external application
    // count as cookies only: their signature proves who issued them.
    if (!token.includes('.')) return this.#authenticateSessionToken(token);
    const claims = await this.#verify(token);
    if (claims === undefined) return undefined;
    if (claims.kind === 'own') {
      if (claims.purpose !== 'connect') return this.#refuse('purpose');
      return (await this.authenticateKey(claims.sessionKey)) ?? this.#refuse('session-ended');
    }
    if (!isPerson(claims)) return this.#refuse('claim', 'sub');
    if (claims.expiresAtMs <= this.#clock.nowMs()) return this.#refuse('expired', 'exp');
    const sessionKey = externalTokenKey(this.#secrets, token);
    if (this.#denylist.has(sessionKey)) return this.#refuse('session-ended');
    const { issuer, subject, username, name: displayName, picture: avatarUrl } = claims;
    const person = { issuer, subject, username, displayName, avatarUrl };
    return {
      user: await this.#externalUsers.findOrCreate(person),
      sessionKey,
      expiresAtMs: claims.expiresAtMs,
      isFixed: true,
    };
  }

  /**
   * Authenticates a ticket, and uses it up: on all nodes, only the first call with a ticket succeeds.
   * Undefined if it is unknown, expired or used, or its session has ended.
   *
   * @throws {ChatError} UNAVAILABLE.
   */
  async redeemTicket(ticket: string): Promise<Identity | undefined> {
    const claims = await this.#verify(ticket);
    if (claims === undefined) return undefined;
    if (claims.kind !== 'own' || claims.purpose !== 'ticket') return this.#refuse('purpose');
    // Without the signature, which can be written in several ways.
    const id = this.#secrets.digest(ticket.slice(0, ticket.lastIndexOf('.')));
    const use = { key: `ticket ${id}`, attemptsMax: 1, windowMs: TICKET_REMEMBERED_MS };
    const waitMs = await this.#accounts.countAttempt([use], this.#clock.nowMs());
    return waitMs === 0 ? this.authenticateKey(claims.sessionKey) : this.#refuse('used');
  }

  /**
   * Authenticates the session of one of Parley's own tokens by its key. Looks it up where sessions are
   * kept: in the external application, or else in Parley's own store.
   */
  async authenticateKey(sessionKey: string): Promise<Identity | undefined> {
    const externalSessions = this.#externalSessions;
    const found = await (externalSessions === undefined
      ? this.#sessions.authenticateKey(sessionKey)
      : lookUp(() => externalSessions.authenticateKey(sessionKey)));
    return found && this.#enabled({ ...found, isConnectOnly: true });
  }

  /** Disabled users have no identity, whatever issued it. The identity has what its session lacks. */
  async #enabled(identity: Identity | undefined): Promise<Identity | undefined> {
    const enabled = this.#withoutSuspension(identity);
    return enabled && this.#requiredSignIn.complete(enabled);
  }

  #withoutSuspension(identity: Identity | undefined): Identity | undefined {
    if (identity?.user.disabledAtMs === undefined) return identity;
    const nowMs = this.#clock.nowMs();
    if (isDisabled(identity.user, nowMs)) return this.#refuse('account-disabled');
    const { user } = identity;
    // Lists of users know no time: they show the user again.
    this.#background.run(this.#sessionStore.endSuspension(user.id, nowMs));
    return { ...identity, user: userAt(user, nowMs) };
  }

  async #authenticateSessionToken(token: string): Promise<Identity | undefined> {
    const isOurs = this.#externalSessions === undefined;
    const found = isOurs ? await this.#sessions.authenticate(token) : undefined;
    return found ?? this.#refuse('unknown-session');
  }

  async #verify(token: string): Promise<OwnClaims | ExternalClaims | undefined> {
    try {
      const verified = await this.#accessTokens.verify(token);
      if (verified.kind !== 'refused') return verified;
      const { kind, ...refusal } = verified;
      this.#logger.record({ event: 'token.refused', ...refusal });
      return undefined;
    } catch (error) {
      throw unavailable(error); // The issuer's keys cannot be fetched.
    }
  }

  /** The answer does not say why: strangers learn nothing, and the operator reads the log. */
  #refuse(reason: RefusedToken['reason'], claim?: string): undefined {
    this.#logger.record({
      event: 'token.refused',
      reason,
      ...(claim === undefined ? {} : { claim }),
    });
    return undefined;
  }
}

/** Whether every store can keep the issuer and the subject unchanged. */
function isPerson({ issuer, subject }: ExternalClaims): boolean {
  const isShort = issuer.length + subject.length <= ISSUER_AND_SUBJECT_LENGTH_MAX;
  return isShort && isStorable(subject);
}

/** A failed lookup is an error, not an unknown token. */
async function lookUp(find: () => Promise<Identity | undefined>): Promise<Identity | undefined> {
  try {
    return await find();
  } catch (error) {
    throw toChatError(error);
  }
}
