import type { UserId } from '@parley/protocol';
import type { By } from '../model/audit.ts';
import type { FactorProof } from '../model/second-factor.ts';
import type {
  AccountRefusal,
  EndedSessions,
  PasswordChange,
  PasswordChanged,
  Session,
  SessionProof,
  SessionTouch,
} from '../model/session.ts';
import type { Role, Suspension, User } from '../model/user.ts';

/** Sessions, which survive a restart, and the password change that ends them. */
export interface SessionStore {
  /**
   * Stores a session after the password was checked against this hash. Returns false and stores
   * nothing if the account's hash has changed since, the account is disabled, or it has a second factor
   * that the proof does not show: each proof is accepted once, also of concurrent calls.
   */
  insertSession(session: Session, passwordHash: string, proof?: FactorProof): Promise<boolean>;
  /**
   * Stores the time of the proof with the session, under the conditions of `insertSession`. Returns
   * false and stores nothing if one is not met, or the session has ended.
   */
  proveSession(session: SessionProof, passwordHash: string, proof?: FactorProof): Promise<boolean>;
  /** Notes that the user of a session that began otherwise has used a passkey in it. */
  noteUsedPasskey(key: string, userId: UserId): Promise<void>;
  /**
   * Atomically sets a new password, deletes all sessions of the user and stores a new one for the client
   * that makes the change. Of two concurrent calls one succeeds, and no session that `insertSession`
   * stores with the old password remains.
   */
  changePassword(change: PasswordChange): Promise<PasswordChanged>;
  /**
   * Like `changePassword` for an operator: whatever the password was, and without a new session. The
   * second factor and the passkeys end too.
   * Returns the keys of the sessions that it ended.
   */
  setPassword(userId: UserId, passwordHash: string, by: By): Promise<string[]>;
  /**
   * Atomically sets the role on the server, which `listEndedSessions` then tells all nodes. Sessions stay:
   * rights follow the role of the account when they are used. A guest with a higher role
   * becomes a member of the default rooms. Does nothing if the server would have no enabled owner left, or the roles of actor and account, as they are in the
   * transaction, do not permit it.
   */
  setRole(userId: UserId, role: Role, by: By): Promise<'changed' | 'unchanged' | AccountRefusal>;
  /**
   * Atomically disables the account and deletes all sessions of the user, or enables it again; does
   * nothing if the server would have no enabled owner left, or the roles of actor and account, as they are
   * in the transaction, do not permit it: `mayAdminister` and, for a suspension in force, `decideSanction`.
   * Returns the keys of the sessions that it ended.
   */
  setDisabled(
    userId: UserId,
    atMs: number | undefined,
    by: By,
    suspension?: Suspension,
  ): Promise<string[] | AccountRefusal>;
  /** Accounts whose suspension has ended and is still noted: numbers of members leave them out until `endSuspension`. */
  listEndedSuspensions(nowMs: number, limit: number): Promise<UserId[]>;
  /** Enables an account whose suspension has ended; returns false if there is no such account. */
  endSuspension(userId: UserId, nowMs: number): Promise<boolean>;
  /** Returns the session and its user even if expired: the caller compares times. */
  findSession(key: string): Promise<{ session: Session; user: User } | undefined>;
  /** Returns the user's unexpired sessions, the latest login first; with `fromMs`, logins until then. */
  listSessions(
    userId: UserId,
    page: { readonly nowMs: number; readonly limit: number; readonly fromMs?: number | undefined },
  ): Promise<Session[]>;
  /**
   * Extends expiry; deleted sessions stay deleted. An activity before the stored one changes
   * nothing: a node may save late what another node has outdated.
   */
  touchSessions(touches: readonly SessionTouch[]): Promise<void>;
  /** Returns whether the session existed. */
  deleteSession(key: string): Promise<boolean>;
  /** Deletes all sessions of a user. Returns their keys. */
  deleteSessionsOf(userId: UserId, by: By): Promise<string[] | 'forbidden'>;
  /** Deletes some of the expired sessions; returns how many: 0 if there are no others. */
  deleteExpiredSessions(nowMs: number): Promise<number>;
  /**
   * Returns what has ended sessions since an earlier call returned the cursor, and a new cursor. Keys
   * and users may be returned again. Without a cursor returns none, and the first cursor.
   */
  listEndedSessions(cursor: string | undefined): Promise<EndedSessions>;
  /**
   * Deletes some of the records behind `listEndedSessions` that are older than a day; returns how
   * many: 0 if there are no others.
   */
  deleteOldRevocations(): Promise<number>;
}
