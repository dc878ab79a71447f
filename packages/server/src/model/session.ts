/** Logins, and the password change that ends them. */
import type { UserId } from '@parley/protocol';

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
