import type { User } from './user.ts';

/** The user and session of a connection or request. */
export interface Identity {
  readonly user: User;
  readonly sessionKey: string;
  readonly expiresAtMs: number;
  /** Role in the application that keeps the session. */
  readonly externalRole?: string | undefined;
  /** The expiry cannot be extended: another issuer has set it. */
  readonly isFixed?: true;
}
