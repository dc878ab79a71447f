/** Links with which users set a new password without the current one: an owner or admin hands them out. */

import { ChatError } from '@parley/protocol';
import { mayAdminister } from '../../model/administration-rules.ts';
import { type By, OPERATOR, SERVER } from '../../model/audit.ts';
import type { PasswordReset } from '../../model/password-reset.ts';
import { type Credentials, isDisabled, NO_PASSWORD, type User } from '../../model/user.ts';
import type { AccountStore } from '../../ports/account-store.ts';
import type { Clock } from '../../ports/clock.ts';
import type { CommonPasswords } from '../../ports/common-passwords.ts';
import type { Crypto } from '../../ports/crypto.ts';
import type { Accounts } from './accounts.ts';
import type { AuthAttemptLimiter } from './auth-attempt-limiter.ts';
import { PasswordRules } from './password-rules.ts';
import type { RequiredSignIn } from './required-sign-in.ts';
import type { Sessions } from './sessions.ts';
import { accountDisabled } from './wrong-credentials-error.ts';

const VALID_MS = 24 * 60 * 60 * 1000;

export interface NewPasswordReset {
  /** Of the link; stored nowhere. */
  readonly token: string;
  readonly expiresAtMs: number;
  /** False if it is not to be mailed: the address or the sign-in of the user has changed. */
  readonly isStored: boolean;
}

/** The former link of the user lets no client in afterwards. @throws {ChatError} FORBIDDEN for an account without a password. */
export async function createPasswordReset(
  {
    accounts,
    secrets,
  }: {
    readonly accounts: Pick<AccountStore, 'insertPasswordReset'>;
    readonly secrets: Pick<Crypto, 'digest' | 'newToken'>;
  },
  { user, passwordHash }: Credentials,
  by: By,
  mailedTo?: string,
): Promise<NewPasswordReset> {
  requirePassword(passwordHash);
  const token = secrets.newToken();
  const expiresAtMs = by.atMs + VALID_MS;
  const reset = { userId: user.id, tokenDigest: secrets.digest(token), creator: by.actor };
  const isStored = await accounts.insertPasswordReset({ ...reset, expiresAtMs, mailedTo }, by);
  return { token, expiresAtMs, isStored };
}

/** @throws {ChatError} FORBIDDEN if another application logs the user in. */
export function requirePassword(passwordHash: string | undefined): void {
  if (passwordHash !== NO_PASSWORD && passwordHash !== undefined) return;
  const message = 'This user has no password here: another application logs the user in';
  throw new ChatError('FORBIDDEN', { field: 'username', message });
}

interface PasswordResetsDependencies {
  readonly accounts: Pick<AccountStore, 'listUsers' | 'findPasswordReset' | 'takePasswordReset'>;
  readonly commonPasswords: CommonPasswords;
  readonly hasher: Pick<Accounts, 'hash'>;
  readonly sessions: Pick<Sessions, 'cutAfterReset'>;
  readonly requiredSignIn: Pick<RequiredSignIn, 'acceptOwn'>;
  readonly attempts: Pick<AuthAttemptLimiter, 'networkOf' | 'countReset'>;
  readonly secrets: Pick<Crypto, 'digest'>;
  readonly clock: Pick<Clock, 'nowMs'>;
}

export class PasswordResets {
  readonly #dependencies: PasswordResetsDependencies;
  readonly #rules: PasswordRules;

  constructor(dependencies: PasswordResetsDependencies) {
    this.#dependencies = dependencies;
    this.#rules = new PasswordRules(dependencies.commonPasswords);
  }

  /**
   * Sets the password of the user of a link, removes the second factor, and ends all sessions. The link is of no use
   * afterwards; a password that breaks a rule does not use it up. Returns what a login needs.
   *
   * @param address `limited`: undefined if all clients share one address, as over loopback.
   * @throws {ChatError} NOT_FOUND for a link that is unknown, expired or used, that was mailed to an
   *   address which the user has changed, or whose creator may no longer reset this password;
   *   VALIDATION_ERROR; FORBIDDEN for a disabled account, for a link that is older than the second factor
   *   or a passkey, or if the server requires a provider; RATE_LIMITED.
   */
  async use(
    { token, password }: { readonly token: string; readonly password: string },
    address: { readonly limited: string | undefined; readonly recorded: string },
  ): Promise<Credentials> {
    const { accounts, hasher, sessions, attempts, secrets, clock } = this.#dependencies;
    const network = attempts.networkOf(address.limited);
    await attempts.countReset(network);
    const tokenDigest = secrets.digest(token);
    const reset = await accounts.findPasswordReset(tokenDigest);
    if (reset === undefined || reset.expiresAtMs <= clock.nowMs()) throw unknownToken();
    if (reset.precedesFactor === true) throw precedesFactor();
    const user = await this.#requireUser(reset);
    await this.#rules.check(password, { username: user.username });
    const passwordHash = await hasher.hash(network ?? user.id, password);
    const by = { actor: user.id, address: address.recorded, atMs: clock.nowMs() };
    const endedKeys = await accounts.takePasswordReset(tokenDigest, passwordHash, by);
    if (endedKeys === undefined) throw unknownToken();
    sessions.cutAfterReset(user.id, endedKeys);
    return { user, passwordHash };
  }

  /** Roles may have changed since the link was created. @throws {ChatError} NOT_FOUND, FORBIDDEN. */
  async #requireUser({ userId, creator }: PasswordReset): Promise<User> {
    // The server sends links to confirmed addresses.
    const isByOperator = creator === OPERATOR || creator === SERVER;
    const ids = isByOperator ? [userId] : [userId, creator as User['id']];
    const users = await this.#dependencies.accounts.listUsers(ids);
    const user = users.find(({ id }) => id === userId);
    const actor = users.find(({ id }) => id === creator);
    const isAllowed =
      isByOperator || (actor && user && mayAdminister(actor, 'reset-password', user));
    if (user === undefined || isAllowed !== true) throw unknownToken();
    if (isDisabled(user, this.#dependencies.clock.nowMs())) throw accountDisabled(user);
    this.#dependencies.requiredSignIn.acceptOwn(user, { isPasskey: false });
    return user;
  }
}

function precedesFactor(): ChatError {
  return new ChatError('FORBIDDEN', {
    field: 'token',
    message:
      'This link is older than the two-step sign-in or a passkey of the account: ask an administrator for a new one',
  });
}

function unknownToken(): ChatError {
  const message = 'This link has expired, or was used or replaced';
  return new ChatError('NOT_FOUND', { field: 'token', message });
}
