/**
 * A WebSocket upgrade while it is still an HTTP request. The HTTP layer authenticates it; a gateway
 * only asks.
 */
import type { Identity } from '../model/identity.ts';

export interface UpgradeRequest {
  /** Address of the client itself, also behind a trusted proxy. */
  readonly address: string;
  readonly userAgent: string;
  /**
   * Acquires a connection slot; returns the function that releases it.
   * @throws {ChatError} RATE_LIMITED, UNAVAILABLE.
   */
  acquireSlot(): Promise<() => void>;
  isOriginAllowed(): boolean;
  /**
   * Authenticates by the given token, or by the request's credentials; undefined if they are not
   * valid.
   * @throws StoreUnavailable, {ChatError} UNAVAILABLE; FORBIDDEN for a session that lacks what the server
   *   requires of sign-ins.
   */
  identify(token?: string): Promise<Identity | undefined>;
  /** The client, as its requests show it; see `RequestSender`. */
  readonly sender: () => RequestSender;
}

/**
 * The client of a request, to compare it with the client of an earlier one. A request without a
 * credential shows only what is no secret: its network and its program.
 */
export interface RequestSender {
  /** Digests of the credentials in the headers: of the session cookie and of the bearer token. */
  readonly credentials: readonly string[];
  readonly network: string;
  /** Undefined if the client does not name its program. */
  readonly program: string | undefined;
  /** Authenticates by the headers alone; undefined without a valid credential. */
  identify(): Promise<Identity | undefined>;
}
