import type { UserId } from '@parley/protocol';
import type { User } from '../model/entities.ts';

/** A login. Its id is a secret; the store knows it by the digest only. */
export interface Session {
  /** SHA-256 of the session's id, in hex. */
  readonly key: string;
  readonly userId: UserId;
  readonly createdAtMs: number;
  readonly lastActivityAtMs: number;
  readonly expiresAtMs: number;
  readonly address: string;
  readonly userAgent: string;
}

export interface SessionTouch {
  readonly key: string;
  readonly lastActivityAtMs: number;
  readonly expiresAtMs: number;
}

export interface PasswordChange {
  readonly userId: UserId;
  /** Of the session that makes the change. */
  readonly sessionKey: string;
  /** That of the present password, as it was when that was checked. */
  readonly fromHash: string;
  readonly toHash: string;
}

/** What became of it: with the keys of the sessions that it ended, or nothing done. */
export type PasswordChanged =
  | { readonly kind: 'changed'; readonly endedKeys: readonly string[] }
  | { readonly kind: 'other-password' }
  | { readonly kind: 'session-over' };

/** Sessions, which survive a restart, and the one change of an account that ends them. */
export interface SessionStore {
  /**
   * Stores the session of somebody whose password was checked against this hash. Whether
   * that is still theirs: else nothing is stored.
   */
  insertSession(session: Session, passwordHash: string): Promise<boolean>;
  /**
   * Sets another password and deletes all sessions of the person but the one that makes
   * the change: both or neither. Of two at once one is done, and no session that
   * `insertSession` stores by the old password is left.
   */
  changePassword(change: PasswordChange): Promise<PasswordChanged>;
  /** The session and its user, also when it has expired: the caller compares times. */
  findSession(key: string): Promise<{ session: Session; user: User } | undefined>;
  /** Addresses from which the person's sessions were started that have not expired, latest first. */
  listSessionAddresses(
    userId: UserId,
    page: { readonly nowMs: number; readonly limit: number },
  ): Promise<string[]>;
  /** Moves expiry forward; a session that is gone stays gone. */
  touchSessions(touches: readonly SessionTouch[]): Promise<void>;
  /** Whether it was there. */
  deleteSession(key: string): Promise<boolean>;
  /** All of a person's. The keys of those that were deleted. */
  deleteSessionsOf(userId: UserId): Promise<string[]>;
  deleteExpiredSessions(nowMs: number): Promise<number>;
}
