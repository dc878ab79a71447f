/** Finds the user of an HTTP request or upgrade by its token or session cookie. */
import { createHash } from 'node:crypto';
import type { IncomingMessage } from 'node:http';
import { ChatError } from '@parley/protocol';
import type { Authenticator } from '../../domain/accounts/authenticator.ts';
import { requireFullSession } from '../../domain/accounts/full-session.ts';
import { requireComplete } from '../../domain/accounts/required-sign-in.ts';
import { unavailable } from '../../domain/errors.ts';
import type { Identity } from '../../model/identity.ts';
import type { Clock } from '../../ports/clock.ts';
import type { UpgradeRequest } from '../../ports/upgrade-request.ts';
import type { SessionCookie } from './session-cookie.ts';
import { readToken, readUpgradeCredential, type UpgradeCredential } from './token-extraction.ts';

/**
 * Time limit for authenticating an upgrade. Shorter than the engine's limit (5 s), after which the
 * client would get a timeout error.
 */
const ADMISSION_MS = 4_000;

/** Requirements of an identity that a route, or a connection, does not have. */
interface Admitted {
  /** Requirements that a session need not meet. */
  readonly lacking?: 'any' | NonNullable<Identity['lacks']> | undefined;
  /** Whether a token that is only for connections suffices. */
  readonly isForTokens?: boolean | undefined;
}

interface RequestAuthenticatorDependencies {
  readonly cookie: SessionCookie;
  readonly authenticator: Pick<
    Authenticator,
    'authenticate' | 'authenticateCookie' | 'authenticateKey' | 'redeemTicket'
  >;
  readonly clock: Pick<Clock, 'schedule'>;
  /** Returns the address of the client, which the audit log records. */
  readonly addressOf: (request: IncomingMessage) => string;
  /** Whether the address of this request may contain the token of a session. */
  readonly isSessionTokenInUrlAllowed: (request: IncomingMessage) => boolean;
}

export class RequestAuthenticator {
  readonly cookie: SessionCookie;
  readonly #authenticator: RequestAuthenticatorDependencies['authenticator'];
  readonly #clock: Pick<Clock, 'schedule'>;
  readonly #addressOf: RequestAuthenticatorDependencies['addressOf'];
  readonly #isSessionTokenAllowed: RequestAuthenticatorDependencies['isSessionTokenInUrlAllowed'];
  readonly #admitted = new WeakMap<IncomingMessage, Admitted>();

  constructor(dependencies: RequestAuthenticatorDependencies) {
    this.#isSessionTokenAllowed = dependencies.isSessionTokenInUrlAllowed;
    this.cookie = dependencies.cookie;
    this.#authenticator = dependencies.authenticator;
    this.#clock = dependencies.clock;
    this.#addressOf = dependencies.addressOf;
  }

  /** Lets a request pass that is refused otherwise. */
  admit(request: IncomingMessage, admitted: Admitted): void {
    this.#admitted.set(request, admitted);
  }

  /**
   * @throws {ChatError} FORBIDDEN if the session lacks what the server requires of sign-ins, or the token
   *   is only for connections, unless the request was admitted; UNAVAILABLE.
   */
  async identify(request: IncomingMessage): Promise<Identity | undefined> {
    const identity = await this.#authenticate(readToken(request), request.headers.cookie);
    if (identity === undefined) return undefined;
    const { lacking, isForTokens = false } = this.#admitted.get(request) ?? {};
    if (lacking !== 'any' && lacking !== identity.lacks) requireComplete(identity);
    if (!isForTokens) requireFullSession(identity);
    return withAddress(identity, this.#addressOf(request));
  }

  /** Digests of the credentials in the headers, valid or not: equal credentials have equal digests. */
  credentialDigestsOf(request: IncomingMessage): string[] {
    const token = readToken(request);
    const id = this.cookie.read(request.headers.cookie);
    return [
      ...(token === undefined ? [] : [digest('token', token)]),
      ...(id === undefined ? [] : [digest('cookie', id)]),
    ];
  }

  /** Keeps only the credentials, not the request: the function may be kept for a long time. */
  upgradeIdentifierOf(request: IncomingMessage): UpgradeRequest['identify'] {
    const credential = readUpgradeCredential(request);
    const { cookie } = request.headers;
    const address = this.#addressOf(request);
    const isTokenAllowed = this.#isSessionTokenAllowed(request);
    /** Key of the session whose ticket this client has used up. */
    let sessionKey: string | undefined;
    const identifyFirst = async ({ kind, value }: UpgradeCredential) => {
      if (kind === 'url-token' && isSessionToken(value) && !isTokenAllowed) throw tokenInAddress();
      if (kind !== 'ticket') return this.#authenticator.authenticate(value);
      if (sessionKey !== undefined) return this.#authenticator.authenticateKey(sessionKey);
      const identity = await this.#authenticator.redeemTicket(value);
      sessionKey = identity?.sessionKey;
      return identity;
    };
    return async (token) => {
      const identity = await this.#inTime(
        token !== undefined || credential === undefined
          ? this.#authenticate(token, cookie)
          : identifyFirst(credential),
      );
      if (identity !== undefined) requireComplete(identity);
      return identity && withAddress(identity, address);
    };
  }

  async #authenticate(
    token: string | undefined,
    cookie: string | undefined,
  ): Promise<Identity | undefined> {
    if (token !== undefined) return this.#authenticator.authenticate(token);
    const id = this.cookie.read(cookie);
    return id === undefined ? undefined : this.#authenticator.authenticateCookie(id);
  }

  /** @throws {ChatError} UNAVAILABLE if it takes longer than the time limit. */
  async #inTime<T>(answer: Promise<T>): Promise<T> {
    const { promise: isLate, reject } = Promise.withResolvers<never>();
    const timer = this.#clock.schedule(ADMISSION_MS, () => reject(unavailable()));
    try {
      return await Promise.race([answer, isLate]);
    } finally {
      timer.cancel();
    }
  }
}

function withAddress(identity: Identity, address: string): Identity {
  return { ...identity, user: { ...identity.user, address } };
}

function digest(kind: 'token' | 'cookie', secret: string): string {
  return createHash('sha256').update(kind).update('\0').update(secret).digest('base64');
}

/** Session tokens have no dots; signed tokens have two. */
function isSessionToken(token: string): boolean {
  return !token.includes('.');
}

function tokenInAddress(): ChatError {
  return new ChatError('UNAUTHENTICATED', {
    message:
      'Addresses are logged, so ?token= does not accept the token of a session: use ?ticket= with a ticket of POST /api/tickets, a token of POST /api/tokens, or set SESSION_TOKEN_IN_URL=on',
  });
}
