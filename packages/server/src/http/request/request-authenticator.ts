/**
 * Looks at whoever comes, over HTTP or for an upgrade: where from, allowed or not,
 * and who. The same for both, so that no way in is easier than another.
 */
import type { IncomingMessage } from 'node:http';
import { ChatError } from '@parley/protocol';
import { type AddressMatcher, matchAddresses } from '@parley/websocket';
import type { Authenticator } from '../../domain/accounts/authenticator.ts';
import { unavailable } from '../../domain/errors.ts';
import type { Identity } from '../../model/identity.ts';
import type { Clock } from '../../ports/clock.ts';
import type { Logger } from '../../ports/logger.ts';
import type { UpgradeRequest } from '../../ports/upgrade-request.ts';
import type { ConnectionLimiter } from '../limits/connection-limiter.ts';
import { LogThrottle } from '../limits/log-throttle.ts';
import { type HostMatcher, hostnameOf } from './allowed-hosts.ts';
import { type ClientInfo, isLoopback, readClientInfo } from './client-info.ts';
import { isOriginAllowed, type OriginPolicy } from './origin-check.ts';
import type { SessionCookie } from './session-cookie.ts';
import { pathOf, readToken, readUpgradeToken } from './token-extraction.ts';

/**
 * For finding out who asks for a WebSocket. Less than the engine gives an upgrade (5 s), whose
 * answer would be that the client came too late.
 */
const ADMISSION_MS = 4_000;

/** Answers for any host: it says only that the process lives, and balancers send what they like. */
const HEALTH_PATH = '/health';
const HOST_REJECTED =
  'This server does not answer for this host name. Its operator can allow it: ALLOWED_HOSTS=chat.example.org';

/** Longer ones say nothing more. */
const USER_AGENT_LENGTH_MAX = 256;
/** Of a name in DNS. */
const HOST_LENGTH_MAX = 253;

export class RequestAuthenticator {
  readonly cookie: SessionCookie;
  readonly #tokens: Authenticator;
  readonly #origins: OriginPolicy;
  readonly #isHostAllowed: HostMatcher;
  readonly #logger: Logger;
  readonly #hostThrottle: LogThrottle;
  readonly #isTrusted: AddressMatcher;
  readonly #places: ConnectionLimiter;
  readonly #clock: Clock;

  constructor(parts: {
    readonly cookie: SessionCookie;
    readonly tokens: Authenticator;
    readonly origins: OriginPolicy;
    /** Which host names are ours. */
    readonly isHostAllowed: HostMatcher;
    readonly logger: Logger;
    /** Addresses and ranges whose forwarding headers are believed. */
    readonly trustedProxies: readonly string[];
    readonly places: ConnectionLimiter;
    readonly clock: Clock;
  }) {
    this.cookie = parts.cookie;
    this.#tokens = parts.tokens;
    this.#origins = parts.origins;
    this.#isHostAllowed = parts.isHostAllowed;
    this.#logger = parts.logger;
    this.#hostThrottle = new LogThrottle(parts.clock);
    this.#isTrusted = matchAddresses(parts.trustedProxies);
    this.#places = parts.places;
    this.#clock = parts.clock;
  }

  factsOf(request: IncomingMessage): ClientInfo {
    return readClientInfo(request, this.#isTrusted);
  }

  /** Whether the client itself runs on this machine: a proxy on it forwards for others. */
  isFromThisMachine(request: IncomingMessage): boolean {
    const { 'x-forwarded-for': by, forwarded = by } = request.headers;
    return forwarded === undefined && isLoopback(this.factsOf(request).address);
  }

  /** The address that limits count by; undefined where everybody shares it. */
  limitedAddressOf(request: IncomingMessage): string | undefined {
    const { address } = this.factsOf(request);
    return isLoopback(address) || this.#isTrusted(address) ? undefined : address;
  }

  /**
   * To be called before anything else looks at a request.
   *
   * @throws {ChatError} VALIDATION_ERROR for a host that is not well formed or given twice,
   * FORBIDDEN for a host that is not ours.
   */
  checkHost(request: IncomingMessage): void {
    checkHostHeader(request);
    const { host, address } = this.factsOf(request);
    if (host === undefined || pathOf(request.url) === HEALTH_PATH) return;
    const hostname = hostnameOf(host);
    if (hostname !== undefined && this.#isHostAllowed(hostname)) return;
    const shown = (hostname ?? '').slice(0, HOST_LENGTH_MAX);
    this.#hostThrottle.run(() =>
      this.#logger.record({ event: 'host.refused', address, host: shown }),
    );
    throw new ChatError('FORBIDDEN', { message: HOST_REJECTED });
  }

  isOriginAllowed(request: IncomingMessage): boolean {
    return isOriginAllowed(request.headers, this.factsOf(request), this.#origins);
  }

  /** Another host's page that is on the list: it needs CORS headers to read the answer. */
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
    const { address } = this.factsOf(request);
    return {
      address,
      userAgent: userAgentOf(request),
      takeSlot: () => this.#places.take(address),
      isOriginAllowed: () => this.isOriginAllowed(request),
      identify: this.#identifyBy(request),
    };
  }

  /** Holds what the request shows of who it is, and not the request: it may be kept for long. */
  #identifyBy(request: IncomingMessage): UpgradeRequest['identify'] {
    const shown = readUpgradeToken(request);
    const { cookie } = request.headers;
    return (token = shown) => this.#inTime(this.#authenticate(token, cookie));
  }

  async #authenticate(
    token: string | undefined,
    cookie: string | undefined,
  ): Promise<Identity | undefined> {
    if (token !== undefined) return this.#tokens.authenticate(token);
    const id = this.cookie.read(cookie);
    return id === undefined ? undefined : this.#tokens.authenticateCookie(id);
  }

  /** @throws {ChatError} UNAVAILABLE where it takes longer than whoever waits for it is given. */
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

/** RFC 9112, section 3.2. */
function checkHostHeader({ headers: { host }, rawHeaders, httpVersion }: IncomingMessage): void {
  const count = countOf(rawHeaders, 'host');
  const isMissing = count === 0 && httpVersion === '1.1';
  if (!isMissing && count < 2 && (host === undefined || hostnameOf(host) !== undefined)) return;
  throw new ChatError('VALIDATION_ERROR', {
    message: "The header 'Host' must be given once, and be well formed",
  });
}

/** Node keeps the first of several only. */
function countOf(rawHeaders: readonly string[], wanted: string): number {
  let count = 0;
  for (let at = 0; at < rawHeaders.length; at += 2) {
    if (rawHeaders[at]?.toLowerCase() === wanted) count += 1;
  }
  return count;
}

export function userAgentOf({ headers }: IncomingMessage): string {
  return (headers['user-agent'] ?? 'unknown').slice(0, USER_AGENT_LENGTH_MAX);
}

/** @throws {ChatError} UNAUTHENTICATED, UNAVAILABLE. */
export async function requireIdentity(
  requestAuthenticator: RequestAuthenticator,
  request: IncomingMessage,
): Promise<Identity> {
  const identity = await requestAuthenticator.identify(request);
  if (identity === undefined) throw new ChatError('UNAUTHENTICATED');
  return identity;
}
