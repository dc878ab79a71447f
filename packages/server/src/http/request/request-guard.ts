/**
 * Checks HTTP requests and upgrades before they are handled: client address, host and origin, and
 * which user they belong to. The rules are the same for both, so that neither is a weaker entry.
 */
import type { IncomingMessage } from 'node:http';
import { type AddressMatcher, matchAddresses } from '@parley/websocket/http';
import type { Authenticator } from '../../domain/accounts/authenticator.ts';
import { unavailable } from '../../domain/errors.ts';
import type { Identity } from '../../model/identity.ts';
import type { Clock } from '../../ports/clock.ts';
import type { Logger } from '../../ports/logger.ts';
import type { UpgradeRequest } from '../../ports/upgrade-request.ts';
import type { ChatConnectionLimiter } from '../limits/chat-connection-limiter.ts';
import type { HostMatcher } from './allowed-hosts.ts';
import { type ClientInfo, readClientInfo, userAgentOf } from './client-info.ts';
import { HostCheck } from './host-check.ts';
import { isLoopback } from './loopback.ts';
import { isOriginAllowed, type OriginPolicy } from './origin-check.ts';
import type { SessionCookie } from './session-cookie.ts';
import { readToken, readUpgradeToken } from './token-extraction.ts';

/**
 * Time limit for authenticating an upgrade. Shorter than the engine's limit (5 s), after which the
 * client would get a timeout error.
 */
const ADMISSION_MS = 4_000;

export class RequestGuard {
  readonly cookie: SessionCookie;
  readonly #authenticator: Authenticator;
  readonly #origins: OriginPolicy;
  readonly #hostCheck: HostCheck;
  readonly #isTrusted: AddressMatcher;
  readonly #connectionLimiter: ChatConnectionLimiter;
  readonly #clock: Clock;

  constructor(dependencies: {
    readonly cookie: SessionCookie;
    readonly authenticator: Authenticator;
    readonly origins: OriginPolicy;
    /** Whether a host name belongs to this server. */
    readonly isHostAllowed: HostMatcher;
    readonly logger: Logger;
    /** Addresses and ranges whose forwarding headers are trusted. */
    readonly trustedProxies: readonly string[];
    readonly connectionLimiter: ChatConnectionLimiter;
    readonly clock: Clock;
  }) {
    this.cookie = dependencies.cookie;
    this.#authenticator = dependencies.authenticator;
    this.#origins = dependencies.origins;
    this.#hostCheck = new HostCheck(dependencies);
    this.#isTrusted = matchAddresses(dependencies.trustedProxies);
    this.#connectionLimiter = dependencies.connectionLimiter;
    this.#clock = dependencies.clock;
  }

  clientInfoOf(request: IncomingMessage): ClientInfo {
    return readClientInfo(request, this.#isTrusted);
  }

  /** Whether the client itself runs on this machine. A proxy on this machine forwards for others. */
  isFromThisMachine(request: IncomingMessage): boolean {
    const { 'x-forwarded-for': by, forwarded = by } = request.headers;
    return forwarded === undefined && isLoopback(this.clientInfoOf(request).address);
  }

  /** The address that limits count by; undefined if many clients share the address. */
  limitedAddressOf(request: IncomingMessage): string | undefined {
    const { address } = this.clientInfoOf(request);
    return isLoopback(address) || this.#isTrusted(address) ? undefined : address;
  }

  /**
   * Must be called before any other use of a request.
   *
   * @throws {ChatError} VALIDATION_ERROR for a host that is invalid or given twice,
   * FORBIDDEN for a host name of another server.
   */
  checkHost(request: IncomingMessage): void {
    this.#hostCheck.check(request, this.clientInfoOf(request));
  }

  isOriginAllowed(request: IncomingMessage): boolean {
    return isOriginAllowed(request.headers, this.clientInfoOf(request), this.#origins);
  }

  /** Origin of the request if it is on the list; its pages need CORS headers to read the response. */
  listedOriginOf({ headers }: IncomingMessage): string | undefined {
    const { origin } = headers;
    return origin !== undefined && this.#origins.allowed.includes(origin) ? origin : undefined;
  }

  async identify(
    request: IncomingMessage,
    token = readToken(request),
  ): Promise<Identity | undefined> {
    return this.#authenticate(token, request.headers.cookie);
  }

  upgradeRequest(request: IncomingMessage): UpgradeRequest {
    const { address } = this.clientInfoOf(request);
    return {
      address,
      userAgent: userAgentOf(request),
      acquireSlot: () => this.#connectionLimiter.acquire(address),
      isOriginAllowed: () => this.isOriginAllowed(request),
      identify: this.#identifyBy(request),
    };
  }

  /** Keeps only the credentials, not the request: the function may be kept for a long time. */
  #identifyBy(request: IncomingMessage): UpgradeRequest['identify'] {
    const requestToken = readUpgradeToken(request);
    const { cookie } = request.headers;
    return (token = requestToken) => this.#inTime(this.#authenticate(token, cookie));
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
