/**
 * Somebody who asks for a WebSocket, while the request is still HTTP. Who they are
 * is found out where HTTP is understood; a gateway only asks.
 */
import type { Identity } from '../model/identity.ts';

export interface UpgradeRequest {
  /** Of the client itself, also behind a trusted proxy. */
  readonly address: string;
  readonly userAgent: string;
  /** One of the places for connections, to be handed back. @throws {ChatError} RATE_LIMITED, UNAVAILABLE. */
  takeSlot(): () => void;
  isOriginAllowed(): boolean;
  /** By the given token, else by what the request carries; undefined without a valid one. @throws StoreUnavailable, {ChatError} UNAVAILABLE. */
  identify(token?: string): Promise<Identity | undefined>;
}
