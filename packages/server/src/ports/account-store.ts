import type { RoomId, UserId } from '@parley/protocol';
import type { AccountNotice } from '../model/account-notice.ts';
import type { AttemptLimit } from '../model/attempt-limits.ts';
import type { By } from '../model/audit.ts';
import type { QueuedMail } from '../model/mail.ts';
import type { Passkey } from '../model/passkey.ts';
import type { PasswordReset } from '../model/password-reset.ts';
import type { RoomMember, SearchedMembers } from '../model/room-member.ts';
import type { CodeProof, FactorProof, SecondFactor } from '../model/second-factor.ts';
import type { LinkedIdentity, SignInIdentity } from '../model/sign-in-identity.ts';
import type {
  Account,
  Admission,
  ConfirmedEmail,
  Credentials,
  Email,
  FoundUsers,
  InsertedUser,
  LastSeen,
  RenamedUser,
  StoredPresence,
  User,
} from '../model/user.ts';

/** Accounts and login attempts. */
export interface AccountStore {
  /**
   * Stores a new account unless its username is taken, ignoring case. Of two concurrent calls one
   * succeeds.
   *
   * @param admission `use`: the user is let in by this invite, and counted in the same transaction:
   *   without a place, the account is not stored. `first`: the account becomes the owner of a server
   *   without accounts; with `must-be`, it is not stored on another one. Of concurrent calls one is first.
   *   `identity`: stored in the same transaction, unless it belongs to another account. `isDistinct`: of
   *   concurrent calls with names that look the same, one succeeds.
   * @param by Who creates the account, for the audit log; not needed with an invite.
   */
  insertUser(
    user: User,
    passwordHash: string,
    admission?: Admission,
    by?: By,
  ): Promise<InsertedUser>;
  /** Whether there was an account, of whatever kind, deleted ones included; bots of Parley do not count. */
  hasAccounts(): Promise<boolean>;
  /** Time up to which the accounts are those of the demo, which have one password; undefined if it is no demo. */
  findDemo(): Promise<number | undefined>;
  noteDemo(untilMs: number | undefined): Promise<void>;
  findCredentials(username: string): Promise<Credentials | undefined>;
  findUser(
    reference:
      | { readonly kind: 'id'; readonly id: UserId }
      | { readonly kind: 'username'; readonly username: string },
  ): Promise<User | undefined>;
  /**
   * All accounts by username, ignoring case; after one of these usernames. With `start`, those one of
   * whose names has a word that begins with this folded text.
   */
  listAccounts(page: {
    readonly after?: string | undefined;
    readonly start?: string | undefined;
    readonly limit: number;
  }): Promise<Account[]>;
  findAccount(userId: UserId): Promise<Account | undefined>;
  /** These users, in any order; unknown ids are omitted. */
  listUsers(ids: readonly UserId[], usernames?: readonly string[]): Promise<User[]>;
  /** The users with these ids in the applications that authenticate them, in any order. */
  listUsersByExternalId(externalIds: readonly string[]): Promise<User[]>;
  /**
   * Sets the address of the user's picture. A file of this server stays as long as it is the picture,
   * and the one before it may be deleted.
   *
   * @param by Another user, who sets it. Returns false if this user may not, and stores nothing.
   */
  setAvatarUrl(userId: UserId, avatarUrl: string | undefined, by?: By): Promise<boolean>;
  /**
   * Sets the name to show. Returns false if this user may not, and stores nothing.
   *
   * @param by The user, or another one, who sets it: that is recorded. Not an issuer, or a registration.
   */
  setDisplayName(
    user: Pick<User, 'id' | 'username'>,
    displayName: string,
    by?: By,
  ): Promise<boolean>;
  /** Users one of whose names has a word that begins with this folded text, by that name; no users who are disabled then. */
  listUsersByWord(start: string, limit: number, nowMs: number): Promise<FoundUsers>;
  /**
   * As `listUsersByWord`, among the members of a room: complete in rooms of up to `scannedMax`
   * members, in larger rooms as far as that many members or names show. An empty text lists members.
   */
  listMembersByWord(roomId: RoomId, start: string, bounds: SearchedMembers): Promise<RoomMember[]>;
  /**
   * Sets the names of the account. A former username stays reserved, and its user may take it again;
   * `taken` if it is or was that of another user, `look-taken` if it looks like such a name.
   */
  setUsername(
    user: Pick<User, 'id' | 'username' | 'displayName'>,
    by: By,
  ): Promise<'stored' | 'taken' | 'look-taken'>;
  /** The users who had these usernames before, in any order. */
  listRenamed(formerUsernames: readonly string[]): Promise<RenamedUser[]>;
  findEmail(userId: UserId): Promise<Email | undefined>;
  /**
   * Sets the e-mail address, unconfirmed if it is another one; undefined removes it, and one that waits
   * for its confirmation. With a mail that confirms it, an address that is confirmed stays until then; set
   * again, it ends the wait of the other. Returns whether something has changed.
   *
   * @param mailId Of the mail that confirms it; undefined for none.
   */
  setEmail(
    userId: UserId,
    address: string | undefined,
    by: By,
    mailId: string | undefined,
  ): Promise<boolean>;
  /** The user who has confirmed this address. */
  findEmailUser(address: string): Promise<UserId | undefined>;
  /** Returns false, and stores nothing, if another address of the user is to be confirmed by now. */
  setEmailToken(
    userId: UserId,
    address: string,
    token: { readonly digest: string; readonly expiresAtMs: number },
  ): Promise<boolean>;
  /** Confirms the address of the token once, unless another account has confirmed it. */
  confirmEmail(tokenDigest: string, by: Omit<By, 'actor'>): Promise<ConfirmedEmail | undefined>;
  queueMail(mail: Omit<QueuedMail, 'attempts'> & { readonly atMs: number }): Promise<void>;
  /**
   * Returns the first mail that is due, of the most urgent kind, and lets it be due again at another time:
   * until then, no other node takes it. Mails of one user and kind are due a second apart.
   */
  takeMail(at: {
    readonly nowMs: number;
    readonly dueAtMs: number;
  }): Promise<QueuedMail | undefined>;
  delayMail(id: string, dueAtMs: number): Promise<void>;
  deleteMail(id: string): Promise<void>;
  /** Stores a notice; the user keeps the latest `keptMax`. */
  insertAccountNotice(userId: UserId, notice: AccountNotice, keptMax: number): Promise<void>;
  /** The notices since a time that another session has caused, oldest first. */
  listAccountNotices(userId: UserId, sinceMs: number, exceptKey: string): Promise<AccountNotice[]>;
  /** Returns false if there is no such notice that another session has caused. */
  deleteAccountNotice(userId: UserId, id: string, exceptKey: string): Promise<boolean>;
  /** Deletes some of the older notices; returns how many: 0 if there are no others. */
  deleteOldAccountNotices(beforeMs: number): Promise<number>;
  /** Whether the user is an owner of the server who has not ended the first steps of the page. */
  hasFirstSteps(userId: UserId): Promise<boolean>;
  endFirstSteps(userId: UserId, atMs: number): Promise<void>;
  /** Whether another username looks like this one; the same name in another case is none. */
  hasLookAlike(username: string, exceptId?: UserId): Promise<boolean>;
  /** Users whose shown name looks like this one, in any order. */
  listUsersByLook(look: string, limit: number): Promise<User[]>;
  /** The account that a user signs in to with this identity of a provider. */
  findIdentityCredentials(identity: SignInIdentity): Promise<Credentials | undefined>;
  listIdentities(userId: UserId): Promise<LinkedIdentity[]>;
  /** Returns false, and stores nothing, if the identity or another one of its issuer is linked. */
  linkIdentity(identity: LinkedIdentity, by: By): Promise<boolean>;
  /**
   * Deletes the identity of the account at an issuer. `last`: nothing is deleted, because the account
   * has no password, and no identity at another one of these issuers.
   */
  unlinkIdentity(
    identity: Pick<LinkedIdentity, 'userId' | 'issuer'>,
    usable: readonly string[],
    by: By,
  ): Promise<'deleted' | 'unknown' | 'last'>;
  /** The oldest first. */
  listPasskeys(userId: UserId): Promise<Passkey[]>;
  /** The passkey with this id of its authenticator, and the account that it signs in to. */
  findPasskeyCredentials(
    credentialId: string,
  ): Promise<{ readonly passkey: Passkey; readonly credentials: Credentials } | undefined>;
  /** Stores a passkey unless the credential is known, or the user has `PASSKEYS_MAX` of them. */
  insertPasskey(passkey: Passkey, by: By): Promise<'stored' | 'known' | 'full'>;
  /** Returns whether the user has it. */
  renamePasskey(userId: UserId, id: string, name: string): Promise<boolean>;
  /** Returns whether the user had it. */
  deletePasskey(userId: UserId, id: string, by: By): Promise<boolean>;
  /** Finds the user with this subject at another issuer. */
  findExternalUser(issuer: string, subject: string): Promise<User | undefined>;
  /**
   * Stores a new account with its external identity. If the identity already exists, returns its
   * user; returns `taken` if only the username is taken.
   */
  insertExternalUser(
    user: User,
    external: { readonly issuer: string; readonly subject: string; readonly passwordHash: string },
  ): Promise<User | 'taken'>;
  /**
   * Also ends the user's membership of the direct room with this key, without an event of its log.
   * Returns the id of the room if the user was a member.
   */
  block(
    userId: UserId,
    blockedId: UserId,
    block: { readonly directKey: string; readonly nowMs: number },
  ): Promise<RoomId | undefined>;
  /** Returns whether the block existed. */
  unblock(userId: UserId, blockedId: UserId): Promise<boolean>;
  /** Users whom a user has blocked, latest first; after one of them. */
  listBlocked(userId: UserId, limit: number, after?: UserId): Promise<User[]>;
  /** Whether one of the two users has blocked the other. */
  isBlockedBetween(one: UserId, other: UserId): Promise<boolean>;
  /** Those of the other users who have blocked or are blocked by the user, ordered by id. */
  listBlockedBetween(userId: UserId, otherIds: readonly UserId[]): Promise<UserId[]>;
  setLastSeen(users: readonly LastSeen[]): Promise<void>;
  findLastSeen(userId: UserId): Promise<number | undefined>;
  /** Replaces the choice of the user, unless the store has a later one. */
  setChosenPresence(choice: StoredPresence): Promise<void>;
  /** The choices of these users, in any order, also those that have ended. */
  listChosenPresence(userIds: readonly UserId[]): Promise<StoredPresence[]>;
  /**
   * Stores a link that sets a new password, in place of another one of the user that was mailed too, or
   * was not. Returns false, and stores nothing, for a mailed link if this is not the confirmed address of
   * the user, or the user has a second factor.
   */
  insertPasswordReset(reset: PasswordReset, by: By): Promise<boolean>;
  /** Also one that is not confirmed. */
  findSecondFactor(userId: UserId): Promise<SecondFactor | undefined>;
  /** Stores an unconfirmed second factor, in place of another one; returns false if there is a confirmed one. */
  startSecondFactor(userId: UserId, sealed: string): Promise<boolean>;
  /**
   * Confirms the second factor whose code was verified, with its recovery codes; from now on, no login
   * succeeds without it, and sessions that began without it end. Returns their keys; undefined, and nothing
   * is changed, if it is confirmed or another one.
   *
   * @param sessionKey Of the session that shows the code, which goes on.
   */
  confirmSecondFactor(
    userId: UserId,
    proof: Extract<FactorProof, { kind: 'totp' }>,
    recoveryDigests: readonly string[],
    by: By,
    sessionKey?: string,
  ): Promise<string[] | undefined>;
  /** Replaces the recovery codes of a confirmed second factor; returns false, and nothing is changed, without one. */
  replaceRecoveryCodes(userId: UserId, digests: readonly string[], by: By): Promise<boolean>;
  /** Deletes a confirmed second factor; returns false, and nothing is changed, if the proof is not valid. */
  removeSecondFactor(userId: UserId, proof: CodeProof, by: By): Promise<boolean>;
  /** Also one that has expired. */
  findPasswordReset(tokenDigest: string): Promise<PasswordReset | undefined>;
  /**
   * Atomically takes an unexpired link, sets the password of its user, and ends all their sessions.
   * Returns the keys of the sessions; undefined, and nothing is changed, if there is no such link. Of
   * two concurrent calls one succeeds. A password that is set in another way deletes the link, and a
   * mailed one ends with the address and with a new factor. The second factor and the passkeys of the
   * user end too; a link that is older than one of them changes nothing.
   */
  takePasswordReset(
    tokenDigest: string,
    passwordHash: string,
    by: By,
  ): Promise<string[] | undefined>;
  /** Milliseconds until an attempt under all these limits is accepted; 0 if it is accepted now. */
  findAttemptWait(limits: readonly AttemptLimit[], nowMs: number): Promise<number>;
  /**
   * Counts one attempt under each limit and returns 0. If a limit is reached, writes nothing and
   * returns the wait, as `findAttemptWait` does. Concurrent calls never exceed a limit.
   */
  countAttempt(limits: readonly AttemptLimit[], nowMs: number): Promise<number>;
  forgetAttempts(key: string): Promise<void>;
  /** Deletes some of the records whose window has ended; returns how many: 0 if there are no others. */
  deleteOldAttempts(nowMs: number): Promise<number>;
}
