/** Logins, and the password change that ends them. */
import type { UserId } from '@parley/protocol';
import type { SanctionRefusal } from './sanctions.ts';

/** A login session. Its id is secret; the store keeps only the digest. */
export interface Session {
  /** SHA-256 of the session's id, in hex. */
  readonly key: string;
  readonly userId: UserId;
  readonly createdAtMs: number;
  /** When the user last proved their identity again; undefined if only the login did. */
  readonly provedAtMs?: number | undefined;
  readonly lastActivityAtMs: number;
  readonly expiresAtMs: number;
  readonly address: string;
  readonly userAgent: string;
  /**
   * How it began: a `provider` has said who the user is, with a `passkey`, or the owner used the password
   * in an `emergency`. Undefined for a password, as usual.
   */
  readonly signedInBy?: 'provider' | 'passkey' | 'emergency' | undefined;
}

/** The user of a session has proved who they are again. */
export interface SessionProof {
  readonly key: string;
  readonly userId: UserId;
  readonly atMs: number;
}

export interface SessionTouch {
  readonly key: string;
  readonly lastActivityAtMs: number;
  readonly expiresAtMs: number;
}

/** Sessions that have ended. */
export interface EndedSessions {
  readonly keys: readonly string[];
  /** Users whose account was disabled or enabled, or got another role, whatever their connections came with. */
  readonly changedUserIds: readonly UserId[];
  /** Where the next call goes on; its form is the store's own. */
  readonly cursor: string;
}

export interface PasswordChange {
  readonly userId: UserId;
  /** Session that makes the change, and ends with it. */
  readonly sessionKey: string;
  /** Session that the client uses from now on. */
  readonly successor: Session;
  /** Hash of the current password at the time it was verified. */
  readonly fromHash: string;
  readonly toHash: string;
}

/**
 * Result of the change, with the keys of the sessions that it ended; otherwise nothing was changed.
 */
export type PasswordChanged =
  | { readonly kind: 'changed'; readonly endedKeys: readonly string[] }
  | { readonly kind: 'other-password' }
  | { readonly kind: 'session-over' };

/**
 * Why a change of an account is not stored. `absent`: there is no such account. `forbidden`: the roles of the
 * actor and the account do not permit it. `disabled`: no higher role is given to an account that is disabled.
 */
export type AccountRefusal = 'last-owner' | 'absent' | 'forbidden' | 'disabled' | SanctionRefusal;
