/** Accounts: registration, and verification of usernames and passwords. */

import { ChatError, LIMITS, type UserId } from '@parley/protocol';
import type { ActingUser, Identity } from '../../model/identity.ts';
import { hasPlace, type Invite } from '../../model/invite.ts';
import type { MessagesOfDeleted } from '../../model/removal.ts';
import type { SignInIdentity } from '../../model/sign-in-identity.ts';
import {
  type Admission,
  isDisabled,
  isServerAdmin,
  type Credentials as KnownCredentials,
  NO_PASSWORD,
  type User,
} from '../../model/user.ts';
import type { AccountStore } from '../../ports/account-store.ts';
import type { Clock } from '../../ports/clock.ts';
import type { CommonPasswords } from '../../ports/common-passwords.ts';
import type { Crypto } from '../../ports/crypto.ts';
import type { PasswordHash } from '../../ports/password-hash.ts';
import type { RemovalStore } from '../../ports/removal-store.ts';
import { byOf } from '../core/act.ts';
import { archived } from '../errors.ts';
import { isArchived, type OpenInvite } from '../invites/find-open-invite.ts';
import { ConcurrencyLimiter } from '../primitives/concurrency-limiter.ts';
import type { DomainSettings } from '../settings.ts';
import type { AccountChanges } from './account-changes.ts';
import { checkUsername, createAccount, hasRegistered, notInvited } from './account-rules.ts';
import type { AuthAttemptLimiter } from './auth-attempt-limiter.ts';
import type { ConfirmationLimits } from './confirmation-limits.ts';
import { deleteAccount } from './delete-account.ts';
import type { FactorProofs } from './factor-proofs.ts';
import type { FirstOwner } from './first-owner.ts';
import { requireFullSession } from './full-session.ts';
import { normalisePassword, PasswordRules } from './password-rules.ts';
import type { RegistrationEmails } from './registration-emails.ts';
import { incomplete, type RequiredSignIn } from './required-sign-in.ts';
import type { SessionClient, Sessions, StartedSession } from './sessions.ts';
import { accountDisabled, codeNeeded, wrongCredentials } from './wrong-credentials-error.ts';

interface Credentials {
  readonly username: string;
  readonly password: string;
  /** The client's address; `undefined` if all clients share one address, as over loopback. */
  readonly address: string | undefined;
  /** The same for the audit log, which records every address. */
  readonly recordedAddress?: string;
}

export class Accounts {
  readonly #store: AccountStore;
  readonly #sessions: Sessions;
  readonly #passwords: PasswordHash;
  readonly #rules: PasswordRules;
  readonly #secrets: Crypto;
  readonly #clock: Clock;
  readonly #attempts: AuthAttemptLimiter;
  readonly #proofs: Pick<FactorProofs, 'prove'>;
  readonly #findInvite: (token: string) => Promise<OpenInvite | undefined>;
  readonly #hasUsed: (invite: Invite, userId: UserId) => Promise<boolean>;
  readonly #registration: DomainSettings['registration'];
  readonly #registrationEmails: RegistrationEmails;
  readonly #confirmations: Pick<ConfirmationLimits, 'take'>;
  readonly #firstOwner: FirstOwner;
  readonly #removals: Pick<RemovalStore, 'deleteAccount'>;
  readonly #accountChanges: Pick<AccountChanges, 'announce'>;
  readonly #requiredSignIn: Pick<RequiredSignIn, 'acceptOwn' | 'isByProvider'>;
  // Each hash takes 19 MiB and a thread of the pool that file access and name resolution need too.
  readonly #hashing = new ConcurrencyLimiter({ atOnceMax: 2, waitingMax: 50 });
  #dummyPasswordHash: string | undefined;

