/** Rules of new accounts, for users who register and for the operator. */

import { ChatError, LIMITS, USERNAME_PATTERN, type UserId } from '@parley/protocol';
import type { User } from '../../model/user.ts';
import type { AccountStore } from '../../ports/account-store.ts';
import type { Clock } from '../../ports/clock.ts';
import type { Crypto } from '../../ports/crypto.ts';
import { isReservedName, looksOfficial } from './reserved-names.ts';

const USERNAME = new RegExp(USERNAME_PATTERN);

/** Returns the name without surrounding spaces. @throws {ChatError} VALIDATION_ERROR. */
export function checkUsername(written: string): string {
  const username = written.trim();
  if (!isUsername(username)) {
    const { usernameLengthMin: min, usernameLengthMax: max } = LIMITS;
    throw new ChatError('VALIDATION_ERROR', {
      field: 'username',
      message: `A username has ${min} to ${max} letters, digits, '_' or '-'`,
    });
  }
  if (isReservedName(username) || looksOfficial(username.toLowerCase())) {
    const message = 'This username is reserved';
    throw new ChatError('VALIDATION_ERROR', { field: 'username', message });
  }
  return username;
}

/** Stores an account with a checked name. @throws {ChatError} CONFLICT if the name is taken. */
export async function createAccount(
  dependencies: {
    readonly accounts: Pick<AccountStore, 'insertUser'>;
    readonly secrets: Pick<Crypto, 'newId'>;
    readonly clock: Pick<Clock, 'nowMs'>;
  },
  { username, passwordHash }: { readonly username: string; readonly passwordHash: string },
): Promise<User> {
  const { accounts, secrets, clock } = dependencies;
  const user: User = {
    id: secrets.newId() as UserId, // Generated here: the cast is safe.
    username,
    displayName: username,
    role: 'member',
    createdAtMs: clock.nowMs(),
  };
  if ((await accounts.insertUser(user, passwordHash)) === 'taken') {
    throw new ChatError('CONFLICT', { field: 'username', message: 'Username taken' });
  }
  return user;
}

export function isUsername(text: string): boolean {
  const { usernameLengthMin: min, usernameLengthMax: max } = LIMITS;
  return text.length >= min && text.length <= max && USERNAME.test(text);
}
