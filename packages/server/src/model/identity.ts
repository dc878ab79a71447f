import type { User } from './user.ts';

/** The user and session of a connection or request. */
export interface Identity {
  readonly user: User;
  readonly sessionKey: string;
  readonly expiresAtMs: number;
  /** Of the client that makes the request or opens the connection; undefined if unknown. */
  readonly address?: string;
  /** Role in the application that keeps the session. */
  readonly externalRole?: string | undefined;
  /** The token serves for connections and requests, not for managing sessions and credentials. */
  readonly isConnectOnly?: true;
  /** When the session ends, however much it is used; undefined if another issuer decides. */
  readonly sessionEndsAtMs?: number;
  /** The expiry cannot be extended: another issuer has set it. */
  readonly isFixed?: true;
}