  constructor(dependencies: {
    readonly store: AccountStore;
    readonly sessions: Sessions;
    readonly passwords: PasswordHash;
    readonly commonPasswords: CommonPasswords;
    readonly secrets: Crypto;
    readonly clock: Clock;
    readonly attempts: AuthAttemptLimiter;
    readonly proofs: Pick<FactorProofs, 'prove'>;
    readonly registration: DomainSettings['registration'];
    readonly registrationEmails: RegistrationEmails;
    readonly confirmations: Pick<ConfirmationLimits, 'take'>;
    readonly firstOwner: FirstOwner;
    readonly removals: Pick<RemovalStore, 'deleteAccount'>;
    readonly accountChanges: Pick<AccountChanges, 'announce'>;
    readonly requiredSignIn: Pick<RequiredSignIn, 'acceptOwn' | 'isByProvider'>;
    /** Undefined for an invite that lets no user in. */
    readonly findInvite: (token: string) => Promise<OpenInvite | undefined>;
    /** Of an invite without a place left. */
    readonly hasUsed: (invite: Invite, userId: UserId) => Promise<boolean>;
  }) {
    this.#store = dependencies.store;
    this.#sessions = dependencies.sessions;
    this.#passwords = dependencies.passwords;
    this.#rules = new PasswordRules(dependencies.commonPasswords);
    this.#secrets = dependencies.secrets;
    this.#clock = dependencies.clock;
    this.#attempts = dependencies.attempts;
    this.#proofs = dependencies.proofs;
    this.#registration = dependencies.registration;
    this.#registrationEmails = dependencies.registrationEmails;
    this.#confirmations = dependencies.confirmations;
    this.#firstOwner = dependencies.firstOwner;
    this.#findInvite = dependencies.findInvite;
    this.#hasUsed = dependencies.hasUsed;
    this.#removals = dependencies.removals;
    this.#accountChanges = dependencies.accountChanges;
    this.#requiredSignIn = dependencies.requiredSignIn;
  }

