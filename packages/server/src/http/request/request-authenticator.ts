/**
 * Authenticates HTTP requests and upgrades: checks client address, host and origin, and finds the
 * user. The rules are the same for both, so that neither is a weaker entry.
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
import type { ConnectionLimiter } from '../limits/gateway-connection-limiter.ts';
import { LogThrottle } from '../limits/log-throttle.ts';
import { type HostMatcher, hostnameOf } from './allowed-hosts.ts';
import { type ClientInfo, isLoopback, readClientInfo } from './client-info.ts';
import { isOriginAllowed, type OriginPolicy } from './origin-check.ts';
import type { SessionCookie } from './session-cookie.ts';
import { pathOf, readToken, readUpgradeToken } from './token-extraction.ts';

/**
 * Time limit for authenticating an upgrade. Shorter than the engine's limit (5 s), after which the
 * client would get a timeout error.
 */
const ADMISSION_MS = 4_000;

/** Answers for any host: it reports only that the process is alive, and load balancers send any `Host`. */
const HEALTH_PATH = '/health';
const HOST_REJECTED =
  'This host name is not allowed. The operator of this server can allow it with ALLOWED_HOSTS=chat.example.org';

/** Longer values carry no more information. */
const USER_AGENT_LENGTH_MAX = 256;
/** Maximum length of a DNS name. */
const HOST_LENGTH_MAX = 253;

export class RequestAuthenticator {
  readonly cookie: SessionCookie;
  readonly #tokens: Authenticator;
  readonly #origins: OriginPolicy;
  readonly #isHostAllowed: HostMatcher;
  readonly #logger: Logger;
  readonly #hostThrottle: LogThrottle;
  readonly #isTrusted: AddressMatcher;
  readonly #connectionLimiter: ConnectionLimiter;
  readonly #clock: Clock;

  constructor(dependencies: {
    readonly cookie: SessionCookie;
    readonly tokens: Authenticator;
    readonly origins: OriginPolicy;
    /** Whether a host name belongs to this server. */
    readonly isHostAllowed: HostMatcher;
    readonly logger: Logger;
    /** Addresses and ranges whose forwarding headers are trusted. */
    readonly trustedProxies: readonly string[];
    readonly connectionLimiter: ConnectionLimiter;
    readonly clock: Clock;
  }) {
    this.cookie = dependencies.cookie;
    this.#tokens = dependencies.tokens;
    this.#origins = dependencies.origins;
    this.#isHostAllowed = dependencies.isHostAllowed;
    this.#logger = dependencies.logger;
    this.#hostThrottle = new LogThrottle(dependencies.clock);
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
    checkHostHeader(request);
    const { host, address } = this.clientInfoOf(request);
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
      takeSlot: () => this.#connectionLimiter.acquire(address),
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
    if (token !== undefined) return this.#tokens.authenticate(token);
    const id = this.cookie.read(cookie);
    return id === undefined ? undefined : this.#tokens.authenticateCookie(id);
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

/** RFC 9112, section 3.2. */
function checkHostHeader({ headers: { host }, rawHeaders, httpVersion }: IncomingMessage): void {
  const count = countOf(rawHeaders, 'host');
  const isMissing = count === 0 && httpVersion === '1.1';
  if (!isMissing && count < 2 && (host === undefined || hostnameOf(host) !== undefined)) return;
  throw new ChatError('VALIDATION_ERROR', {
    message: "The header 'Host' must be given exactly once and be valid",
  });
}

/** Counts headers in the raw list, because Node keeps only the first of several. */
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
