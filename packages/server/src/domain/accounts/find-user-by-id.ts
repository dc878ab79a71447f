/** Finds a user by an id that a client has sent. */
import type { UserId } from '@parley/protocol';
import type { User } from '../../model/user.ts';
import type { AccountStore } from '../../ports/account-store.ts';
import { onlyInReach, type ReachDependencies } from '../core/people-in-reach.ts';

/**
 * Finds the user with this id, or else the one with this id in the application that authenticates
 * them. Undefined also if two applications have such a user: which of them is meant is not known.
 */
export async function findUserById(
  accounts: Pick<AccountStore, 'findUser' | 'listUsersByExternalId'>,
  id: UserId,
): Promise<User | undefined> {
  const found = await accounts.findUser({ kind: 'id', id });
  if (found !== undefined) return found;
  const [user, ...others] = await accounts.listUsersByExternalId([id]);
  return others.length === 0 ? user : undefined;
}

/** As `findUserById`; undefined also for a user whom the asker does not reach. */
export async function findPersonById(
  dependencies: ReachDependencies & {
    readonly store: { readonly accounts: Parameters<typeof findUserById>[0] };
  },
  asker: Pick<User, 'id' | 'role'>,
  id: UserId,
): Promise<User | undefined> {
  const found = await findUserById(dependencies.store.accounts, id);
  return onlyInReach(dependencies, asker, found);
}
