/** Finds whom a name that a user shows could be mistaken for. */
import { LIMITS, USERNAME_PATTERN, type UserId } from '@parley/protocol';
import { lookOf, toSkeleton } from '../../model/name-keys.ts';
import type { AccountStore } from '../../ports/account-store.ts';
import { isReservedName, looksOfficial } from './reserved-names.ts';

const USERNAME = new RegExp(USERNAME_PATTERN, 'u');
/** Signs around a name, such as `@`. */
const AROUND = /^[^\p{L}\p{N}_-]+|[^\p{L}\p{N}_-]+$/gu;

/** Undefined if the name looks neither like the server nor like the username of another user. */
export async function findImitated(
  accounts: Pick<AccountStore, 'findUser' | 'hasLookAlike'>,
  { displayName, userId }: { readonly displayName: string; readonly userId: UserId },
): Promise<'server' | 'user' | undefined> {
  const written = toSkeleton(displayName.normalize('NFKC')).replaceAll(AROUND, '');
  const name = written.toLowerCase();
  if (isReservedName(name) || looksOfficial(lookOf(displayName))) return 'server';
  if (!USERNAME.test(name) || name.length > LIMITS.usernameLengthMax) return undefined;
  const named = await accounts.findUser({ kind: 'username', username: name });
  const isOther = named !== undefined && named.id !== userId;
  return isOther || (await accounts.hasLookAlike(written, userId)) ? 'user' : undefined;
}
