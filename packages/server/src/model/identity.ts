import type { Session } from './session.ts';
import type { User } from './user.ts';

/** A user of a connection or request. */
export interface ActingUser extends User {
  /** Of the client, for the audit log; undefined if unknown. */
  readonly address?: string;
}

/** The user and session of a connection or request. */
export interface Identity {
  readonly user: ActingUser;
  readonly sessionKey: string;
  readonly expiresAtMs: number;
  /** Role in the application that keeps the session. */
  readonly externalRole?: string | undefined;
  /** A token of `POST /api/tokens` or a ticket: it connects, reads and writes messages, and nothing else. */
  readonly isConnectOnly?: true;
  /** When the user logged in; undefined if another issuer knows it. */
  readonly startedAtMs?: number;
  /** When the session ends, however much it is used; undefined if another issuer decides. */
  readonly sessionEndsAtMs?: number;
  /** The expiry cannot be extended: another issuer has set it. */
  readonly isFixed?: true;
  readonly signedInBy?: Session['signedInBy'];
  /** A requirement of the server that this sign-in does not meet: the session can only add it, or end. */
  readonly lacks?: 'two-step' | 'provider' | 'email';
}
