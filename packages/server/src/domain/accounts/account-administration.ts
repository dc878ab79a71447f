/** Accounts as the operator manages them: creation, passwords, roles, sessions, disabling. */

import { ChatError } from '@parley/protocol';
import { type By, OPERATOR } from '../../model/audit.ts';
import type { MessagesOfDeleted } from '../../model/removal.ts';
import type { Session } from '../../model/session.ts';
import { ROLES } from '../../model/stored-role.ts';
import { type Account, type Credentials, type User, userAt } from '../../model/user.ts';
import type { AccountStore } from '../../ports/account-store.ts';
import type { Clock } from '../../ports/clock.ts';
import type { CommonPasswords } from '../../ports/common-passwords.ts';
import type { Crypto } from '../../ports/crypto.ts';
import type { PasswordHash } from '../../ports/password-hash.ts';
import type { RemovalStore } from '../../ports/removal-store.ts';
import type { SessionStore } from '../../ports/session-store.ts';
import { parseTime } from '../primitives/iso-time.ts';
import { refusal, requireChanged } from './account-refusal.ts';
import { checkUsername, createAccount } from './account-rules.ts';
import { deleteAccount } from './delete-account.ts';
import { createPasswordReset, type NewPasswordReset, requirePassword } from './password-resets.ts';
import { normalisePassword, PasswordRules } from './password-rules.ts';

/** Characters of a generated password: 120 random bits. */
const PASSWORD_LENGTH = 20;
/** Accounts or sessions that one read returns. */
const PAGE_LENGTH = 500;

interface AccountAdministrationDependencies {
  readonly accounts: Pick<
    AccountStore,
    | 'insertUser'
    | 'findCredentials'
    | 'findAccount'
    | 'insertPasswordReset'
    | 'listAccounts'
    | 'findDemo'
    | 'noteDemo'
  >;
  readonly sessions: Pick<
    SessionStore,
    'setPassword' | 'setRole' | 'setDisabled' | 'listSessions' | 'deleteSessionsOf'
  >;
  readonly removals: Pick<RemovalStore, 'deleteAccount'>;
  readonly passwords: PasswordHash;
  readonly commonPasswords: CommonPasswords;
  readonly secrets: Crypto;
  readonly clock: Clock;
  /** Name of the operator at the system, and of the system: `name@host`. */
  readonly operator: string;
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
    return createAccount(this.#dependencies, { username, passwordHash, by: this.#by() });
  }

  /**
   * Sets a new password, removes the second factor, and ends all sessions of the user, of which it
   * returns the number. Servers find the end of the sessions in the store.
   *
   * @throws {ChatError} VALIDATION_ERROR, NOT_FOUND, FORBIDDEN for an account without a password.
   */
  async resetPassword(username: string, password: string): Promise<number> {
    const { sessions } = this.#dependencies;
    const found = await this.#find(username);
    requirePassword(found.passwordHash);
    const endedKeys = await sessions.setPassword(
      found.user.id,
      await this.#hash(found.user.username, password),
      this.#by(),
    );
    return endedKeys.length;
  }