  /** Whether a client may create an account itself. @throws {StoreUnavailable} */
  async registrationOf(client: {
    readonly isLocal: boolean;
  }): Promise<DomainSettings['registration']> {
    if (this.#registration === 'open') return 'open';
    const isOpen = this.#firstOwner.isOpenTo(client);
    if (isOpen && !(await this.#store.hasAccounts())) return 'open';
    const hasLink = (await this.#firstOwner.findToken()) !== undefined;
    return hasLink ? 'invited' : this.#registration;
  }

  /** Whether passwords sign in others than the owner; before there is one, with them. @throws {StoreUnavailable} */
  async isPasswordSignIn(): Promise<boolean> {
    return !this.#requiredSignIn.isByProvider || !(await this.#store.hasAccounts());
  }

  /** Of the addresses with which users register; none for the first account. @throws {StoreUnavailable} */
  async emailDomains(): Promise<readonly string[]> {
    const { areLimited, domains } = this.#registrationEmails;
    return areLimited && (await this.#store.hasAccounts()) ? domains : [];
  }

  /**
   * @param credentials `invite`: the token of an invite, which must be valid even if none is needed, or
   *   of the owner link. `isLocal`: the client runs on this machine. `email`: ignored unless the server asks
   *   for an address.
   * @throws {ChatError} VALIDATION_ERROR, CONFLICT, FORBIDDEN, RATE_LIMITED, UNAVAILABLE.
   */
  async register({
    username: written,
    password,
    address,
    recordedAddress,
    invite: token,
    email: writtenEmail,
    isLocal = false,
  }: Credentials & {
    readonly invite?: string | undefined;
    readonly email?: string | undefined;
    readonly isLocal?: boolean;
  }): Promise<User> {
    const isOwnerLink = token !== undefined && this.#firstOwner.isToken(token);
    const first = await this.#admit(token, { isLocal, isOwnerLink });
    const username = checkUsername(written);
    await this.#rules.check(password, { username });
    const network = this.#attempts.networkOf(address);
    await this.#attempts.countRegistration(network);
    const open = await this.#requireInvite(isOwnerLink ? undefined : token, username);
    const { areLimited } = this.#registrationEmails;
    const isFirst = areLimited && first !== undefined && !(await this.#store.hasAccounts());
    const email =
      isFirst || !this.#needsEmail(open)
        ? undefined
        : { address: this.#registrationEmails.check(writtenEmail), mailId: this.#secrets.newId() };
    if (email !== undefined) await this.#confirmations.take(undefined, email.address);
    const passwordHash = await this.hash(network ?? username, password);
    const dependencies = { accounts: this.#store, secrets: this.#secrets, clock: this.#clock };
    const client = recordedAddress === undefined ? {} : { address: recordedAddress };
    return createAccount(dependencies, {
      ...{ username, passwordHash, invite: open?.invite, email, ...client },
      // If another account was first meanwhile, this one is rejected: it has no address.
      first: isFirst ? 'must-be' : first,
    });
  }

  /**
   * As `register`, for a user whom a provider has identified: the account has no password, and is never
   * the first one, which becomes the owner.
   */
  async registerByProvider({
    username: written,
    invite: token,
    identity,
    verifiedEmail,
    from,
  }: {
    readonly username: string;
    readonly invite: string | undefined;
    readonly identity: SignInIdentity;
    readonly verifiedEmail: string | undefined;
    readonly from: { readonly limited: string | undefined; readonly recorded: string };
  }): Promise<User> {
    const rejection = rejectionOf(this.#registration, token);
    if (rejection !== undefined) throw rejection;
    const username = checkUsername(written);
    await this.#attempts.countRegistration(this.#attempts.networkOf(from.limited));
    const open = await this.#requireInvite(token, username);
    if (this.#needsEmail(open)) this.#registrationEmails.requireVerified(verifiedEmail);
    const dependencies = { accounts: this.#store, secrets: this.#secrets, clock: this.#clock };
    return createAccount(dependencies, {
      ...{
        username,
        passwordHash: NO_PASSWORD,
        invite: open?.invite,
        identity,
        address: from.recorded,
      },
    });
  }

  /**
   * @throws {ChatError} FORBIDDEN for an invite that is not valid, or whose rooms are archived; CONFLICT if the user
   *   has registered with it before: the answer was lost, and the invite has no place left.
   */
  async #requireInvite(
    token: string | undefined,
    username: string,
  ): Promise<OpenInvite | undefined> {
    if (token === undefined) return undefined;
    const open = await this.#findInvite(token);
    if (open === undefined) throw notInvited();
    if (!hasPlace(open.invite)) {
      const named = await this.#store.findUser({ kind: 'username', username });
      if (named !== undefined && (await this.#hasUsed(open.invite, named.id)))
        throw hasRegistered();
      throw notInvited();
    }
    if (isArchived(open)) throw archived();
    return open;
  }

  /** Those who manage accounts may let in any user. */
  #needsEmail(invite: OpenInvite | undefined): boolean {
    const isByAdmin = invite !== undefined && isServerAdmin(invite.inviter);
    return this.#registrationEmails.areLimited && !isByAdmin;
  }

  /**
   * Whether the account may or must be the first one; undefined for one as others.
   *
   * @throws {ChatError} FORBIDDEN.
   */
  async #admit(
    token: string | undefined,
    { isLocal, isOwnerLink }: { readonly isLocal: boolean; readonly isOwnerLink: boolean },
  ): Promise<Admission['first']> {
    if (isOwnerLink) {
      if (await this.#store.hasAccounts()) throw notInvited();
      return 'must-be';
    }
    const isOpen = this.#firstOwner.isOpenTo({ isLocal });
    // No provider creates the first account.
    const rejection = this.#requiredSignIn.isByProvider
      ? incomplete('provider')
      : rejectionOf(this.#registration, token);
    if (rejection === undefined) return isOpen ? 'may-be' : undefined;
    if (!isOpen || (await this.#store.hasAccounts())) throw rejection;
    return 'must-be';
  }

  /**
   * Returns the user with this name and password, the hash that matched, and the proof of the second
   * factor. A wrong password, an unknown name and an invalid name give the same error after the same
   * time; only those who know the password learn that a code is needed. An attempt counts until a login
   * succeeds.
   *
   * @throws {ChatError} UNAUTHENTICATED, with `factor` if only the code is missing or wrong; FORBIDDEN if the account is disabled, or the server requires a provider; RATE_LIMITED, UNAVAILABLE.
   */
  async verify({
    username: written,
    password,
    code,
    ...from
  }: Credentials & { readonly code?: string | undefined }): Promise<KnownCredentials> {
    const username = written.trim();
    const network = this.#attempts.networkOf(from.address);
    await this.#attempts.requireNetwork(network);
    const found = await this.#findCredentials(username);
    const userId = found?.user.id;
    const forget = await this.#attempts.countLogin({ username, userId, network });
    const isRight = await this.#matches(network ?? username, password, found?.passwordHash);
    if (found === undefined) throw wrongCredentials('unknown-account');
    const isClosed = isDisabled(found.user, this.#clock.nowMs());
    if (!isRight || isClosed) this.#attempts.noteRefusal(found.user.id, from.recordedAddress);
    if (!isRight) throw wrongCredentials('wrong-password');
    // Only those who know the password learn it.
    if (isClosed) throw accountDisabled(found.user);
    try {
      this.#requiredSignIn.acceptOwn(found.user, { isPasskey: false });
    } catch (error) {
      this.#attempts.noteRefusal(found.user.id, from.recordedAddress);
      throw error;
    }
    const proof = await this.#proofs.prove(found.user.id, code);
    if (proof === 'wrong-code') this.#attempts.noteRefusal(found.user.id, from.recordedAddress);
    if (proof === 'no-code' || proof === 'wrong-code') throw codeNeeded(proof);
    await forget();
    return { ...found, proof };
  }

  /**
   * Sets a new password for a user who knows the current one, and ends all of the user's sessions, of
   * which others may have copies. Both happen or neither. Returns the session with which the client
   * continues.
   *
   * @throws {ChatError} VALIDATION_ERROR; FORBIDDEN for a wrong current password, or a token that is
   *   only for connections; UNAUTHENTICATED if the session has ended; RATE_LIMITED, UNAVAILABLE.
   */
  async changePassword(
    identity: Identity,
    change: { readonly currentPassword: string; readonly newPassword: string },
    client: SessionClient,
  ): Promise<StartedSession> {
    requireFullSession(identity);
    const { currentPassword, newPassword } = change;
    const { user } = identity;
    await this.#rules.check(newPassword, { username: user.username, field: 'newPassword' });
    const { passwordHash } = await this.requirePassword(user, currentPassword, 'currentPassword');
    const toHash = await this.hash(user.id, newPassword);
    const hashes = { fromHash: passwordHash, toHash };
    const started = await this.#sessions.changePassword(identity, hashes, client);
    if (started === undefined) throw wrongCurrentPassword('currentPassword');
    return started;
  }

  /**
   * Deletes the account of a user who knows the password, as `deleteAccount` does.
   *
   * @throws {ChatError} FORBIDDEN for a wrong password, for an account without one, or a token that is
   *   only for connections; CONFLICT for the last enabled owner; RATE_LIMITED, UNAVAILABLE.
   */
  async deleteOwn(
    identity: Identity,
    { password, messages }: { readonly password: string; readonly messages: MessagesOfDeleted },
  ): Promise<void> {
    requireFullSession(identity);
    const { user } = identity;
    await this.requirePassword(user, password, 'password');
    const dependencies = { removals: this.#removals, secrets: this.#secrets };
    const by = byOf(user, this.#clock);
    this.#accountChanges.announce(user.id, await deleteAccount(dependencies, user, messages, by));
  }

  /**
   * Verifies the password that a logged-in user states again.
   *
   * @param field Of the error.
   * @throws {ChatError} FORBIDDEN for a wrong password, RATE_LIMITED, UNAVAILABLE.
   */
  async requirePassword(
    { id, username, address }: Pick<User, 'id' | 'username'> & Partial<Pick<ActingUser, 'address'>>,
    password: string,
    field: string,
  ): Promise<KnownCredentials> {
    // The count remains after a success: each attempt tries one password, whatever its result.
    await this.#attempts.countPasswordChange(id);
    const found = await this.#findCredentials(username);
    const isRight = found && (await this.#matches(id, password, found.passwordHash));
    if (found === undefined || isRight !== true) {
      this.#attempts.noteRefusal(id, address, 'proof');
      throw wrongCurrentPassword(field);
    }
    return found;
  }

  async #findCredentials(username: string): Promise<KnownCredentials | undefined> {
    const known = await this.#store.findCredentials(username);
    return known?.passwordHash === NO_PASSWORD ? undefined : known;
  }

  /**
   * Takes the same time if there is no account. `key` shares the hashing capacity fairly.
   *
   * @throws {ChatError} UNAVAILABLE.
   */
  #matches(key: string, password: string, passwordHash: string | undefined): Promise<boolean> {
    return this.#hashing.run(key, async () => {
      // Bounded in length: hashing megabytes of input would cost time.
      const candidate = password.slice(0, LIMITS.passwordLengthMax * 2);
      const hash = passwordHash ?? (await this.#dummyHash());
      return this.#passwords.verify(normalisePassword(candidate), hash);
    });
  }

  /** The hash of a new password that satisfies the rules. `key` as above. @throws {ChatError} UNAVAILABLE. */
  hash(key: string, password: string): Promise<string> {
    return this.#hashing.run(key, () => this.#passwords.hash(normalisePassword(password)));
  }

  /** A hash to compare with if the name is unknown, so that the check takes the same time. */
  async #dummyHash(): Promise<string> {
    this.#dummyPasswordHash ??= await this.#passwords.hash(this.#secrets.newToken());
    return this.#dummyPasswordHash;
  }
}

function rejectionOf(
  registration: DomainSettings['registration'],
  token: string | undefined,
): ChatError | undefined {
  if (registration === 'closed') {
    return new ChatError('FORBIDDEN', { message: 'Registration is closed' });
  }
  if (registration === 'open' || token !== undefined) return undefined;
  const message = 'Registration needs an invitation';
  return new ChatError('FORBIDDEN', { field: 'invite', message });
}

/** The session is valid; a client would take 401 for an ended session. */
function wrongCurrentPassword(field: string): ChatError {
  return new ChatError('FORBIDDEN', { field, message: 'The current password is wrong' });
}
