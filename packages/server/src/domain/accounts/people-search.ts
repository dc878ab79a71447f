/** Finds users by the beginning of their username, to write to them. */
import type { User } from '../../model/user.ts';
import type { AccountStore } from '../../ports/account-store.ts';

/** Maximum number of users in one answer. */
const FOUND_MAX = 20;

export class PeopleSearch {
  readonly #accounts: Pick<AccountStore, 'listUsersByPrefix' | 'listBlockedBetween'>;

  constructor(accounts: Pick<AccountStore, 'listUsersByPrefix' | 'listBlockedBetween'>) {
    this.#accounts = accounts;
  }

  /** Leaves out the user, and users who have blocked or are blocked by the user. */
  async find(user: User, prefix: string): Promise<User[]> {
    const found = await this.#accounts.listUsersByPrefix(prefix, FOUND_MAX);
    const others = found.filter(({ id }) => id !== user.id);
    const ids = others.map(({ id }) => id);
    const hidden = new Set(await this.#accounts.listBlockedBetween(user.id, ids));
    return others.filter(({ id }) => !hidden.has(id));
  }
}
