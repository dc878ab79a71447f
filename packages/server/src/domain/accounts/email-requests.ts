/** Requests of users that mail answers: confirmation of an address, and a link that sets a new password. */
import { ChatError } from '@parley/protocol';
import type { AccountStore } from '../../ports/account-store.ts';
import type { Clock } from '../../ports/clock.ts';
import type { Crypto } from '../../ports/crypto.ts';
import type { BackgroundTasks } from '../primitives/background-tasks.ts';
import type { AuthAttemptLimiter } from './auth-attempt-limiter.ts';

/** Mails with a reset link to one account. */
const RESETS = { attemptsMax: 3, windowMs: 60 * 60_000 };
/** Longer than any name and address. */
const NAME_LENGTH_MAX = 254;

interface EmailRequestsDependencies {
  readonly accounts: Pick<
    AccountStore,
    'confirmEmail' | 'countAttempt' | 'findCredentials' | 'findEmailUser' | 'queueMail'
  >;
  readonly attempts: Pick<AuthAttemptLimiter, 'countReset' | 'networkOf'>;
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

  /**
   * Sends a link to the confirmed address of the account with this username or address, if there is one.
   * The answer does not say so, and takes the same time.
   *
   * @param address Undefined if all clients share one address, as over loopback.
   * @throws {ChatError} FORBIDDEN if the server sends no mail, RATE_LIMITED, UNAVAILABLE.
   */
  async requestReset(written: string, address: string | undefined): Promise<void> {
    const { attempts, background, hasMail } = this.#dependencies;
    if (!hasMail) throw new ChatError('FORBIDDEN', { message: 'This server sends no mail' });
    await attempts.countReset(attempts.networkOf(address));
    background.run(this.#queueReset(written.trim().slice(0, NAME_LENGTH_MAX)));
  }

  /** @throws {ChatError} NOT_FOUND for a link that has expired, or was used or replaced; RATE_LIMITED. */
  async confirm(
    token: string,
    address: { readonly limited: string | undefined; readonly recorded: string },
  ): Promise<void> {
    const { accounts, attempts, secrets, clock } = this.#dependencies;
    await attempts.countReset(attempts.networkOf(address.limited));
    const by = { address: address.recorded, atMs: clock.nowMs() };
    if ((await accounts.confirmEmail(secrets.digest(token), by)) !== undefined) return;
    const message = 'This link has expired, or was used or replaced';
    throw new ChatError('NOT_FOUND', { field: 'token', message });
  }

  async #queueReset(name: string): Promise<void> {
    const { accounts, secrets, clock } = this.#dependencies;
    const userId = name.includes('@')
      ? await accounts.findEmailUser(name)
      : (await accounts.findCredentials(name))?.user.id;
    if (userId === undefined) return;
    const atMs = clock.nowMs();
    if ((await accounts.countAttempt([{ key: `mailed reset ${userId}`, ...RESETS }], atMs)) > 0)
      return;
    await accounts.queueMail({ id: secrets.newId(), kind: 'reset-password', userId, atMs });
  }
}
