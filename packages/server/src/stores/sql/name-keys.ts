/** The account store: computes the keys of names, whose tables the database threads do not load. */
import { nameKeysOf, usernameLookOf } from '../../model/name-keys.ts';
import type { AccountStore } from '../../ports/account-store.ts';
import type { ACCOUNTS } from './accounts.ts';
import type { StoreOf } from './operation.ts';

export function withNameKeys(accounts: StoreOf<typeof ACCOUNTS>): AccountStore {
  return {
    ...accounts,
    insertUser: (user, passwordHash, admission, by) =>
      accounts.insertUser(user, passwordHash, nameKeysOf(user), admission, by),
    insertExternalUser: (user, external) =>
      accounts.insertExternalUser(user, external, nameKeysOf(user)),
    hasLookAlike: (username, exceptId) =>
      accounts.hasLookAlike(username, usernameLookOf(username), exceptId),
    setUsername: async (user, by) => {
      const outcome = await accounts.setUsername(user, nameKeysOf(user), by);
      return typeof outcome === 'string' ? outcome : 'stored';
    },
    setDisplayName: async (user, displayName, by) => {
      const keys = nameKeysOf({ ...user, displayName });
      return (await accounts.setDisplayName(user, displayName, keys, by)) !== undefined;
    },
  };
}
