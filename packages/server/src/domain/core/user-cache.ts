/**
 * Users by id and by username, so that a command that names a user does not ask the store each time.
 * `forget` follows a change of the names and of the role, disabling and deletion of the account, within
 * two seconds if it was made elsewhere; no command changes anything else of an account.
 */

import type { UserId } from '@parley/protocol';
import type { User } from '../../model/user.ts';
import type { AccountStore } from '../../ports/account-store.ts';

/** Maximum number of users; the one that was not looked up for longest is dropped. */
const USERS_MAX = 10_000;

type Accounts = Pick<AccountStore, 'findUser'>;

export class UserCache implements Accounts {
  readonly #accounts: Accounts;
  readonly #usersMax: number;
  /** By id; the latest lookup last. */
  readonly #users = new Map<UserId, User>();
  readonly #ids = new Map<string, UserId>();

  constructor(accounts: Accounts, usersMax = USERS_MAX) {
    this.#accounts = accounts;
    this.#usersMax = usersMax;
  }

  async findUser(reference: Parameters<Accounts['findUser']>[0]): Promise<User | undefined> {
    const id = reference.kind === 'id' ? reference.id : this.#ids.get(keyOf(reference.username));
    const known = id && this.#users.get(id);
    const user = known ?? (await this.#accounts.findUser(reference));
    // Unknown names are not kept: they may be registered at any time.
    if (user !== undefined) this.#keep(user);
    return user;
  }

  /** The account has changed. */
  forget(userId: UserId): void {
    const known = this.#users.get(userId);
    if (known === undefined) return;
    this.#users.delete(userId);
    // A deleted account has another username.
    this.#ids.delete(keyOf(known.username));
  }

  #keep(user: User): void {
    this.#users.delete(user.id); // Moves to the end.
    this.#users.set(user.id, user);
    this.#ids.set(keyOf(user.username), user.id);
    if (this.#users.size <= this.#usersMax) return;
    const [oldest] = this.#users.values();
    if (oldest === undefined) return;
    this.#users.delete(oldest.id);
    this.#ids.delete(keyOf(oldest.username));
  }
}

/** Usernames are unique without case. */
function keyOf(username: string): string {
  return username.toLowerCase();
}
