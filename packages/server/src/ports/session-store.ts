import type { UserId } from '@parley/protocol';
import type { User } from './model.ts';

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

/** Sessions, which survive a restart. */
export interface SessionStore {
  insertSession(session: Session): Promise<void>;
  /** The session and its user, also when it has expired: the caller compares times. */
  findSession(key: string): Promise<{ session: Session; user: User } | undefined>;
  /** Moves expiry forward; a session that is gone stays gone. */
  touchSessions(touches: readonly SessionTouch[]): Promise<void>;
  /** Whether it was there. */
  deleteSession(key: string): Promise<boolean>;
  /** All of a person's, but for the one to keep. The keys of those that were deleted. */
  deleteSessionsOf(userId: UserId, keep?: string): Promise<string[]>;
  deleteExpiredSessions(nowMs: number): Promise<number>;
}
