/** Finds whom a name that a user shows could be mistaken for. */
import { LIMITS, USERNAME_PATTERN, type UserId } from '@parley/protocol';
import type { AccountStore } from '../../ports/account-store.ts';
import { toSkeleton } from '../primitives/confusables.ts';
import { isReservedName } from './reserved-names.ts';

const USERNAME = new RegExp(USERNAME_PATTERN, 'u');

/** Undefined if the name looks neither like the server nor like the username of another user. */
export async function findImitated(
  accounts: Pick<AccountStore, 'findUser'>,
  { displayName, userId }: { readonly displayName: string; readonly userId: UserId },
): Promise<'server' | 'user' | undefined> {
  const skeleton = toSkeleton(displayName).toLowerCase();
  if (isReservedName(skeleton)) return 'server';
  if (!USERNAME.test(skeleton) || skeleton.length > LIMITS.usernameLengthMax) return undefined;
  const named = await accounts.findUser({ kind: 'username', username: skeleton });
  return named === undefined || named.id === userId ? undefined : 'user';
}
