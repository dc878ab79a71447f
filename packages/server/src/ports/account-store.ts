import type { UserId } from '@parley/protocol';
import type { AttemptLimit } from '../model/attempt-limits.ts';
import type { Credentials, User } from '../model/user.ts';

/** Accounts, and the attempts to log in to them. */
export interface AccountStore {
  /**
   * Stores a new account, unless its username is taken by one that differs at
   * most in case. Two at once: one is stored.
   */
  insertUser(user: User, passwordHash: string): Promise<'stored' | 'taken'>;
  findCredentials(username: string): Promise<Credentials | undefined>;
  findUser(
    reference:
      | { readonly kind: 'id'; readonly id: UserId }
      | { readonly kind: 'username'; readonly username: string },
  ): Promise<User | undefined>;
  /** The user whom another issuer calls so. */
  findExternalUser(issuer: string, subject: string): Promise<User | undefined>;
  /**
   * Stores a new account with whom it is of. Answers with the one that is there where
   * two come at once, and with `taken` where only the username is.
   */
  insertExternalUser(
    user: User,
    external: { readonly issuer: string; readonly subject: string; readonly passwordHash: string },
  ): Promise<User | 'taken'>;
  /** From now on the two cannot write to each other in their direct room. */
  block(userId: UserId, blockedId: UserId, nowMs: number): Promise<void>;
  /** Whether there was such a block. */
  unblock(userId: UserId, blockedId: UserId): Promise<boolean>;
  /** Whom a person has blocked, latest first. */
  listBlocked(userId: UserId, limit: number): Promise<User[]>;
  /** Whether one of the two has blocked the other. */
  isBlockedBetween(one: UserId, other: UserId): Promise<boolean>;
  /** Those of the others with whom there is a block, whoever made it; by id. */
  listBlockedBetween(userId: UserId, otherIds: readonly UserId[]): Promise<UserId[]>;
  setLastSeen(userId: UserId, atMs: number): Promise<void>;
  findLastSeen(userId: UserId): Promise<number | undefined>;
  /** Milliseconds until an attempt under all of these limits is accepted; 0 if it is now. */
  findAttemptWait(limits: readonly AttemptLimit[], nowMs: number): Promise<number>;
  /**
   * Counts one attempt under each of the limits: 0. If one of them is reached, writes nothing:
   * as `findAttemptWait`. Of many at once no more are counted than each limit accepts.
   */
  countAttempt(limits: readonly AttemptLimit[], nowMs: number): Promise<number>;
  forgetAttempts(key: string): Promise<void>;
  /** Deletes the keys whose window is over. */
  deleteOldAttempts(nowMs: number): Promise<number>;
}
