/** Accounts that the operator creates and whose passwords the operator resets. */

import { ChatError } from '@parley/protocol';
import { NO_PASSWORD, type User } from '../../model/user.ts';
import type { AccountStore } from '../../ports/account-store.ts';
import type { Clock } from '../../ports/clock.ts';
import type { CommonPasswords } from '../../ports/common-passwords.ts';
import type { Crypto } from '../../ports/crypto.ts';
import type { PasswordHash } from '../../ports/password-hash.ts';
import type { SessionStore } from '../../ports/session-store.ts';
import { checkUsername, createAccount } from './account-rules.ts';
import { normalisePassword, PasswordRules } from './password-rules.ts';

/** Characters of a generated password: 120 random bits. */
const PASSWORD_LENGTH = 20;

interface AccountAdministrationDependencies {
  readonly accounts: Pick<AccountStore, 'insertUser' | 'findCredentials'>;
  readonly sessions: Pick<SessionStore, 'setPassword'>;
  readonly passwords: PasswordHash;
  readonly commonPasswords: CommonPasswords;
  readonly secrets: Crypto;
  readonly clock: Clock;
}

export class AccountAdministration {
  readonly #dependencies: AccountAdministrationDependencies;

  constructor(dependencies: AccountAdministrationDependencies) {
    this.#dependencies = dependencies;
  }

  newPassword(): string {
    return this.#dependencies.secrets.newToken().slice(0, PASSWORD_LENGTH);
  }

  /** @throws {ChatError} VALIDATION_ERROR, CONFLICT. */
  async add(written: string, password: string): Promise<User> {
    const username = checkUsername(written);
    const passwordHash = await this.#hash(username, password);
    return createAccount(this.#dependencies, { username, passwordHash });
  }

  /**
   * Sets a new password and ends all sessions of the user, of which it returns the number. Servers
   * find the end of the sessions in the store.
   *
   * @throws {ChatError} VALIDATION_ERROR, NOT_FOUND, FORBIDDEN for an account without a password.
   */
  async resetPassword(username: string, password: string): Promise<number> {
    const { accounts, sessions } = this.#dependencies;
    const found = await accounts.findCredentials(username.trim());
    if (found === undefined) {
      throw new ChatError('NOT_FOUND', { field: 'username', message: 'No user has this name' });
    }
    if (found.passwordHash === NO_PASSWORD) {
      const message = 'This user has no password here: another application logs the user in';
      throw new ChatError('FORBIDDEN', { field: 'username', message });
    }
    const endedKeys = await sessions.setPassword(
      found.user.id,
      await this.#hash(found.user.username, password),
    );
    return endedKeys.length;
  }

  /** @throws {ChatError} VALIDATION_ERROR. */
  async #hash(username: string, password: string): Promise<string> {
    const { passwords, commonPasswords } = this.#dependencies;
    await new PasswordRules(commonPasswords).check(password, { username });
    return passwords.hash(normalisePassword(password));
  }
}
