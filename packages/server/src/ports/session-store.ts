import type { UserId } from '@parley/protocol';
import type { PasswordChange, PasswordChanged, Session, SessionTouch } from '../model/session.ts';
import type { User } from '../model/user.ts';

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
