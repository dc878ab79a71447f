/**
 * Checks the host, the origin and the client address of HTTP requests and upgrades before they are
 * handled. The rules are the same for both, so that neither is a weaker entry.
 */
import type { IncomingMessage } from 'node:http';
import { type AddressMatcher, matchAddresses, readAddress } from '@parley/websocket/http';
import type { Logger } from '../../ports/logger.ts';
import type { HostMatcher } from './allowed-hosts.ts';
import { type ClientInfo, readClientInfo } from './client-info.ts';
import { HostCheck } from './host-check.ts';
import { isLoopback } from './loopback.ts';
import { isOriginAllowed, type OriginPolicy } from './origin-check.ts';

/** Headers that proxies add; a client on this machine sends none of them. */
const PROXY_HEADERS = [
  ...['forwarded', 'via', 'x-real-ip'],
  ...['x-forwarded-for', 'x-forwarded-host', 'x-forwarded-proto'],
];
/** Of an origin in the log. */
const ORIGIN_LENGTH_MAX = 256;

export class RequestGuard {
  readonly #origins: OriginPolicy;
  readonly #hostCheck: HostCheck;
  readonly #isTrusted: AddressMatcher;
  readonly #logger: Logger;
  #hasWarned = false;

  constructor(dependencies: {
    readonly origins: OriginPolicy;
    /** Whether a host name belongs to this server. */
    readonly isHostAllowed: HostMatcher;
    readonly logger: Logger;
    /** Addresses and ranges whose forwarding headers are trusted. */
    readonly trustedProxies: readonly string[];
  }) {
    this.#origins = dependencies.origins;
    this.#hostCheck = new HostCheck(dependencies);
    this.#logger = dependencies.logger;
    this.#isTrusted = matchAddresses(dependencies.trustedProxies);
  }

  clientInfoOf(request: IncomingMessage): ClientInfo {
    return readClientInfo(request, this.#isTrusted);
  }

  /** Address of a path of this server, with the host that the client has used. */
  urlOf(request: IncomingMessage, path: string): string {
    const { host = '', isSecure } = this.clientInfoOf(request);
    return `${isSecure ? 'https' : 'http'}://${host}${path}`;
  }

  /** Whether the client itself runs on this machine. A proxy on this machine forwards for others. */
  isFromThisMachine(request: IncomingMessage): boolean {
    const isForwarded = PROXY_HEADERS.some((name) => request.headers[name] !== undefined);
    return !isForwarded && isLoopback(this.clientInfoOf(request).address);
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
    const info = this.clientInfoOf(request);
    this.#warnOfProxy(request, info);
    this.#hostCheck.check(request, info);
  }

  /** A client can send such headers too: one warning is enough for the operator to check. */
  #warnOfProxy({ headers, socket }: IncomingMessage, { address }: ClientInfo): void {
    if (this.#hasWarned) return;
    const header = PROXY_HEADERS.find((name) => headers[name] !== undefined);
    if (header === undefined || this.#isTrusted(readAddress(socket.remoteAddress ?? '') ?? '')) {
      return;
    }
    this.#hasWarned = true;
    const remedy = 'If this is your proxy, set TRUST_PROXY to its address.';
    this.#logger.record({ event: 'proxy.untrusted', address, header, remedy });
  }

  /** Writes a foreign origin to the log: the browser does not tell its page why the request failed. */
  isOriginAllowed(request: IncomingMessage): boolean {
    const client = this.clientInfoOf(request);
    if (isOriginAllowed(request.headers, client, this.#origins)) return true;
    const { address, host = '' } = client;
    const origin = (request.headers.origin ?? '').slice(0, ORIGIN_LENGTH_MAX);
    this.#logger.record({ event: 'origin.refused', address, origin, host });
    return false;
  }

  /** Origin of the request if it is on the list; its pages need CORS headers to read the response. */
  listedOriginOf({ headers }: IncomingMessage): string | undefined {
    const { origin } = headers;
    return origin !== undefined && this.#origins.allowed.includes(origin) ? origin : undefined;
  }
}