  /** A link with which the user sets a new password. @throws {ChatError} As `resetPassword`. */
  async createPasswordReset(username: string): Promise<NewPasswordReset> {
    return createPasswordReset(this.#dependencies, await this.#find(username), this.#by());
  }

  /** All accounts by username, read in pages. */
  async *list(): AsyncGenerator<Account> {
    let after: string | undefined;
    do {
      const page = await this.#dependencies.accounts.listAccounts({ after, limit: PAGE_LENGTH });
      for (const each of page) yield this.#now(each);
      after = page.length < PAGE_LENGTH ? undefined : page.at(-1)?.user.username;
    } while (after !== undefined);
  }

  /**
   * Sets the role of a user on the server; the sessions of the user go on with it. Returns the name as the user
   * wrote it.
   *
   * @throws {ChatError} VALIDATION_ERROR for an unknown role, NOT_FOUND; CONFLICT for the last enabled owner,
   *   and a higher role of an account that is disabled.
   */
  async setRole(username: string, written: string): Promise<{ name: string }> {
    const role = ROLES.find((each) => each === written);
    if (role === undefined) {
      const message = `A role is one of ${[...ROLES].reverse().join(', ')}`;
      throw new ChatError('VALIDATION_ERROR', { field: 'role', message });
    }
    const { user } = await this.#find(username);
    const { sessions } = this.#dependencies;
    const outcome = await sessions.setRole(user.id, role, this.#by());
    if (outcome !== 'changed' && outcome !== 'unchanged') throw refusal(outcome, 'set');
    return { name: user.username };
  }

  /**
   * Disables an account, which ends all sessions of the user, or enables it again. Returns the name as
   * the user wrote it, and the number of ended sessions.
   *
   * @throws {ChatError} NOT_FOUND, CONFLICT for the last enabled owner.
   */
  async setDisabled(
    username: string,
    isDisabled: boolean,
    until?: string,
  ): Promise<{ name: string; ended: number }> {
    const { user } = await this.#find(username);
    const by = this.#by();
    const atMs = isDisabled ? by.atMs : undefined;
    const untilMs = until === undefined ? undefined : parseTime(until, 'until');
    const isPast = untilMs !== undefined && untilMs <= by.atMs;
    if (isPast) {
      const message = "'until' must be in the future";
      throw new ChatError('VALIDATION_ERROR', { field: 'until', message });
    }
    const suspension = untilMs === undefined ? undefined : { untilMs, reason: '' };
    const endedKeys = requireChanged(
      await this.#dependencies.sessions.setDisabled(user.id, atMs, by, suspension),
    );
    return { name: user.username, ended: endedKeys.length };
  }

  /**
   * Deletes an account; servers that run do the rest in steps, or the next start. Returns as
   * `setDisabled`.
   *
   * @throws {ChatError} NOT_FOUND, CONFLICT for the last enabled owner.
   */
  async delete(
    username: string,
    messages: MessagesOfDeleted,
  ): Promise<{ name: string; ended: number }> {
    const { user } = await this.#find(username);
    const ended = await deleteAccount(this.#dependencies, user, messages, this.#by());
    return { name: user.username, ended: ended.length };
  }

  /** @throws {ChatError} NOT_FOUND. */
  async show(username: string): Promise<Account> {
    const { user } = await this.#find(username);
    const account = await this.#dependencies.accounts.findAccount(user.id);
    if (account === undefined) throw unknownUser();
    return this.#now(account);
  }

  /** Notes that accounts made up to this time have one password, which many may know. */
  async noteDemo(untilMs: number): Promise<void> {
    await this.#dependencies.accounts.noteDemo(untilMs);
  }

  /**
   * Gives each account of the demo a password of its own, which nobody knows, and ends its sessions. Returns
   * the usernames; undefined if the server is no demo.
   */
  async lockDemo(): Promise<string[] | undefined> {
    const { accounts } = this.#dependencies;
    const untilMs = await accounts.findDemo();
    if (untilMs === undefined) return undefined;
    const names: string[] = [];
    for await (const { user } of this.list()) {
      const hasPassword = user.isBot !== true && user.externalId === undefined;
      if (!hasPassword || user.createdAtMs > untilMs) continue;
      await this.resetPassword(user.username, this.newPassword());
      names.push(user.username);
    }
    await accounts.noteDemo(undefined);
    return names;
  }

  /** Ends all sessions of a user; returns their number. @throws {ChatError} NOT_FOUND. */
  async endSessions(username: string): Promise<number> {
    const { user } = await this.#find(username);
    const { sessions } = this.#dependencies;
    return (await sessions.deleteSessionsOf(user.id, this.#by())).length;
  }

  #now(account: Account): Account {
    return { ...account, user: userAt(account.user, this.#dependencies.clock.nowMs()) };
  }

  /** The latest sessions of a user, the latest login first. @throws {ChatError} NOT_FOUND. */
  async listSessions(username: string): Promise<Session[]> {
    const { sessions, clock } = this.#dependencies;
    const { user } = await this.#find(username);
    return sessions.listSessions(user.id, { nowMs: clock.nowMs(), limit: PAGE_LENGTH });
  }

  #by(): By {
    const { operator: address, clock } = this.#dependencies;
    return { actor: OPERATOR, address, atMs: clock.nowMs() };
  }

  /** @throws {ChatError} NOT_FOUND. */
  async #find(username: string): Promise<Credentials> {
    const found = await this.#dependencies.accounts.findCredentials(username.trim());
    if (found === undefined || found.user.deletedAtMs !== undefined) throw unknownUser();
    return found;
  }

  /** @throws {ChatError} VALIDATION_ERROR. */
  async #hash(username: string, password: string): Promise<string> {
    const { passwords, commonPasswords } = this.#dependencies;
    await new PasswordRules(commonPasswords).check(password, { username });
    return passwords.hash(normalisePassword(password));
  }
}

function unknownUser(): ChatError {
  return new ChatError('NOT_FOUND', { field: 'username', message: 'No user has this name' });
}
