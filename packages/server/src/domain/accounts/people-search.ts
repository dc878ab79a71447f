/** Finds users by the beginning of their username, to write to them. */
import type { User } from '../../model/user.ts';
import type { AccountStore } from '../../ports/account-store.ts';
import type { UserRateLimits } from './user-rate-limits.ts';

/** Maximum number of users in one answer. */
const FOUND_MAX = 20;

export class PeopleSearch {
  readonly #accounts: Pick<AccountStore, 'listUsersByPrefix' | 'listBlockedBetween'>;
  readonly #userLimits: Pick<UserRateLimits, 'searches'>;

  constructor(
    accounts: Pick<AccountStore, 'listUsersByPrefix' | 'listBlockedBetween'>,
    userLimits: Pick<UserRateLimits, 'searches'>,
  ) {
    this.#accounts = accounts;
    this.#userLimits = userLimits;
  }

  /**
   * Leaves out the user, and users who have blocked or are blocked by the user.
   *
   * @throws {ChatError} RATE_LIMITED.
   */
  async find(user: User, prefix: string): Promise<User[]> {
    await this.#userLimits.searches.take(user.id);
    // As names are stored.
    const key = prefix.normalize('NFC');
    const found = await this.#accounts.listUsersByPrefix(key, FOUND_MAX);
    const others = found.filter(({ id }) => id !== user.id);
    const ids = others.map(({ id }) => id);
    const hidden = new Set(await this.#accounts.listBlockedBetween(user.id, ids));
    return others.filter(({ id }) => !hidden.has(id));
  }
}
