/** Requests of users that mail answers: confirmation of an address, and a link that sets a new password. */
import { ChatError } from '@parley/protocol';
import type { Identity } from '../../model/identity.ts';
import type { AccountStore } from '../../ports/account-store.ts';
import type { Clock } from '../../ports/clock.ts';
import type { Crypto } from '../../ports/crypto.ts';
import { byOf } from '../core/act.ts';
import { sendsNoMail } from '../errors.ts';
import type { BackgroundTasks } from '../primitives/background-tasks.ts';
import { canonicalAddress } from '../primitives/email-address.ts';
import type { AccountNotices } from './account-notices.ts';
import type { AuthAttemptLimiter } from './auth-attempt-limiter.ts';
import type { ConfirmationLimits } from './confirmation-limits.ts';
import type { RegistrationEmails } from './registration-emails.ts';
import { incomplete, type RequiredSignIn } from './required-sign-in.ts';

/** Mails with a reset link to one account. */
const RESETS = { attemptsMax: 3, windowMs: 60 * 60_000 };
/** Longer than any name and address. */
const NAME_LENGTH_MAX = 254;

interface EmailRequestsDependencies {
  readonly accounts: Pick<
    AccountStore,
    | 'confirmEmail'
    | 'countAttempt'
    | 'findCredentials'
    | 'findEmail'
    | 'findEmailUser'
    | 'queueMail'
    | 'setEmail'
  >;
  readonly attempts: Pick<AuthAttemptLimiter, 'countReset' | 'networkOf'>;
  readonly confirmations: Pick<ConfirmationLimits, 'take'>;
  readonly notices: Pick<AccountNotices, 'noteChange'>;
  readonly requiredSignIn: Pick<RequiredSignIn, 'isByProvider'>;
  readonly registrationEmails: Pick<RegistrationEmails, 'areLimited' | 'check'>;
  readonly secrets: Pick<Crypto, 'digest' | 'newId'>;
  readonly clock: Pick<Clock, 'nowMs'>;
  readonly background: Pick<BackgroundTasks, 'run'>;
  /** Whether this server sends mail. */
  readonly hasMail: boolean;
}

export class EmailRequests {
  readonly #dependencies: EmailRequestsDependencies;

  constructor(dependencies: EmailRequestsDependencies) {
    this.#dependencies = dependencies;
  }

  get sendsMail(): boolean {
    return this.#dependencies.hasMail;
  }

  /**
   * Sends a link to the confirmed address of the account with this username or address, if there is one.
   * The answer does not say so, and takes the same time.
   *
   * @param address Undefined if all clients share one address, as over loopback.
   * @throws {ChatError} FORBIDDEN if the server sends no mail or requires a provider, RATE_LIMITED, UNAVAILABLE.
   */
  async requestReset(written: string, address: string | undefined): Promise<void> {
    const { attempts, background, hasMail, requiredSignIn } = this.#dependencies;
    if (!hasMail) throw sendsNoMail();
    if (requiredSignIn.isByProvider) throw incomplete('provider');
    await attempts.countReset(attempts.networkOf(address));
    background.run(this.#queueReset(written.trim().slice(0, NAME_LENGTH_MAX)));
  }

  /** Whether the account is closed until its address is confirmed. @throws {StoreUnavailable} */
  async isWaiting({ id }: Pick<Identity['user'], 'id'>): Promise<boolean> {
    const { accounts, registrationEmails } = this.#dependencies;
    if (!registrationEmails.areLimited) return false;
    return (await accounts.findEmail(id))?.isRequired === true;
  }

  /**
   * Sends the mail again that an account is closed for, to the same address or to another one.
   *
   * @throws {ChatError} NOT_FOUND for an account that waits for none, VALIDATION_ERROR, RATE_LIMITED, UNAVAILABLE.
   */
  async requestConfirmation({ user }: Identity, written: string | undefined): Promise<void> {
    const { accounts, confirmations, registrationEmails, secrets, clock } = this.#dependencies;
    const former = await accounts.findEmail(user.id);
    if (former?.isRequired !== true) throw new ChatError('NOT_FOUND');
    const address = written === undefined ? former.address : registrationEmails.check(written);
    await confirmations.take(user.id, address);
    const by = byOf(user, clock);
    const id = secrets.newId();
    if (await accounts.setEmail(user.id, address, by, id)) return;
    await accounts.queueMail({ id, kind: 'confirm-email', userId: user.id, atMs: by.atMs });
  }

  /**
   * Puts the address of a link in force, and tells the one whose place it takes.
   *
   * @throws {ChatError} NOT_FOUND for a link that has expired, or was used or replaced; RATE_LIMITED.
   */
  async confirm(
    token: string,
    address: { readonly limited: string | undefined; readonly recorded: string },
  ): Promise<void> {
    const { accounts, attempts, notices, secrets, clock } = this.#dependencies;
    await attempts.countReset(attempts.networkOf(address.limited));
    const by = { address: address.recorded, atMs: clock.nowMs() };
    const confirmed = await accounts.confirmEmail(secrets.digest(token), by);
    if (confirmed !== undefined) {
      const { userId: id, former } = confirmed;
      // The user may be another one than at the former address.
      if (former !== undefined) {
        notices.noteChange('email_changed', { id, address: by.address }, undefined, former);
      }
      return;
    }
    const message = 'This link has expired, or was used or replaced';
    throw new ChatError('NOT_FOUND', { field: 'token', message });
  }

  async #queueReset(name: string): Promise<void> {
    const { accounts, secrets, clock } = this.#dependencies;
    const userId = name.includes('@')
      ? await accounts.findEmailUser(canonicalAddress(name) ?? name)
      : (await accounts.findCredentials(name))?.user.id;
    if (userId === undefined) return;
    const atMs = clock.nowMs();
    if ((await accounts.countAttempt([{ key: `mailed reset ${userId}`, ...RESETS }], atMs)) > 0)
      return;
    await accounts.queueMail({ id: secrets.newId(), kind: 'reset-password', userId, atMs });
  }
}
