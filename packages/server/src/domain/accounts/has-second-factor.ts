/**
 * Whether the password of an account does not suffice to log in: the only place that says so. A
 * passkey does not count: a login with the password asks for none.
 */
import type { UserId } from '@parley/protocol';
import type { AccountStore } from '../../ports/account-store.ts';

/** @throws {ChatError} UNAVAILABLE. */
export async function hasSecondFactor(
  accounts: Pick<AccountStore, 'findSecondFactor'>,
  userId: UserId,
): Promise<boolean> {
  return (await accounts.findSecondFactor(userId))?.isConfirmed === true;
}
