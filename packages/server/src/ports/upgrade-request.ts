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
   * @throws StoreUnavailable, {ChatError} UNAVAILABLE.
   */
  identify(token?: string): Promise<Identity | undefined>;
}
